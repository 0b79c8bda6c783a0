// Feeds as a worker would tell them, written by hand for tests and screenshots: the first screen, a guestbook on three nodes, a container
// in CrashLoopBackOff, a fleet of 5,000 nodes.
import type { ContainerSummary, FeedBatch, FeedRecord, Mark, PodRecord, RoadRecord } from '../records.ts';
import { marks } from '../records.ts';

const epoch = Date.UTC(2026, 10, 24, 9, 0, 0);

const world = (cluster: boolean): FeedRecord => ({
  kind: 'world', seed: 7, epoch, cluster, context: 'minikube', version: 'v1.37.2', proxyMode: 'iptables', nodeNetwork: '192.168.49.0/24', scenario: cluster ? 'guestbook' : undefined,
});

const container = (name: string, image: string, mark: Mark = 'ready', more: Partial<ContainerSummary> = {}): ContainerSummary => ({
  name, image, mark, state: mark === 'ready' || mark === 'running' ? 'running' : 'waiting', restarts: 0, ...more,
});

interface PodSketch extends Partial<PodRecord> {
  readonly name: string;
  readonly workload: string;
}

export function pod(sketch: PodSketch): PodRecord {
  const mark = sketch.mark ?? 'ready';
  return {
    kind: 'pod', namespace: 'default', uid: sketch.name, mark, phase: mark === 'pending' || mark === 'creating' ? 'Pending' : 'Running',
    status: mark === 'creating' ? 'ContainerCreating' : mark === 'pending' ? 'Pending' : 'Running',
    suffix: sketch.name.split('-').at(-1)!, place: 'water', quiet: false, restarts: 0, createdAt: 100_000,
    containers: [container(sketch.workload, `${sketch.workload}:v1`, mark, mark === 'creating' ? { reason: 'ContainerCreating' } : {})],
    ...sketch,
  };
}

const system = (name: string, workload: string, node: string, place: PodRecord['place'], ip?: string): PodRecord =>
  pod({ name, workload, node, place, ip, namespace: 'kube-system', quiet: true, suffix: place === 'water' ? name.split('-').at(-1)! : '', createdAt: 20_000 });

export const firstScreen: readonly FeedBatch[] = [
  {
    now: 0,
    records: [
      world(false),
      { kind: 'clock', now: 0, running: true, speed: 1, reached: 0 },
      { kind: 'terminal', terminal: 'main', title: 'Terminal', idle: true },
      { kind: 'output', terminal: 'main', text: 'Kubarium. kubectl, minikube, curl and dig are here; type help for the rest.\r\n\r\n\x1b[1;36m$\x1b[0m minikube start' },
    ],
  },
];

const nodes: readonly FeedRecord[] = [
  { kind: 'node', name: 'minikube', ip: '192.168.49.2', role: 'control plane', ready: 'True', schedulable: true, cpu: 0.67, memory: 0.62, podCIDR: '10.244.0.0/24', createdAt: 10_000 },
  { kind: 'node', name: 'minikube-m02', ip: '192.168.49.3', role: 'worker', ready: 'True', schedulable: true, cpu: 0.46, memory: 0.44, podCIDR: '10.244.1.0/24', createdAt: 20_000 },
  { kind: 'node', name: 'minikube-m03', ip: '192.168.49.4', role: 'worker', ready: 'True', schedulable: true, cpu: 0.65, memory: 0.38, podCIDR: '10.244.2.0/24', createdAt: 30_000 },
];

const systemPods: readonly PodRecord[] = [
  system('etcd-minikube', 'etcd', 'minikube', 'ledge'),
  system('kube-apiserver-minikube', 'kube-apiserver', 'minikube', 'ledge'),
  system('kube-controller-manager-minikube', 'kube-controller-manager', 'minikube', 'ledge'),
  system('kube-scheduler-minikube', 'kube-scheduler', 'minikube', 'ledge'),
  system('storage-provisioner', 'storage-provisioner', 'minikube', 'sand'),
  ...['minikube', 'minikube-m02', 'minikube-m03'].flatMap((node, i) => [
    system(`kube-proxy-${i}kx7b`, 'kube-proxy', node, 'sand'),
    system(`kindnet-${i}v9qd`, 'kindnet', node, 'sand'),
  ]),
  system('coredns-668d6bf9bc-7xk2q', 'coredns', 'minikube', 'water', '10.244.0.3'),
  system('coredns-668d6bf9bc-m4d9p', 'coredns', 'minikube-m02', 'water', '10.244.1.3'),
];

