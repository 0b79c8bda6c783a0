// create role, clusterrole, rolebinding, clusterrolebinding.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/create/create_{role,clusterrole,rolebinding,clusterrolebinding}.go
import type { Body } from '../../../../../posix/program.ts';
import type { Kubectl } from '../../command.ts';
import { Failure, VerbatimFailure } from '../../errors.ts';
import { array, strings, text } from '../../flags.ts';
import { defineGenerator } from './generator.ts';

const VERBS = [
  '*',
  'get',
  'delete',
  'list',
  'create',
  'update',
  'patch',
  'watch',
  'proxy',
  'deletecollection',
  'use',
  'bind',
  'escalate',
  'impersonate',
  'approve',
  'sign',
  'attest',
];
const RULE_FLAGS = [
  strings('verb', 'Verb that applies to the resources contained in the rule'),
  strings('resource', 'Resource that the rule applies to'),
  array('resource-name', 'Resource in the white list that the rule applies to, repeat this flag for multiple items'),
];

function* rulesOf(k: Kubectl): Body<any[]> {
  const given = k.flags.list('verb');
  const verbs = given.includes('*') ? ['*'] : [...new Set(given)];
  const resources = k.flags.list('resource');
  const names = [...new Set(k.flags.list('resource-name'))];
  const urls = k.flags.has('non-resource-url') ? k.flags.list('non-resource-url') : [];
  if (verbs.length === 0) throw new Failure('at least one verb must be specified');
  if (resources.length === 0 && urls.length === 0) throw new Failure('at least one resource must be specified');
  if (resources.length > 0 && urls.length > 0) throw new Failure('invalid verb(s) for nonResourceURL');
  for (const verb of verbs) if (!VERBS.includes(verb)) yield* k.err(`Warning: '${verb}' is not a standard resource verb\n`);
  if (resources.length === 0) return [{ nonResourceURLs: [...urls], verbs }];
  const byGroup = new Map<string, string[]>();
  for (const one of resources) {
    const [type, sub] = one.split('/') as [string, string?];
    let group = '*';
    let name = '*';
    if (type !== '*') {
      try {
        const resource = yield* (yield* k.discovery()).find(type);
        group = resource.group;
        name = resource.name;
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        throw new VerbatimFailure(error.message);
      }
    }
    byGroup.set(group, [...(byGroup.get(group) ?? []), sub === undefined ? name : `${name}/${sub}`]);
  }
  return [...byGroup].map(([group, list]) => ({
    apiGroups: [group],
    ...(names.length > 0 ? { resourceNames: names } : {}),
    resources: list,
    verbs,
  }));
}

const RBAC = 'rbac.authorization.k8s.io/v1';

export const createRole = defineGenerator({
  name: 'role',
  short: 'Create a role with single rule',
  use: 'NAME --verb=verb --resource=resource.group/subresource [--resource-name=resourcename] [--dry-run=server|client|none]',
  flags: RULE_FLAGS,
  failing: 'failed to create role: ',
  *object(k, name) {
    return { apiVersion: RBAC, kind: 'Role', metadata: { name }, rules: yield* rulesOf(k) };
  },
});

export const createClusterRole = defineGenerator({
  name: 'clusterrole',
  short: 'Create a cluster role',
  use: 'NAME --verb=verb --resource=resource.group [--resource-name=resourcename] [--dry-run=server|client|none]',
  flags: [
    ...RULE_FLAGS,
    strings('non-resource-url', 'A partial url that user should have access to.'),
    strings('aggregation-rule', 'An aggregation label selector for combining ClusterRoles.'),
  ],
  failing: 'failed to create clusterrole: ',
  *object(k, name) {
    const aggregation = k.flags.list('aggregation-rule');
    if (aggregation.length === 0) return { apiVersion: RBAC, kind: 'ClusterRole', metadata: { name }, rules: yield* rulesOf(k) };
    const matchLabels = Object.fromEntries(aggregation.map((one) => one.split('=') as [string, string]));
    return {
      aggregationRule: { clusterRoleSelectors: [{ matchLabels }] },
      apiVersion: RBAC,
      kind: 'ClusterRole',
      metadata: { name },
      rules: null,
    };
  },
});

const BINDING_FLAGS = [
  text('clusterrole', 'ClusterRole this binding should reference'),
  array('user', 'Usernames to bind to the role.'),
  array('group', 'Groups to bind to the role.'),
  array('serviceaccount', 'Service accounts to bind to the role, in the format <namespace>:<name>.'),
];

export function subjectsOf(k: Kubectl): any[] {
  const apiGroup = 'rbac.authorization.k8s.io';
  return [
    ...k.flags.list('user').map((name) => ({ apiGroup, kind: 'User', name })),
    ...k.flags.list('group').map((name) => ({ apiGroup, kind: 'Group', name })),
    ...k.flags.list('serviceaccount').map((one) => {
      const parts = one.split(':');
      if (parts.length !== 2 || parts[0] === '' || parts[1] === '') throw new Failure('serviceaccount must be <namespace>:<name>');
      return { kind: 'ServiceAccount', name: parts[1], namespace: parts[0] };
    }),
  ];
}

function binding(k: Kubectl, kind: string, name: string): any {
  const clusterRole = k.flags.text('clusterrole');
  const role = k.flags.has('role') ? k.flags.text('role') : '';
  if ((clusterRole === '') === (role === '')) throw new Failure('exactly one of clusterrole or role must be specified');
  const subjects = subjectsOf(k);
  return {
    apiVersion: RBAC,
    kind,
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: role === '' ? 'ClusterRole' : 'Role', name: role || clusterRole },
    ...(subjects.length > 0 ? { subjects } : {}),
  };
}

export const createRoleBinding = defineGenerator({
  name: 'rolebinding',
  short: 'Create a role binding for a particular role or cluster role',
  use: 'NAME --clusterrole=NAME|--role=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]',
  flags: [...BINDING_FLAGS, text('role', 'Role this RoleBinding should reference')],
  failing: 'failed to create rolebinding: ',
  *object(k, name) {
    return binding(k, 'RoleBinding', name);
  },
});

export const createClusterRoleBinding = defineGenerator({
  name: 'clusterrolebinding',
  short: 'Create a cluster role binding for a particular cluster role',
  use: 'NAME --clusterrole=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]',
  flags: BINDING_FLAGS.map((flag) => (flag.name === 'clusterrole' ? { ...flag, required: true } : flag)),
  failing: 'failed to create clusterrolebinding: ',
  *object(k, name) {
    return binding(k, 'ClusterRoleBinding', name);
  },
});
