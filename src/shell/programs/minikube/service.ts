// minikube service and tunnel: URLs of Services as they are reached from the user's machine. Asks kubectl, as a script would.
import type { Body } from '../../../posix/program.ts';
import type { FlagTable, Flags } from './flags.ts';
import { type Out, table } from './output.ts';
import { runningProfile } from './profiles.ts';

export const serviceFlags: FlagTable = {
  all: 'bool',
  format: 'string',
  https: 'bool',
  interval: 'int',
  'n,namespace': 'string',
  url: 'bool',
  wait: 'int',
  'o,output': 'string',
};

interface ServiceEntry {
  readonly namespace: string;
  readonly name: string;
  readonly type: string;
  readonly ports: readonly { readonly name: string; readonly port: string; readonly nodePort: string }[];
}

const template =
  '{range .items[*]}{.metadata.namespace}{"\\t"}{.metadata.name}{"\\t"}{.spec.type}{range .spec.ports[*]}{"\\t"}{.name}/{.port}/{.nodePort}{end}{"\\n"}{end}';

/** What kubectl prints, or undefined when it failed. */
function* kubectl(out: Out, args: readonly string[]): Body<string | undefined> {
  const { os } = out;
  const [reading, writing] = yield* os.pipe();
  const nothing = yield* os.open('/dev/null', 'write');
  const pid = yield* os.spawn(['kubectl', ...args], { fds: { 0: 0, 1: writing, 2: nothing } });
  yield* os.close(writing);
  const text = yield* os.readAll(reading);
  yield* os.close(reading);
  yield* os.close(nothing);
  return (yield* os.wait(pid)).code === 0 ? text : undefined;
}

function* services(out: Out, context: string, namespace: string | undefined): Body<readonly ServiceEntry[]> {
  const scope = namespace === undefined ? ['-A'] : ['-n', namespace];
  const text = (yield* kubectl(out, ['--context', context, 'get', 'services', ...scope, '-o', `jsonpath=${template}`])) ?? '';
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [space = '', name = '', type = '', ...ports] = line.split('\t');
      return {
        namespace: space,
        name,
        type,
        ports: ports.map((port) => {
          const [portName = '', number = '', nodePort = ''] = port.split('/');
          return { name: portName, port: number, nodePort };
        }),
      };
    });
}

function urls(entry: ServiceEntry, ip: string, scheme: string): readonly string[] {
  return entry.ports.filter((port) => port.nodePort !== '' && port.nodePort !== '0').map((port) => `${scheme}://${ip}:${port.nodePort}`);
}

function row(entry: ServiceEntry, ip: string, scheme: string): readonly string[] {
  const targets = entry.ports.map((port) => (port.name === '' ? port.port : `${port.name}/${port.port}`));
  const links = urls(entry, ip, scheme);
  return links.length === 0
    ? [entry.namespace, entry.name, 'No node port', '']
    : [entry.namespace, entry.name, targets.join('\n'), links.join('\n')];
}

const headers = ['NAMESPACE', 'NAME', 'TARGET PORT', 'URL'];

export function* service(out: Out, flags: Flags, name: string): Body<number> {
  const profile = yield* runningProfile(out, name);
  const ip = profile.nodes[0]?.ip ?? '';
  const scheme = flags.bool('https', false) ? 'https' : 'http';
  if (flags.operands[0] === 'list') {
    const all = yield* services(out, name, flags.text('namespace'));
    yield* out.os.write(
      1,
      table(
        headers,
        all.map((entry) => row(entry, ip, scheme)),
      ),
    );
    return 0;
  }
  const all = flags.bool('all', false);
  if (flags.operands.length === 0 && !all) yield* out.usage('You must specify service name(s) or --all');
  const namespace = flags.text('namespace') ?? 'default';
  const known = yield* services(out, name, namespace);
  const chosen = all ? known : [];
  const entries = [...chosen];
  for (const wanted of flags.operands) {
    const found = known.find((entry) => entry.name === wanted);
    if (found === undefined) {
      yield* out.fail({
        id: 'SVC_NOT_FOUND',
        code: 115,
        message: `Service '${wanted}' was not found in '${namespace}' namespace.\nYou may select another namespace by using 'minikube service ${wanted} -n <namespace>'. Or list out all the services using 'minikube service list'`,
      });
    } else entries.push(found);
  }
  for (const entry of entries) yield* show(out, flags, entry, ip, scheme);
  return 0;
}

function* show(out: Out, flags: Flags, entry: ServiceEntry, ip: string, scheme: string): Body<void> {
  const links = urls(entry, ip, scheme);
  if (flags.bool('url', false)) {
    for (const link of links) yield* out.line(link);
    if (links.length > 0) return;
  } else yield* out.os.write(1, table(headers, [row(entry, ip, scheme)]));
  if (links.length === 0) {
    yield* out.step('sad', `service ${entry.namespace}/${entry.name} has no node port`);
    if (entry.type === 'ClusterIP') {
      yield* out.error(
        'warning',
        `Services [${entry.namespace}/${entry.name}] have type "ClusterIP" not meant to be exposed, however for local development minikube allows you to access this !`,
      );
    }
    return;
  }
  for (const _link of links) yield* out.step('celebrate', `Opening service ${entry.namespace}/${entry.name} in default browser...`);
}

/** Simplified: prints what the real one prints once and waits; load balancers get no address from it. */
export function* tunnel(out: Out, name: string): Body<number> {
  const profile = yield* runningProfile(out, name);
  const ip = profile.nodes[0]?.ip ?? '';
  const balancers = (yield* services(out, name, undefined)).filter((entry) => entry.type === 'LoadBalancer').map((entry) => entry.name);
  yield* out.os.write(
    1,
    `Status:\t\n\tmachine: ${name}\n\tpid: ${out.os.pid}\n\troute: ${profile.serviceCidr} -> ${ip}\n\tminikube: Running\n\tservices: [${balancers.join(', ')}]\n    errors: \n\t\tminikube: no errors\n\t\trouter: no errors\n\t\tloadbalancer emulator: no errors\n`,
  );
  for (;;) yield* out.os.pause();
}
