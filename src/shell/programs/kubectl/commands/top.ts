// kubectl top node and pod.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/{cmd/top,metricsutil}
import { quantity, quantityMilliValue } from '../../../../cluster/apimachinery/quantity.ts';
import type { Body } from '../../../../posix/program.ts';
import type { Query } from '../client.ts';
import { defineCommand, type Kubectl } from '../command.ts';
import { Failure } from '../errors.ts';
import { bool, text } from '../flags.ts';
import { ALL_NAMESPACES_FLAG, FIELD_SELECTOR_FLAG, SELECTOR_FLAG } from '../global-flags.ts';
import { TableWriter } from '../printers/tabwriter.ts';

/** Version of the metrics API. @throws Failure `Metrics API not available` */
function* metricsPath(k: Kubectl): Body<string> {
  const resources = yield* (yield* k.discovery()).resources(true);
  const found = resources.find((one) => one.group === 'metrics.k8s.io');
  if (found === undefined) throw new Failure('Metrics API not available');
  return `/apis/metrics.k8s.io/${found.version}`;
}

const mebibytes = (amount: string | undefined): number => Math.trunc(Number(quantity(amount ?? '0').nano / 1_000_000_000n) / 1_048_576);
const milli = (amount: string | undefined): number => quantityMilliValue(quantity(amount ?? '0'));

const node = defineCommand({
  name: 'node',
  aliases: ['nodes', 'no'],
  short: 'Display resource (CPU/memory) usage of nodes',
  use: '[NAME | -l label]',
  flags: [
    SELECTOR_FLAG,
    bool('no-headers', 'If present, print output without headers'),
    bool('show-capacity', 'Print node resources based on Capacity instead of Allocatable(default) of the nodes.'),
    bool('show-swap', 'Print node resources related to swap memory.'),
    text('sort-by', "If non-empty, sort nodes list using specified field. The field can be either 'cpu' or 'memory'."),
    bool('use-protocol-buffers', 'Enables using protocol-buffers to access Metrics API.', { value: 'true' }),
  ],
  *run(k) {
    if (k.args.length > 1) throw k.usage('only one of NAME or --selector can be provided');
    const base = yield* metricsPath(k);
    const client = yield* k.client();
    const name = k.args[0];
    const query: Query = k.flags.text('selector') === '' ? {} : { labelSelector: k.flags.text('selector') };
    const metrics =
      name === undefined ? (yield* client.get(`${base}/nodes`, { query })).items : [yield* client.get(`${base}/nodes/${name}`)];
    const nodes = (yield* client.get('/api/v1/nodes', { query })).items;
    const rows = metrics.map((one: any) => {
      const own = nodes.find((other: any) => other.metadata.name === one.metadata.name);
      const limit = (k.flags.bool('show-capacity') ? own?.status?.capacity : own?.status?.allocatable) ?? {};
      const cpu = milli(one.usage.cpu);
      const memory = mebibytes(one.usage.memory);
      return {
        name: one.metadata.name,
        cpu,
        memory,
        cells: [
          one.metadata.name,
          `${cpu}m`,
          `${Math.trunc((cpu / milli(limit.cpu)) * 100)}%`,
          `${memory}Mi`,
          `${Math.trunc((memory / mebibytes(limit.memory)) * 100)}%`,
        ],
      };
    });
    yield* print(k, ['NAME', 'CPU(cores)', 'CPU(%)', 'MEMORY(bytes)', 'MEMORY(%)'], rows);
  },
});

