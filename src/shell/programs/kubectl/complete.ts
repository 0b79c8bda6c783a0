// Tab completion: commands, flags, and what the server has: kinds, names, namespaces, containers.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/util/completion/completion.go; which arguments a command takes is read from
// its usage line.
// Simplified: of a `TYPE/NAME` no containers are offered, and no ports for port-forward.
import type { Body, Os } from '../../../posix/program.ts';
import { SystemError } from '../../../posix/program.ts';
import { Kubectl } from './command.ts';
import { qualifiedName, resourcePath } from './discovery.ts';
import { Failure } from './errors.ts';
import { allFlags, findCommand } from './find-command.ts';
import { type FlagSpec, parseFlags } from './flags.ts';

/** Kinds that hold pods: `kubectl logs deployments/web`. */
const WITH_PODS = ['daemonsets', 'deployments', 'pods', 'jobs', 'replicasets', 'replicationcontrollers', 'services', 'statefulsets'];

/** Commands that work with some kinds only. */
const ROLLED = ['deployment', 'daemonset', 'statefulset'];
const SCALED = ['deployment', 'replicaset', 'replicationcontroller', 'statefulset'];
const KINDS: Readonly<Record<string, readonly string[]>> = {
  'kubectl rollout history': ROLLED,
  'kubectl rollout restart': ROLLED,
  'kubectl rollout status': ROLLED,
  'kubectl rollout undo': ROLLED,
  'kubectl rollout pause': ['deployment'],
  'kubectl rollout resume': ['deployment'],
  'kubectl scale': SCALED,
  'kubectl autoscale': SCALED,
  'kubectl expose': ['pod', 'service', 'replicationcontroller', 'deployment', 'replicaset'],
  'kubectl taint': ['node'],
};

/** Commands whose only argument is a name of one kind. */
const NAMES: Readonly<Record<string, string>> = {
  'kubectl cordon': 'node',
  'kubectl uncordon': 'node',
  'kubectl drain': 'node',
  'kubectl top node': 'node',
  'kubectl top pod': 'pod',
};

/** Candidates for `words[index]`; none = the shell offers files. */
export function* complete(os: Os, words: readonly string[], index: number): Body<readonly string[]> {
  const word = words[index] ?? '';
  try {
    const all = yield* candidates(os, words.slice(1, index), word);
    return [...new Set(all)].filter((one) => one.startsWith(word));
  } catch (error) {
    if (error instanceof Failure || error instanceof SystemError) return [];
    throw error;
  }
}

function* candidates(os: Os, before: readonly string[], word: string): Body<readonly string[]> {
  if (before.includes('--')) return [];
  const { command, path, line } = findCommand(before);
  const specs = allFlags(command);
  const open = awaitedFlag(line.at(-1), specs);
  const parsed = parseFlags(specs, open === undefined ? line : line.slice(0, -1), command.stopAtFirst);
  const k = new Kubectl(quiet(os), path, command, parsed.flags, parsed.args, -1);
  if (open !== undefined) return yield* values(k, open);
  const assigned = /^--([^=]+)=/.exec(word);
  if (assigned !== null) {
    const spec = specs.find((one) => one.name === assigned[1]);
    return spec === undefined ? [] : (yield* values(k, spec)).map((value) => assigned[0] + value);
  }
  if (word.startsWith('-')) return specs.filter((spec) => !spec.hidden).map((spec) => `--${spec.name}`);
  if (command.subcommands !== undefined && parsed.args.length === 0) return command.subcommands.map((one) => one.name);
  return yield* argument(k, word);
}

/** The flag whose value comes next. */
function awaitedFlag(last: string | undefined, specs: readonly FlagSpec[]): FlagSpec | undefined {
  if (last === undefined || !/^-\w$|^--[^=]+$/.test(last)) return undefined;
  const spec = specs.find((one) => (last.startsWith('--') ? one.name === last.slice(2) : one.short === last[1]));
  return spec === undefined || spec.type === 'bool' || spec.bare !== undefined ? undefined : spec;
}

