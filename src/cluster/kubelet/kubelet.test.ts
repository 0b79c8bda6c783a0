// What watching pods on one node shows, against the real API server, process kernel and network. The expected texts in testdata/ were
// held against the recordings in e2e/recorded/cluster/pods: order, states, restarts and events are those of a real 1.37.2 node.
import { expect, test } from 'vitest';
import { createTestNode, type TestNode } from './test-node.ts';

const PODS = '/api/v1/namespaces/default/pods';
const shell = (command: string, more: object = {}) => ({ name: 'c', image: 'busybox:1.36', command: ['sh', '-c', command], ...more });
const nginx = (more: object = {}) => ({ name: 'c', image: 'nginx:1.27', ...more });

function node(): TestNode {
  const made = createTestNode();
  made.run(1000);
  return made;
}

/** Everything a user saw of these pods. */
function story(made: TestNode, ...names: string[]): string {
  return names
    .map((name) => [...made.seen.filter((line) => line.split(' ')[2] === name), ...made.events(name), ''].join('\n'))
    .join('\n')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '<uid>')
    .replaceAll(/[0-9a-f]{64}/g, '<id>');
}

const expected = (name: string) => `./testdata/${name}.txt`;

test('a pod starts, runs, and goes when it is deleted', async () => {
  const made = node();
  made.create('web', { containers: [nginx({ ports: [{ containerPort: 80 }] })] });
  made.run(3000);
  const status = made.get('web').status;
  made.call('DELETE', `${PODS}/web`);
  made.run(3000);
  await expect(story(made, 'web')).toMatchFileSnapshot(expected('life'));
  const text = JSON.stringify(status, null, 1)
    .replaceAll(/[0-9a-f]{64}/g, '<id>')
    .replace(/kube-api-access-\w+/, 'kube-api-access-x');
  await expect(text).toMatchFileSnapshot(expected('life-status'));
  expect([...made.kubelet.pods]).toEqual([]);
});

test('a crashing container is restarted at once, then after 10, 20, 40, 80 seconds, and says so one sync late', async () => {
  const made = node();
  made.create('crash', { containers: [shell('echo hi; exit 3')] });
  made.create('clean', { restartPolicy: 'OnFailure', containers: [shell('exit 0')] });
  made.run(180_000);
  await expect(story(made, 'crash', 'clean')).toMatchFileSnapshot(expected('crash'));
});

test('images that are missing, forbidden, misnamed or pulled', async () => {
  const made = node();
  made.create('missing', { containers: [nginx({ image: 'nginx:9.9.9' })] });
  made.create('never', { containers: [nginx({ image: 'nginx:8.8.8', imagePullPolicy: 'Never' })] });
  made.create('invalid', { containers: [nginx({ image: 'nginx:bad:tag' })] });
  made.create('latest', { containers: [nginx({ image: 'nginx' })] });
  made.run(50_000);
  made.call(
    'PATCH',
    `${PODS}/missing`,
    { spec: { containers: [nginx()] } },
    { headers: { 'content-type': 'application/strategic-merge-patch+json' } },
  );
  made.call('DELETE', `${PODS}/never`);
  made.run(5000);
  await expect(story(made, 'missing', 'never', 'invalid', 'latest')).toMatchFileSnapshot(expected('images'));
});