const appPods: readonly PodRecord[] = [
  pod({ name: 'frontend-6b46678c94-2vb8l', workload: 'frontend', node: 'minikube-m02', ip: '10.244.1.4', owner: { kind: 'ReplicaSet', name: 'frontend-6b46678c94' }, createdAt: 19_000, containers: [container('php-redis', 'gb-frontend:v5')] }),
  pod({ name: 'frontend-6b46678c94-tq5ws', workload: 'frontend', node: 'minikube', ip: '10.244.0.5', createdAt: 181_000 }),
  pod({ name: 'frontend-6b46678c94-9kfnj', workload: 'frontend', node: 'minikube-m03', ip: '10.244.2.3', createdAt: 181_000 }),
  pod({ name: 'redis-leader-766465cd9c-x4zqc', workload: 'redis-leader', node: 'minikube-m03', ip: '10.244.2.5', createdAt: 190_000 }),
  pod({ name: 'redis-follower-5ffdf87b7d-h8zkd', workload: 'redis-follower', node: 'minikube-m02', ip: '10.244.1.6', createdAt: 191_000 }),
  pod({ name: 'redis-follower-5ffdf87b7d-pw6nt', workload: 'redis-follower', node: 'minikube-m03', mark: 'creating', createdAt: 246_000 }),
];

const services: readonly FeedRecord[] = (['kubernetes', 'kube-dns', 'redis-leader', 'redis-follower', 'frontend'] as const).map((name, order) => ({
  kind: 'service', namespace: name === 'kube-dns' ? 'kube-system' : 'default', name, order, type: name === 'frontend' ? 'NodePort' : 'ClusterIP',
  clusterIP: ['10.96.0.1', '10.96.0.10', '10.98.141.7', '10.105.3.66', '10.101.77.4'][order]!,
  ports: [{ port: [443, 53, 6379, 6379, 80][order]!, target: String([8443, 53, 6379, 6379, 80][order]), protocol: 'TCP', nodePort: name === 'frontend' ? 30080 : undefined }],
  endpoints: name === 'redis-leader' ? [{ ip: '10.244.2.5', port: 6379, ready: true, pod: 'default/redis-leader-766465cd9c-x4zqc', node: 'minikube-m03' }] : [],
  createdAt: 30_000 + order * 40_000,
}));

/** Hops of one packet from `t0` on, one every `ms`. */
export function hops(packet: number, flow: number, t0: number, places: readonly string[], more: Partial<RoadRecord>, rewriteAt?: { readonly place: string; readonly after: string; readonly service: string }): RoadRecord[] {
  let destination = more.before?.destination ?? '10.244.2.5:6379';
  const source = more.before?.source ?? '10.244.1.4:41234';
  return places.slice(1).map((to, i) => {
    const before = { source, destination };
    const rewrites = rewriteAt?.place === to;
    if (rewrites) destination = rewriteAt.after;
    return {
      kind: 'road', packet, flow, from: places[i]!, to, t0: t0 + i * 0.2, t1: t0 + (i + 1) * 0.2, purpose: 'request', caption: '',
      ...more, before, after: { source, destination },
      ...(rewrites ? { verdict: 'DNAT', service: rewriteAt.service } : {}),
    };
  });
}

export const guestbookRoads: readonly RoadRecord[] = [
  ...hops(1, 1, 252_384, ['pod:default/frontend-6b46678c94-2vb8l', 'node:minikube-m02', 'wire', 'node:minikube-m03', 'pod:default/redis-leader-766465cd9c-x4zqc'],
    { caption: 'SET messages hello', before: { source: '10.244.1.4:41234', destination: '10.98.141.7:6379' }, after: { source: '', destination: '' } },
    { place: 'node:minikube-m02', after: '10.244.2.5:6379', service: 'default/redis-leader:6379' }),
  ...hops(2, 2, 252_384, ['pod:default/frontend-6b46678c94-tq5ws', 'node:minikube', 'wire', 'node:minikube-m02', 'pod:kube-system/coredns-668d6bf9bc-m4d9p'],
    { purpose: 'dns', caption: 'A redis-leader?', before: { source: '10.244.0.5:39111', destination: '10.96.0.10:53' }, after: { source: '', destination: '' } },
    { place: 'node:minikube', after: '10.244.1.3:53', service: 'kube-system/kube-dns:53' }),
  { kind: 'road', packet: 3, flow: 3, from: 'apiserver', to: 'kubelet:minikube-m03', t0: 252_384, t1: 252_385, purpose: 'control', caption: '', before: { source: '', destination: '' }, after: { source: '', destination: '' } },
];

