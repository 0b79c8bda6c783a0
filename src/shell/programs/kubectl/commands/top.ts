// kubectl top: what pods and nodes use, when a metrics server is there.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/top
// Simplified: no metrics server is simulated, so the answer is always that of a cluster without one.
import type { Body } from '../../../../posix/program.ts';
import { defineCommand, type Kubectl } from '../command.ts';
import { Failure } from '../errors.ts';
import { bool, text } from '../flags.ts';
import { ALL_NAMESPACES_FLAG, FIELD_SELECTOR_FLAG, SELECTOR_FLAG } from '../global-flags.ts';

const SHARED = [
  bool('no-headers', 'If present, print output without headers'),
  text('sort-by', "If non-empty, sort pods list using specified field. The field can be either 'cpu' or 'memory'."),
  bool('use-protocol-buffers', 'Enables using protocol-buffers to access Metrics API.', { value: 'true' }),
];

function* withoutMetrics(k: Kubectl): Body<never> {
  const sort = k.flags.text('sort-by');
  if (sort !== '' && sort !== 'cpu' && sort !== 'memory') throw new Failure('--sort-by accepts only cpu or memory');
  if (k.args.length > 1) throw k.usage('only one resource name may be given');
  if (k.args.length > 0 && k.flags.text('selector') !== '') throw new Failure('only one of NAME or selector can be provided');
  // The groups are asked for first: an unreachable server is said in its own words.
  yield* (yield* k.discovery()).resources();
  throw new Failure('Metrics API not available');
}

const topNode = defineCommand({
  name: 'node',
  aliases: ['nodes', 'no'],
  short: 'Display resource (CPU/memory) usage of nodes',
  use: '[NAME | -l label]',
  long: 'Display resource (CPU/memory) usage of nodes.\n\n The top-node command allows you to see the resource consumption of nodes.',
  flags: [
    ...SHARED,
    SELECTOR_FLAG,
    bool('show-capacity', 'Print node resources based on Capacity instead of Allocatable(default) of the nodes.'),
    bool('show-swap', 'Print node resources related to swap memory.'),
  ],
  run: withoutMetrics,
});

const topPod = defineCommand({
  name: 'pod',
  aliases: ['pods', 'po'],
  short: 'Display resource (CPU/memory) usage of pods',
  use: '[NAME | -l label]',
  long: "Display resource (CPU/memory) usage of pods.\n\n The 'top pod' command allows you to see the resource consumption of pods.\n\n Due to the metrics pipeline delay, they may be unavailable for a few minutes since pod creation.",
  flags: [
    ...SHARED,
    ALL_NAMESPACES_FLAG,
    FIELD_SELECTOR_FLAG,
    SELECTOR_FLAG,
    bool('containers', 'If present, print usage of containers within a pod.'),
    bool('show-swap', 'Print pod resources related to swap memory.'),
    bool('sum', 'Print the sum of the resource usage'),
  ],
  run: withoutMetrics,
});

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
  subcommands: [topNode, topPod],
});