test('a command that cannot be started', async () => {
  const made = node();
  made.create('badcmd', { containers: [{ name: 'c', image: 'busybox:1.36', command: ['/bin/nope'] }] });
  made.create('badnever', { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox:1.36', command: ['nope'] }] });
  made.run(60_000);
  await expect(story(made, 'badcmd', 'badnever')).toMatchFileSnapshot(expected('start-error'));
});

test('init containers in order, a sidecar beside them, the others together; the sidecar ends last', async () => {
  const made = node();
  const sidecar = shell('trap "exit 0" TERM; while true; do sleep 1; done', { name: 'side', restartPolicy: 'Always' });
  made.create('init', {
    restartPolicy: 'Never',
    initContainers: [shell('sleep 2', { name: 'first' }), sidecar, shell('exit 0', { name: 'third' })],
    containers: [shell('sleep 5'), shell('sleep 1', { name: 'd' })],
  });
  made.create('broken', { restartPolicy: 'Never', initContainers: [shell('exit 1', { name: 'first' })], containers: [shell('sleep 5')] });
  made.run(20_000);
  await expect(story(made, 'init', 'broken')).toMatchFileSnapshot(expected('init'));
});

test('probes of every kind, and what their failures tell', async () => {
  const made = node();
  const exec = (...command: string[]) => ({ exec: { command } });
  const started = exec('cat', '/tmp/started');
  made.create('slow', {
    containers: [
      shell('sleep 12; echo > /tmp/started; sleep 3600', {
        startupProbe: { ...started, periodSeconds: 3, failureThreshold: 20 },
        livenessProbe: { ...started, periodSeconds: 5, failureThreshold: 1 },
      }),
    ],
  });
  const tcp = (port: number) => ({ tcpSocket: { port }, periodSeconds: 5 });
  const http = (port: number, path: string) => ({ httpGet: { port, path }, periodSeconds: 5 });
  made.create('tcp', { containers: [nginx({ livenessProbe: tcp(8081), readinessProbe: tcp(80) })] });
  made.create('http', { containers: [nginx({ readinessProbe: http(80, '/') })] });
  made.create('not-found', { containers: [nginx({ readinessProbe: http(80, '/nope') })] });
  made.create('refused', { containers: [nginx({ readinessProbe: http(8081, '/') })] });
  made.create('no-program', { containers: [shell('sleep 1000', { readinessProbe: { ...exec('no-such'), periodSeconds: 20 } })] });
  made.create('too-long', {
    containers: [shell('sleep 1000', { readinessProbe: { ...exec('sleep', '10'), timeoutSeconds: 2, periodSeconds: 5 } })],
  });
  made.create('grpc', { containers: [nginx({ readinessProbe: { grpc: { port: 5000 }, periodSeconds: 5 } })] });
  made.run(40_000);
  await expect(story(made, 'slow', 'tcp', 'http', 'not-found', 'refused', 'no-program', 'too-long', 'grpc')).toMatchFileSnapshot(
    expected('probes'),
  );
});

test('the ways to end: politely, by force, after a hook, at once', async () => {
  const made = node();
  made.create('polite', { containers: [shell("trap 'echo got TERM; sleep 2; echo bye; exit 0' TERM; while true; do sleep 1; done")] });
  made.create('stubborn', {
    terminationGracePeriodSeconds: 10,
    containers: [shell("trap 'echo ignoring' TERM; while true; do sleep 1; done")],
  });
  const preStop = { exec: { command: ['sh', '-c', 'echo preStop starts > /proc/1/fd/1; sleep 5; echo preStop ends > /proc/1/fd/1'] } };
  made.create('hooked', {
    terminationGracePeriodSeconds: 20,
    containers: [shell("trap 'echo got TERM; exit 0' TERM; while true; do sleep 1; done", { lifecycle: { preStop } })],
  });
  made.create('forced', { containers: [{ name: 'c', image: 'busybox:1.36', command: ['sleep', '3600'] }] });
  made.create('late', {
    activeDeadlineSeconds: 8,
    terminationGracePeriodSeconds: 1,
    containers: [{ name: 'c', image: 'busybox:1.36', command: ['sleep', '3600'] }],
  });
  made.run(5000);
  for (const name of ['polite', 'stubborn', 'hooked']) made.call('DELETE', `${PODS}/${name}`);
  made.call('DELETE', `${PODS}/forced`, { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0 });
  made.run(20_000);
  await expect(story(made, 'polite', 'stubborn', 'hooked', 'forced', 'late')).toMatchFileSnapshot(expected('endings'));
  expect([...made.kubelet.pods].map(({ key }) => key)).toEqual(['default/late']);
});

test('a pod that asks for more than is free is refused by the node itself', async () => {
  const made = node();
  made.create('big', { containers: [nginx({ resources: { requests: { cpu: '1900m' } } })] });
  made.create('second', { containers: [nginx({ resources: { requests: { cpu: '500m' } } })] });
  made.create('elsewhere', { nodeSelector: { disk: 'ssd' }, containers: [nginx()] });
  made.run(2000);
  await expect(story(made, 'second', 'elsewhere')).toMatchFileSnapshot(expected('refused'));
  expect(made.get('second').status.message).toBe(
    "Pod was rejected: Node didn't have enough resource: cpu, requested: 500, used: 1900, capacity: 2000",
  );
});

test('a node that was switched off starts its pods again, with a restart counted and the address changed', async () => {
  const made = node();
  made.create('web', { containers: [nginx()] });
  made.run(3000);
  made.kubelet.stop();
  made.run(30_000);
  const quiet = made.seen.length;
  made.kubelet.start();
  made.run(5000);
  expect(made.seen.length).toBeGreaterThan(quiet);
  await expect(story(made, 'web')).toMatchFileSnapshot(expected('reboot'));
  const [status] = made.get('web').status.containerStatuses;
  expect([status.restartCount, status.lastState.terminated.reason, status.lastState.terminated.exitCode]).toEqual([1, 'Unknown', 255]);
});