const lines = `\x1b[1;36m$\x1b[0m kubectl scale deployment redis-follower --replicas=2
deployment.apps/redis-follower scaled
\x1b[1;36m$\x1b[0m kubectl get pods -o wide | cut -c1-105
NAME                              READY   STATUS              RESTARTS   AGE    IP           NODE
frontend-6b46678c94-2vb8l         1/1     Running             0          71s    10.244.1.4   minikube-m02
frontend-6b46678c94-9kfnj         1/1     Running             0          71s    10.244.2.3   minikube-m03
frontend-6b46678c94-tq5ws         1/1     Running             0          71s    10.244.0.5   minikube
redis-follower-5ffdf87b7d-h8zkd   1/1     Running             0          94s    10.244.1.6   minikube-m02
redis-follower-5ffdf87b7d-pw6nt   0/1     ContainerCreating   0          6s     <none>       minikube-m03
redis-leader-766465cd9c-x4zqc     1/1     Running             0          118s   10.244.2.5   minikube-m03
\x1b[1;36m$\x1b[0m curl -s "http://$(minikube ip):30080/guestbook.php?cmd=set&key=messages&value=hello"
`;

const counts = Array.from({ length: 253 }, (_, s) => 6 + ((s * 7919) % 5) + [9, 93, 150, 184].reduce((sum, at) => sum + (s >= at ? 80 * Math.exp(-(s - at) / 5) : 0), 0));

export const guestbook: readonly FeedBatch[] = [
  {
    now: 252_384,
    records: [
      world(true),
      { kind: 'clock', now: 252_384, running: true, speed: 0.1, reached: 252_384 },
      { kind: 'terminal', terminal: 'main', title: 'Terminal', idle: false },
      { kind: 'terminal', terminal: 'logs', title: 'redis-leader logs', idle: false },
      { kind: 'output', terminal: 'main', text: lines.replaceAll('\n', '\r\n') },
      ...nodes, ...systemPods, ...appPods, ...services,
      { kind: 'bars', widthMs: 1000, first: 0, counts },
      ...([[9_000, 'minikube start --nodes 3'], [93_000, 'kubectl apply -f guestbook/'], [150_000, 'kubectl scale deployment redis-follower --replicas=2'], [184_000, 'curl']] as const).map(
        ([at, text]): FeedRecord => ({ kind: 'flag', at, text, sort: 'command' })),
    ],
  },
  { now: 252_384, records: guestbookRoads },
];

const selectedSubject = 'pods/default/frontend-6b46678c94-2vb8l';

export const inspectedFrontend: FeedBatch = {
  now: 252_384,
  records: [
    {
      kind: 'inspected', subject: selectedSubject,
      object: {
        apiVersion: 'v1', kind: 'Pod', metadata: { name: 'frontend-6b46678c94-2vb8l', labels: { app: 'guestbook', tier: 'frontend' } },
        spec: { serviceAccountName: 'default' },
        status: { qosClass: 'Burstable', conditions: ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => ({ type, status: 'True' })) },
      },
      yaml: 'apiVersion: v1\nkind: Pod\nmetadata:\n  labels:\n    app: guestbook\n    tier: frontend\n  name: frontend-6b46678c94-2vb8l\n',
      events: ([[71, 'Scheduled', 'Successfully assigned default/frontend-6b46678c94-2vb8l to minikube-m02'], [70, 'Pulling', 'Pulling image "gb-frontend:v5"'], [62, 'Pulled', 'Successfully pulled image "gb-frontend:v5" in 8.214s'], [62, 'Created', 'Container created'], [61, 'Started', 'Container started']] as const).map(
        ([age, reason, message]) => ({ at: 252_384 - age * 1000, type: 'Normal', reason, message, source: 'kubelet', count: 1 })),
      variables: [['GET_HOSTS_FROM', 'dns'], ['REDIS_LEADER_SERVICE_HOST', '10.98.141.7'], ['REDIS_LEADER_SERVICE_PORT', '6379'], ['REDIS_FOLLOWER_SERVICE_HOST', '10.105.3.66'], ['KUBERNETES_SERVICE_HOST', '10.96.0.1'], ['KUBERNETES_SERVICE_PORT', '443']].map(
        ([name, value]) => ({ container: 'php-redis', name: name!, value: value!, origin: name === 'GET_HOSTS_FROM' ? ('spec' as const) : ('service' as const) })),
      missing: [{ name: 'FRONTEND_SERVICE_HOST', why: 'the Service came 6 s after this container started.' }],
    },
  ],
};

