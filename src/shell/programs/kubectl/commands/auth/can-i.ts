// kubectl auth can-i.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/auth/cani.go, component-helpers/auth/rbac/validation
import type { Body } from '../../../../../posix/program.ts';
import { defineCommand, type Kubectl } from '../../command.ts';
import { match } from '../../discovery.ts';
import { Failure } from '../../errors.ts';
import { bool, text } from '../../flags.ts';
import { TableWriter } from '../../printers/tabwriter.ts';
import { allows, allowsUrl, identity, reviewed, type Rule, rulesOf } from './identity.ts';

const VERBS = 'get list watch create update patch delete deletecollection use bind impersonate * approve sign escalate attest'.split(' ');
const URL_VERBS = 'get put post head options delete patch *'.split(' ');

export const canI = defineCommand({
  name: 'can-i',
  short: 'Check whether an action is allowed',
  use: 'VERB [TYPE | TYPE/NAME | NONRESOURCEURL]',
  flags: [
    bool('all-namespaces', 'If true, check the specified action in all namespaces.', { short: 'A' }),
    bool('list', 'If true, prints all allowed actions.'),
    bool('no-headers', 'If true, prints allowed actions without headers'),
    bool('quiet', 'If true, suppress output and just return the exit code.', { short: 'q' }),
    text('subresource', 'SubResource such as pod/log or deployment/scale'),
  ],
  *run(k) {
    const namespace = k.flags.bool('all-namespaces') ? '' : (yield* k.namespace()).namespace;
    if (k.flags.bool('list')) {
      if (k.args.length > 0) throw new Failure('list option must be specified with no arguments');
      return yield* k.out(list(yield* allRules(k, namespace), k.flags.bool('no-headers')));
    }
    if (k.args.length !== 2) {
      throw new Failure(
        "you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' for help and examples.",
      );
    }
    const [verb, thing] = k.args as [string, string];
    const { allowed, reason } = yield* decide(k, yield* attributesOf(k, verb, thing, namespace), namespace);
    if (!k.flags.bool('quiet')) yield* k.out(allowed ? 'yes\n' : `no${reason === '' ? '' : ` - ${reason}`}\n`);
    return allowed ? 0 : 1;
  },
});

interface Attributes {
  readonly resourceAttributes?: {
    readonly namespace: string;
    readonly verb: string;
    readonly group: string;
    readonly resource: string;
    readonly subresource?: string;
    readonly name?: string;
  };
  readonly nonResourceAttributes?: { readonly path: string; readonly verb: string };
}

function* attributesOf(k: Kubectl, verb: string, thing: string, namespace: string): Body<Attributes> {
  const subresource = k.flags.text('subresource');
  if (thing.startsWith('/')) {
    if (subresource !== '') throw new Failure('--subresource can not be used with NonResourceURL');
    if (!URL_VERBS.includes(verb)) yield* k.err(`Warning: verb '${verb}' is not a known verb\n\n`);
    return { nonResourceAttributes: { path: thing, verb } };
  }
  const slash = thing.indexOf('/');
  const [word, name] = slash < 0 ? [thing, ''] : [thing.slice(0, slash), thing.slice(slash + 1)];
  const { group, resource } = yield* resourceOf(k, word);
  if (!VERBS.includes(verb)) yield* k.err(`Warning: verb '${verb}' is not a known verb\n\n`);
  return {
    resourceAttributes: {
      namespace,
      verb,
      group,
      resource,
      ...(subresource === '' ? {} : { subresource }),
      ...(name === '' ? {} : { name }),
    },
  };
}

function* decide(k: Kubectl, wanted: Attributes, namespace: string): Body<{ allowed: boolean; reason: string }> {
  const review = yield* reviewed(k, 'authorization.k8s.io', 'SelfSubjectAccessReview', wanted);
  if (review !== undefined) {
    const { allowed, reason, evaluationError } = review.status ?? {};
    return { allowed: Boolean(allowed), reason: [reason, evaluationError].filter(Boolean).join(' - ') };
  }
  const rules = yield* rulesOf(k, yield* identity(k), namespace);
  const { resourceAttributes: of, nonResourceAttributes: url } = wanted;
  if (of === undefined) return { allowed: rules.some((rule) => allowsUrl(rule, url!.verb, url!.path)), reason: '' };
  const resource = of.subresource === undefined ? of.resource : `${of.resource}/${of.subresource}`;
  const wish = { verb: of.verb, group: of.group, resource, name: of.name ?? '' };
  return { allowed: rules.some((rule) => allows(rule, wish)), reason: '' };
}

