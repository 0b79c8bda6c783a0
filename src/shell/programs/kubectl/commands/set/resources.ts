// kubectl set resources.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/set/set_resources.go
import { parseQuantity } from '../../../../../cluster/apimachinery/quantity.ts';
import { defineCommand } from '../../command.ts';
import { Failure } from '../../errors.ts';
import { text } from '../../flags.ts';
import { changeTemplates, SET_FLAGS, selectContainers } from './template-change.ts';

export const setResources = defineCommand({
  name: 'resources',
  short: 'Update resource requests/limits on objects with pod templates',
  use: '(-f FILENAME | TYPE NAME)  ([--limits=LIMITS & --requests=REQUESTS]',
  flags: [
    ...SET_FLAGS,
    text(
      'containers',
      'The names of containers in the selected pod templates to change, all containers are selected by default - may use wildcards',
      { short: 'c', value: '*' },
    ),
    text('limits', "The resource requirement requests for this container.  For example, 'cpu=100m,memory=256Mi'."),
    text('requests', "The resource requirement requests for this container.  For example, 'cpu=100m,memory=256Mi'."),
  ],
  *run(k) {
    const limits = parseAmounts(k.flags.text('limits'));
    const requests = parseAmounts(k.flags.text('requests'));
    if (limits === undefined && requests === undefined)
      throw new Failure('you must specify an update to requests or limits (in the form of --requests/--limits)');
    yield* changeTemplates(
      k,
      k.args,
      'resource requirements updated',
      function* (spec) {
        const pattern = k.flags.text('containers');
        const all = [...spec.containers, ...(spec.initContainers ?? [])];
        const chosen = selectContainers(all, pattern);
        if (chosen.length === 0) throw new Failure(`unable to find container named ${pattern}`);
        const changed = (one: any) => (chosen.includes(one) ? { ...one, resources: merged(one.resources, limits, requests) } : one);
        const out = { ...spec, containers: spec.containers.map(changed) };
        return spec.initContainers === undefined ? out : { ...out, initContainers: spec.initContainers.map(changed) };
      },
      { wraps: 'failed to patch resources update to pod template ' },
    );
  },
});

function parseAmounts(text: string): Record<string, string> | undefined {
  if (text === '') return undefined;
  const out: Record<string, string> = {};
  for (const pair of text.split(',')) {
    const [name, amount, ...rest] = pair.split('=');
    if (amount === undefined || rest.length > 0) throw new Failure(`invalid argument syntax ${pair}, expected <resource>=<value>`);
    const parsed = parseQuantity(amount);
    if (typeof parsed === 'string') throw new Failure(parsed);
    out[name!] = amount;
  }
  return out;
}

type Amounts = Record<string, string> | undefined;

function merged(before: any, limits: Amounts, requests: Amounts): any {
  return {
    ...before,
    ...(limits === undefined ? {} : { limits: { ...before?.limits, ...limits } }),
    ...(requests === undefined ? {} : { requests: { ...before?.requests, ...requests } }),
  };
}