const leaf = (path: string, type: 'atomic' | 'final' = 'atomic') => ({ path, name: path.split('.').at(-1)!, type, states: [] });

export const containerShape: FeedRecord = {
  kind: 'shape', machine: 'container',
  root: {
    path: '', name: 'container', type: 'compound', initial: 'Waiting',
    states: [
      { path: 'Waiting', name: 'Waiting', type: 'compound', initial: 'ContainerCreating', states: ['ContainerCreating', 'ErrImagePull', 'ImagePullBackOff', 'CrashLoopBackOff'].map((name) => leaf(`Waiting.${name}`)) },
      { path: 'Running', name: 'Running', type: 'compound', initial: 'Starting', states: [leaf('Running.Starting'), { path: 'Running.Started', name: 'Started', type: 'compound', initial: 'NotReady', states: [leaf('Running.Started.Ready'), leaf('Running.Started.NotReady')] }] },
      { path: 'Terminated', name: 'Terminated', type: 'compound', initial: 'Completed', states: ['Completed', 'Error', 'OOMKilled'].map((name) => leaf(`Terminated.${name}`)) },
    ],
  },
  edges: [
    { from: 'Waiting.ContainerCreating', to: 'Running', event: 'STARTED', after: false },
    { from: 'Waiting.ContainerCreating', to: 'Waiting.ErrImagePull', event: 'PULL_FAILED', after: false },
    { from: 'Waiting.ErrImagePull', to: 'Waiting.ImagePullBackOff', event: 'imagePullRetry', after: true },
    { from: 'Waiting.ImagePullBackOff', to: 'Waiting.ContainerCreating', event: 'imagePullBackOff', after: true },
    { from: 'Waiting.CrashLoopBackOff', to: 'Running', event: 'crashLoopBackOff', after: true },
    { from: 'Running', to: 'Terminated', event: 'EXITED', after: false, guard: 'exitCodeIsNotZero' },
    { from: 'Terminated', to: 'Waiting.CrashLoopBackOff', event: 'BACKED_OFF', after: false },
    { from: 'Running.Starting', to: 'Running.Started', event: 'STARTUP_SUCCEEDED', after: false },
    { from: 'Running.Started.NotReady', to: 'Running.Started.Ready', event: 'PROBE_SUCCEEDED', after: false },
    { from: 'Running.Started.Ready', to: 'Running.Started.NotReady', event: 'PROBE_FAILED', after: false },
  ],
};

const orders = 'default/orders-6d5f8b7c9d-w2xkq';