function* allRules(k: Kubectl, namespace: string): Body<readonly Rule[]> {
  const review = yield* reviewed(k, 'authorization.k8s.io', 'SelfSubjectRulesReview', { namespace });
  if (review === undefined) return yield* rulesOf(k, yield* identity(k), namespace);
  return [...(review.status?.resourceRules ?? []), ...(review.status?.nonResourceRules ?? [])];
}

function* resourceOf(k: Kubectl, word: string): Body<{ group: string; resource: string }> {
  if (word === '*') return { group: '*', resource: '*' };
  const resource = match(yield* (yield* k.discovery()).resources(), word);
  const dot = word.indexOf('.');
  const [bare, group] = dot < 0 ? [word, ''] : [word.slice(0, dot), word.slice(dot + 1)];
  if (resource === undefined) {
    yield* k.err(`Warning: the server doesn't have a resource type '${bare}'${group === '' ? '' : ` in group '${group}'`}\n\n`);
    return { group, resource: bare };
  }
  if (!resource.namespaced && !k.flags.bool('all-namespaces')) {
    const where = resource.group === '' ? '' : ` in group '${resource.group}'`;
    yield* k.err(`Warning: resource '${resource.name}' is not namespace scoped${where}\n\n`);
  }
  return { group: resource.group, resource: resource.name };
}

const bracketed = (words: readonly string[] | undefined): string => `[${(words ?? []).join(' ')}]`;

function list(rules: readonly Rule[], noHeaders: boolean): string {
  const rows = sorted(compacted(rules.flatMap(single))).map((rule) => [
    (rule.resources ?? []).map((one) => (rule.apiGroups![0] === '' ? one : `${one}.${rule.apiGroups![0]}`)).join(','),
    bracketed(rule.nonResourceURLs),
    bracketed(rule.resourceNames),
    bracketed(rule.verbs),
  ]);
  return new TableWriter().rows([...(noHeaders ? [] : [['Resources', 'Non-Resource URLs', 'Resource Names', 'Verbs']]), ...rows]);
}

/** A rule taken apart: one resource of one group, or one URL, each. */
function single(rule: Rule): Rule[] {
  const out: Rule[] = [];
  for (const group of rule.apiGroups ?? []) {
    for (const resource of rule.resources ?? []) {
      const base = { verbs: rule.verbs, apiGroups: [group], resources: [resource] };
      if ((rule.resourceNames ?? []).length === 0) out.push(base);
      else for (const name of rule.resourceNames!) out.push({ ...base, resourceNames: [name] });
    }
  }
  for (const url of rule.nonResourceURLs ?? []) out.push({ verbs: rule.verbs, nonResourceURLs: [url] });
  return out;
}

/** Rules of one resource as one, with all their verbs. */
function compacted(rules: readonly Rule[]): Rule[] {
  const out: Rule[] = [];
  const places = new Map<string, number>();
  for (const rule of rules) {
    const key = rule.resources === undefined ? undefined : `${rule.apiGroups![0]} ${rule.resources[0]} ${rule.resourceNames?.[0] ?? ''}`;
    const at = key === undefined ? undefined : places.get(key);
    if (at !== undefined) {
      const known = out[at]!;
      out[at] = { ...known, verbs: [...known.verbs, ...rule.verbs.filter((verb) => !known.verbs.includes(verb))] };
      continue;
    }
    if (key !== undefined) places.set(key, out.length);
    out.push(rule);
  }
  return out;
}

/** In the order of their text as the real tool writes a rule. */
function sorted(rules: readonly Rule[]): readonly Rule[] {
  const text = (rule: Rule) =>
    [rule.verbs, rule.apiGroups, rule.resources, rule.resourceNames, rule.nonResourceURLs].map(bracketed).join(',');
  return rules
    .map((rule) => ({ rule, key: text(rule) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ rule }) => rule);
}
