// Who the commands of this session are to the server, and what such a user may do.
// Models: kubernetes v1.37 plugin/pkg/auth/authorizer/rbac, bootstrappolicy
// Simplified: a server without reviews lets everyone do everything; for it the answers are worked out here. The rules of the bootstrap roles are kept
// here, and those of RBAC objects are read where the server serves them.
import { sha256, utf8 } from '../../../../../posix/digest.ts';
import type { Body } from '../../../../../posix/program.ts';
import type { Kubectl } from '../../command.ts';
import { type ApiResource, resourcePath } from '../../discovery.ts';
import { isNotFound } from '../../errors.ts';

export interface Identity {
  readonly name: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

export interface Rule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

/** The server's review of us; undefined when it has none of that kind. */
export function* reviewed(k: Kubectl, group: string, kind: string, spec?: object): Body<any> {
  const apiVersion = `${group}/v1`;
  const body = { apiVersion, kind, metadata: {}, ...(spec === undefined ? {} : { spec }) };
  try {
    return yield* (yield* k.client()).post(`/apis/${apiVersion}/${kind.toLowerCase()}s`, body as never);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

export function* identity(k: Kubectl): Body<Identity> {
  const as = k.flags.text('as');
  if (as !== '') {
    const given = k.flags.list('as-group');
    const account = /^system:serviceaccount:([^:]+):[^:]+$/.exec(as);
    const own = account === null ? [] : ['system:serviceaccounts', `system:serviceaccounts:${account[1]}`];
    return { name: as, groups: [...(given.length > 0 ? given : own), 'system:authenticated'], extra: {} };
  }
  // Simplified: the number of the certificate is that of its place, since certificates have no bytes here.
  const target = yield* k.target();
  const certificate = String(target.user['client-certificate'] ?? target.user['client-certificate-data'] ?? target.server);
  return {
    name: 'minikube-user',
    groups: ['system:masters', 'system:authenticated'],
    extra: { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${sha256(utf8(certificate))}`] },
  };
}

const REVIEWS: readonly Rule[] = [
  { verbs: ['create'], apiGroups: ['authorization.k8s.io'], resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'] },
  { verbs: ['create'], apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'] },
];
const PUBLIC = ['/healthz', '/livez', '/readyz', '/version', '/version/'];
const DISCOVERY = ['/api', '/api/*', '/apis', '/apis/*', '/openapi', '/openapi/*', ...PUBLIC];
const ISSUER = ['/.well-known/openid-configuration', '/.well-known/openid-configuration/', '/openid/v1/jwks', '/openid/v1/jwks/'];

/** Every rule that holds for a user in a namespace. */
export function* rulesOf(k: Kubectl, who: Identity, namespace: string): Body<readonly Rule[]> {
  const rules: Rule[] = [];
  if (who.groups.includes('system:masters')) {
    rules.push({ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }, { verbs: ['*'], nonResourceURLs: ['*'] });
  }
  if (who.groups.includes('system:authenticated')) {
    rules.push(...REVIEWS, { verbs: ['get'], nonResourceURLs: DISCOVERY }, { verbs: ['get'], nonResourceURLs: PUBLIC });
  }
  if (who.groups.includes('system:serviceaccounts')) {
    rules.push({ verbs: ['get'], nonResourceURLs: ISSUER });
    rules.push({ verbs: ['get', 'list', 'watch'], apiGroups: ['certificates.k8s.io'], resources: ['clustertrustbundles'] });
  }
  rules.push(...(yield* boundRules(k, who, namespace)));
  return rules;
}

function* boundRules(k: Kubectl, who: Identity, namespace: string): Body<Rule[]> {
  const served = yield* (yield* k.discovery()).resources();
  const kind = (name: string) => served.find((one) => one.group === 'rbac.authorization.k8s.io' && one.kind === name);
  const [role, roleBinding, clusterRole, clusterBinding] = ['Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding'].map(kind);
  const bindings = [...(yield* items(k, clusterBinding, '')), ...(namespace === '' ? [] : yield* items(k, roleBinding, namespace))];
  const mine = bindings.filter((one) => (one.subjects ?? []).some((subject: any) => isSubject(subject, who, one.metadata.namespace)));
  if (mine.length === 0) return [];
  const roles = [...(yield* items(k, clusterRole, '')), ...(namespace === '' ? [] : yield* items(k, role, namespace))];
  return mine.flatMap((binding) => {
    const local = binding.roleRef.kind === 'Role';
    const found = roles.find((one) => one.metadata.name === binding.roleRef.name && (one.metadata.namespace !== undefined) === local);
    return found?.rules ?? [];
  });
}

function* items(k: Kubectl, resource: ApiResource | undefined, namespace: string): Body<any[]> {
  if (resource === undefined) return [];
  // Who may not read them never comes here: a server that refuses also has reviews.
  const answer = yield* (yield* k.client()).get(resourcePath(resource, namespace));
  return answer.items ?? [];
}

function isSubject(subject: any, who: Identity, namespace: string | undefined): boolean {
  if (subject.kind === 'User') return subject.name === who.name;
  if (subject.kind === 'Group') return who.groups.includes(subject.name);
  return who.name === `system:serviceaccount:${subject.namespace ?? namespace}:${subject.name}`;
}

const any = (list: readonly string[] | undefined, word: string): boolean => (list ?? []).some((one) => one === '*' || one === word);

export interface Wish {
  readonly verb: string;
  readonly group: string;
  /** With its subresource: `pods/log`. */
  readonly resource: string;
  readonly name: string;
}

export function allows(rule: Rule, wish: Wish): boolean {
  if (!any(rule.verbs, wish.verb) || !any(rule.apiGroups, wish.group)) return false;
  const slash = wish.resource.indexOf('/');
  const ofAll = slash >= 0 && (rule.resources ?? []).includes(`*${wish.resource.slice(slash)}`);
  if (!any(rule.resources, wish.resource) && !ofAll) return false;
  return (rule.resourceNames ?? []).length === 0 || rule.resourceNames!.includes(wish.name);
}

export function allowsUrl(rule: Rule, verb: string, url: string): boolean {
  if (!any(rule.verbs, verb)) return false;
  return (rule.nonResourceURLs ?? []).some((one) => one === url || (one.endsWith('*') && url.startsWith(one.slice(0, -1))));
}