function* values(k: Kubectl, { name }: FlagSpec): Body<readonly string[]> {
  switch (name) {
    case 'namespace':
      return yield* names(k, 'namespace');
    case 'container':
      return k.args[0] === undefined ? [] : yield* containers(k, k.args[0]);
    case 'context':
      return [...(yield* k.config()).contexts.keys()];
    case 'cluster':
      return [...(yield* k.config()).clusters.keys()];
    case 'user':
      return [...(yield* k.config()).users.keys()];
    case 'output':
      return /--output=\)([\w|-]+)/.exec(k.command.use ?? '')?.[1]?.split('|') ?? [];
    default:
      return [];
  }
}

function* argument(k: Kubectl, word: string): Body<readonly string[]> {
  const { args, path } = k;
  const use = k.command.use ?? '';
  const kind = NAMES[path];
  if (kind !== undefined) return args.length === 0 ? yield* names(k, kind) : [];
  if (use.includes('CONTEXT_NAME')) return args.length === 0 ? [...(yield* k.config()).contexts.keys()] : [];
  if (/\(POD \||^TYPE\/NAME/.test(use)) return yield* podOrOwner(k, word);
  if (!/TYPE|RESOURCE|resource\.group|^NODE NAME/.test(use) || path.startsWith('kubectl create')) return [];
  const first = args[0];
  if (path === 'kubectl explain') return first === undefined ? yield* kinds(k, word) : [];
  if (first !== undefined && !first.includes('/')) return (yield* names(k, first)).filter((one) => !args.includes(one));
  if (word.includes('/')) return (yield* typedNames(k, word)).filter((one) => !args.includes(one));
  const offered = KINDS[path] ?? (yield* kinds(k, word));
  return first === undefined ? offered : offered.map((one) => `${one}/`);
}

function* podOrOwner(k: Kubectl, word: string): Body<readonly string[]> {
  const [first] = k.args;
  if (first !== undefined) return k.path === 'kubectl logs' ? yield* containers(k, first) : [];
  if (word.includes('/')) return yield* typedNames(k, word);
  return [...(yield* names(k, 'pod')), ...WITH_PODS.map((one) => `${one}/`)];
}

/** Kinds as `api-resources -o name` has them; of `pods,secr` the last one is completed. */
function* kinds(k: Kubectl, word: string): Body<readonly string[]> {
  const head = word.slice(0, word.lastIndexOf(',') + 1);
  const served = yield* (yield* k.discovery()).resources();
  return served.filter(({ verbs }) => verbs.includes('get')).map((one) => head + qualifiedName(one));
}

function* names(k: Kubectl, kind: string): Body<readonly string[]> {
  const found: string[] = [];
  const client = yield* k.client();
  const { namespace } = yield* k.namespace();
  for (const resource of yield* (yield* k.discovery()).findAll(kind)) {
    const list = yield* client.get(resourcePath(resource, namespace));
    for (const item of list.items) found.push(item.metadata.name);
  }
  return found;
}

function* typedNames(k: Kubectl, word: string): Body<readonly string[]> {
  const kind = word.slice(0, word.indexOf('/'));
  return (yield* names(k, kind)).map((name) => `${kind}/${name}`);
}

function* containers(k: Kubectl, pod: string): Body<readonly string[]> {
  if (pod.includes('/')) return [];
  const { namespace } = yield* k.namespace();
  const resource = yield* (yield* k.discovery()).find('pod');
  const { spec } = yield* (yield* k.client()).get(resourcePath(resource, namespace, pod));
  return [...(spec.initContainers ?? []), ...spec.containers].map(({ name }: { readonly name: string }) => name);
}

/** A session that says nothing: a server that is not there must not disturb the line. */
function quiet(os: Os): Os {
  return Object.create(os, {
    write: {
      *value(): Body<void> {},
    },
  }) as Os;
}