export const crashLoop: readonly FeedBatch[] = [
  {
    now: 205_200,
    records: [
      ...guestbook[0]!.records.filter((record) => record.kind !== 'pod' || record.quiet),
      { ...world(true), scenario: 'orders' } as FeedRecord,
      { kind: 'clock', now: 205_200, running: false, speed: 1, reached: 205_200 },
      pod({
        name: 'orders-6d5f8b7c9d-w2xkq', workload: 'orders', node: 'minikube-m02', ip: '10.244.1.9', mark: 'restarting', phase: 'Running', status: 'CrashLoopBackOff', restarts: 4,
        containers: [
          container('orders', 'acme/orders:v3', 'restarting', { reason: 'CrashLoopBackOff', restarts: 4, backOff: { from: 148_600, until: 228_600 } }),
          container('log-agent', 'acme/log-agent:v1'),
        ],
      }),
      containerShape,
      { kind: 'inspected', subject: `pods/${orders}`, events: [], object: {}, yaml: '', lastLines: ['FATAL REDIS_LEADER_SERVICE_HOST is not set'] },
      {
        kind: 'chart', subject: `pods/${orders}`, instance: `pods/${orders}/containers/orders`, machine: 'container', title: 'Container orders',
        active: ['Waiting.CrashLoopBackOff'], since: 148_600,
        moves: [
          { at: 148_600, event: 'BACKED_OFF', from: 'Terminated.Error', to: 'Waiting.CrashLoopBackOff' },
          { at: 148_600, event: 'EXITED', from: 'Running.Started.NotReady', to: 'Terminated.Error' },
          { at: 147_400, event: 'crashLoopBackOff', from: 'Waiting.CrashLoopBackOff', to: 'Running.Started.NotReady' },
          { at: 107_100, event: 'BACKED_OFF', from: 'Terminated.Error', to: 'Waiting.CrashLoopBackOff' },
        ],
        timers: [{ delay: 'crashLoopBackOff', state: 'Waiting.CrashLoopBackOff', setAt: 148_600, dueAt: 228_600 }],
        guards: [
          { text: 'restartPolicy is not Never', value: 'Always', holds: true },
          { text: 'exit code is not 0', value: '1', holds: true },
          { text: 'ran 10 min, back-off resets', value: '1.2 s', holds: false },
        ],
      },
      {
        kind: 'why', subject: `pods/${orders}`, question: 'Why is it waiting?',
        steps: [
          { seq: 900, at: 148_600, source: 'kubelet', title: 'CrashLoopBackOff', detail: 'the 5th exit in a row', mark: 'restarting' },
          { seq: 890, at: 148_600, source: 'kubelet', title: 'orders exited, code 1', detail: '1.2 s after its start', mark: 'failed' },
          { seq: 850, at: 147_400, source: 'kubelet', title: 'variable was not set', detail: 'env is fixed at each start', mark: 'pending' },
          { seq: 840, at: 147_400, source: 'kubelet', title: 'no Service yet', detail: 'the kubelet had seen none', mark: 'unknown' },
          { seq: 700, at: 171_900, source: 'kubectl', title: 'Service redis-leader', detail: 'created by your apply', mark: 'service' },
        ],
        next: { title: 'It heals by itself.', detail: 'The start in 23.4 s will see REDIS_LEADER_SERVICE_HOST=10.98.141.7.', mark: 'ready' },
      },
    ],
  },
];

/** A fleet of `count` nodes with 30 pods each, in three zones, one of them failing. */
export function fleetOf(count: number): readonly FeedBatch[] {
  const number = (mark: Mark): number => marks.indexOf(mark);
  let seed = 20251;
  const random = (): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    return seed / 0x7fffffff;
  };
  const zone = Uint8Array.from({ length: count }, (_, i) => Math.min(2, Math.floor((3 * i) / count)));
  const start = Uint32Array.from({ length: count + 1 }, (_, i) => i * 30);
  const cpu = new Uint8Array(count);
  const state = new Uint8Array(count);
  const mark = new Uint8Array(count * 30);
  for (let node = 0; node < count; node++) {
    const u = ((3 * node) / count) % 1;
    cpu[node] = 255 * (0.45 + 0.35 * Math.sin(node * 0.021) * Math.cos(node * 0.0043));
    const lost = zone[node] === 1 && u + 0.1 * Math.sin(node * 0.4) < 0.55;
    const gone = lost && u < 0.2;
    state[node] = lost ? 2 : 0;
    for (let i = 0; i < 30; i++) {
      const a = random();
      mark[node * 30 + i] = number(gone ? 'terminating' : lost ? 'unreachable' : a < 0.006 ? 'creating' : a < 0.01 ? 'pending' : 'ready');
    }
  }
  return [
    {
      now: 7_450_000,
      records: [
        { ...world(true), scenario: 'fleet' } as FeedRecord,
        { kind: 'clock', now: 7_450_000, running: true, speed: 100, reached: 7_450_000 },
        { kind: 'terminal', terminal: 'main', title: 'Terminal', idle: true },
        { kind: 'output', terminal: 'main', text: '\x1b[1;36m$\x1b[0m ' },
        { kind: 'fleet', nodes: Array.from({ length: count }, (_, i) => `node-${i + 1}`), zones: ['zone a', 'zone b', 'zone c'], zone, start, cpu, state, mark, unscheduled: 0 },
        { kind: 'bars', widthMs: 30_000, first: 0, counts: Array.from({ length: 248 }, (_, i) => 20 + (i % 13) * 3) },
      ],
    },
  ];
}
