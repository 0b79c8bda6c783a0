// create quota, poddisruptionbudget, priorityclass, ingress.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/create/create_{quota,pdb,priorityclass,ingress}.go
import { parseQuantity } from '../../../../../cluster/apimachinery/quantity.ts';
import { Failure } from '../../errors.ts';
import { array, bool, strings, text, whole } from '../../flags.ts';
import { defineGenerator } from './generator.ts';
import { selectorOf } from '../../label-arguments.ts';

export const createQuota = defineGenerator({
  name: 'quota',
  aliases: ['resourcequota'],
  short: 'Create a quota with the specified name',
  use: 'NAME [--hard=key1=value1,key2=value2] [--scopes=Scope1,Scope2] [--dry-run=server|client|none]',
  flags: [
    text('hard', 'A comma-delimited set of resource=quantity pairs that define a hard limit.'),
    text('scopes', 'A comma-delimited set of quota scopes that must all match each object tracked by the quota.'),
  ],
  failing: 'failed to create quota: ',
  *object(k, name) {
    const hard: Record<string, string> = {};
    for (const pair of k.flags
      .text('hard')
      .split(',')
      .filter((one) => one !== '')) {
      const [key, value, ...rest] = pair.split('=');
      if (value === undefined || rest.length > 0) throw new Failure(`invalid argument syntax ${pair}, expected <resource>=<value>`);
      const quantity = parseQuantity(value);
      if (typeof quantity === 'string') throw new Failure(quantity);
      hard[key!] = value;
    }
    const scopes = k.flags
      .text('scopes')
      .split(',')
      .filter((one) => one !== '');
    return {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name },
      spec: { ...(Object.keys(hard).length > 0 ? { hard } : {}), ...(scopes.length > 0 ? { scopes } : {}) },
    };
  },
});

export const createPdb = defineGenerator({
  name: 'poddisruptionbudget',
  aliases: ['pdb'],
  short: 'Create a pod disruption budget with the specified name',
  use: 'NAME --selector=SELECTOR --min-available=N [--dry-run=server|client|none]',
  flags: [
    text('min-available', 'The minimum number or percentage of available pods this budget requires.'),
    text('max-unavailable', 'The maximum number or percentage of unavailable pods this budget requires.'),
    text('selector', 'A label selector to use for this budget. Only equality-based selector requirements are supported.'),
  ],
  failing: 'failed to create poddisruptionbudgets: ',
  *object(k, name) {
    if (k.flags.text('selector') === '') throw new Failure('a selector must be specified');
    const min = k.flags.text('min-available');
    const max = k.flags.text('max-unavailable');
    if (min === '' && max === '') throw new Failure('one of min-available or max-unavailable must be specified');
    if (min !== '' && max !== '') throw new Failure('min-available and max-unavailable cannot be both specified');
    const amount = (value: string) => (/^\d+$/.test(value) ? Number(value) : value);
    return {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name },
      spec: {
        ...(max === '' ? {} : { maxUnavailable: amount(max) }),
        ...(min === '' ? {} : { minAvailable: amount(min) }),
        selector: selectorOf(k.flags.text('selector')),
      },
    };
  },
});

export const createPriorityClass = defineGenerator({
  name: 'priorityclass',
  aliases: ['pc'],
  short: 'Create a priority class with the specified name',
  use: 'NAME --value=VALUE --global-default=BOOL [--dry-run=server|client|none]',
  flags: [
    whole('value', 'the value of this priority class.'),
    bool('global-default', 'global-default specifies whether this PriorityClass should be considered as the default priority.'),
    text('description', 'description is an arbitrary string that usually provides guidelines on when this priority class should be used.'),
    text('preemption-policy', 'preemption-policy is the policy for preempting pods with lower priority.', {
      value: 'PreemptLowerPriority',
    }),
  ],
  failing: 'failed to create priorityclass: ',
  *object(k, name) {
    return {
      apiVersion: 'scheduling.k8s.io/v1',
      ...(k.flags.text('description') === '' ? {} : { description: k.flags.text('description') }),
      ...(k.flags.bool('global-default') ? { globalDefault: true } : {}),
      kind: 'PriorityClass',
      metadata: { name },
      preemptionPolicy: k.flags.text('preemption-policy'),
      value: k.flags.int('value'),
    };
  },
});

function backend(service: string, port: string): any {
  return { service: { name: service, port: /^\d+$/.test(port) ? { number: Number(port) } : { name: port } } };
}

export const createIngress = defineGenerator({
  name: 'ingress',
  aliases: ['ing'],
  short: 'Create an ingress with the specified name',
  use: 'NAME --rule=host/path=service:port[,tls[=secret]] ',
  flags: [
    text('class', 'Ingress Class to be used'),
    array(
      'rule',
      "Rule in format host/path=service:port[,tls=secretname]. Paths containing the leading character '*' are considered pathType=Prefix.",
    ),
    text('default-backend', 'Default service for backend, in format of svcname:port'),
    strings('annotation', 'Annotation to insert in the ingress object, in the format annotation=value'),
  ],
  failing: 'failed to create ingress: ',
  *object(k, name) {
    const rules = k.flags.list('rule');
    const fallback = k.flags.text('default-backend');
    if (rules.length === 0 && fallback === '')
      throw new Failure(
        'not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)',
      );
    const byHost = new Map<string, any[]>();
    const tls: any[] = [];
    for (const rule of rules) {
      const match = /^([^=,]*?)(\/[^=,]*)?=([^:=,]+):([^,=]+)(,tls(?:=([^,]+))?)?$/.exec(rule);
      if (match === null) throw new Failure(`rule ${rule} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]`);
      const [, host = '', path = '', service = '', port = '', secured, secretName] = match;
      const prefix = path.endsWith('*');
      byHost.set(host, [
        ...(byHost.get(host) ?? []),
        { backend: backend(service, port), path: prefix ? path.slice(0, -1) : path, pathType: prefix ? 'Prefix' : 'Exact' },
      ]);
      if (secured !== undefined)
        tls.push({ ...(host === '' ? {} : { hosts: [host] }), ...(secretName === undefined ? {} : { secretName }) });
    }
    const annotations = Object.fromEntries(
      k.flags.list('annotation').map((one) => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)]),
    );
    const [service = '', port = ''] = fallback.split(':');
    return {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) },
      spec: {
        ...(k.flags.text('class') === '' ? {} : { ingressClassName: k.flags.text('class') }),
        ...(fallback === '' ? {} : { defaultBackend: backend(service, port) }),
        ...(byHost.size === 0
          ? {}
          : { rules: [...byHost].map(([host, paths]) => ({ ...(host === '' ? {} : { host }), http: { paths } })) }),
        ...(tls.length > 0 ? { tls } : {}),
      },
      status: { loadBalancer: {} },
    };
  },
});