const pod = defineCommand({
  name: 'pod',
  aliases: ['pods', 'po'],
  short: 'Display resource (CPU/memory) usage of pods',
  use: '[NAME | -l label]',
  flags: [
    ALL_NAMESPACES_FLAG,
    SELECTOR_FLAG,
    FIELD_SELECTOR_FLAG,
    bool('containers', 'If present, print usage of containers within a pod.'),
    bool('no-headers', 'If present, print output without headers.'),
    bool('show-swap', 'Print pod resources related to swap memory.'),
    text('sort-by', "If non-empty, sort pods list using specified field. The field can be either 'cpu' or 'memory'."),
    bool('sum', 'Print the sum of the resource usage'),
    bool('use-protocol-buffers', 'Enables using protocol-buffers to access Metrics API.', { value: 'true' }),
  ],
  *run(k) {
    const base = yield* metricsPath(k);
    const client = yield* k.client();
    const all = k.flags.bool('all-namespaces');
    const { namespace } = yield* k.namespace();
    const name = k.args[0];
    const path = all ? `${base}/pods` : `${base}/namespaces/${namespace}/pods`;
    const query: Query = k.flags.text('selector') === '' ? {} : { labelSelector: k.flags.text('selector') };
    const items = name === undefined ? (yield* client.get(path, { query })).items : [yield* client.get(`${path}/${name}`)];
    if (items.length === 0) {
      yield* k.err(all ? 'No resources found\n' : `No resources found in ${namespace} namespace.\n`);
      return;
    }
    const rows = items.map((one: any) => {
      const cpu = one.containers.reduce((sum: number, container: any) => sum + milli(container.usage.cpu), 0);
      const memory = one.containers.reduce((sum: number, container: any) => sum + mebibytes(container.usage.memory), 0);
      return {
        name: one.metadata.name,
        cpu,
        memory,
        cells: [...(all ? [one.metadata.namespace] : []), one.metadata.name, `${cpu}m`, `${memory}Mi`],
      };
    });
    yield* print(k, [...(all ? ['NAMESPACE'] : []), 'NAME', 'CPU(cores)', 'MEMORY(bytes)'], rows);
  },
});

function* print(k: Kubectl, header: readonly string[], rows: { name: string; cpu: number; memory: number; cells: string[] }[]): Body<void> {
  const sortBy = k.flags.text('sort-by');
  if (sortBy !== '' && sortBy !== 'cpu' && sortBy !== 'memory') throw new Failure('--sort-by accepts only cpu or memory');
  rows.sort((a, b) => (sortBy === 'cpu' ? b.cpu - a.cpu : sortBy === 'memory' ? b.memory - a.memory : a.name < b.name ? -1 : 1));
  yield* k.out(new TableWriter().rows([...(k.flags.bool('no-headers') ? [] : [header]), ...rows.map((row) => row.cells)], true));
}

export const top = defineCommand({
  name: 'top',
  short: 'Display resource (CPU/memory) usage',
  long: `Display resource (CPU/memory) usage.

 This command provides a view of recent resource consumption for nodes and pods. It fetches metrics from the Metrics Server, which aggregates this data from the kubelet on each node. The Metrics Server must be installed and running in the cluster for this command to work.

 The metrics shown are specifically optimized for Kubernetes autoscaling decisions, such as those made by the Horizontal Pod Autoscaler (HPA) and Vertical Pod Autoscaler (VPA). Because of this, the values may not match those from standard OS tools like 'top', as the metrics are designed to provide a stable signal for autoscalers rather than for pinpoint accuracy.

 FAQ for Metrics Server: https://github.com/kubernetes-sigs/metrics-server/blob/master/FAQ.md

 When to use this command:

  *  For on-the-fly spot-checks of resource usage (e.g. identify which pods are consuming the most resources at a glance, or get a quick sense of the load on your nodes)
  *  Understand current resource consumption patterns
  *  Validate the behavior of your HPA or VPA configurations by seeing the metrics they use for scaling decisions.

 It is not intended to be a replacement for full-featured monitoring solutions. Its primary design goal is to provide a low-overhead signal for autoscalers, not to be a perfectly accurate monitoring tool. For high-accuracy reporting, historical analysis, dashboarding, or alerting, you should use a dedicated monitoring solution.`,
  subcommands: [node, pod],
});
