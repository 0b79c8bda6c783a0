// A control plane at work, saved in the middle: the copy goes on exactly like the original.
import { expect, test } from 'vitest';
import { forkFrom, saveKeyframe } from '../../sim/keyframe.ts';
import { createSim, type Sim } from '../../sim/sim.ts';
import type { ApiRequest } from '../apimachinery/rest.ts';
import { createApiServer } from '../apiserver/apiserver.ts';
import { createClient } from '../client/client.ts';
import { createControllerManager } from '../controllers/controller-manager.ts';
import { kinds } from '../kinds/kinds.ts';
import { Scheduler } from './scheduler.ts';

function compose(sim: Sim) {
  const server = createApiServer({ sim, kinds });
  const transport = (request: ApiRequest) => server.handle(request);
  const manager = createControllerManager({ sim, transport });
  const scheduler = new Scheduler(sim, createClient({ sim, transport, userAgent: 'kube-scheduler', latencyMs: 3 }));
  return { server, manager, scheduler };
}

type World = ReturnType<typeof compose>;

function ask({ server }: World, method: ApiRequest['method'], path: string, body: object): void {
  const { status, body: answer } = server.handle({ method, path, body: body as never });
  if (status >= 300) throw new Error(JSON.stringify(answer));
}

function begin(sim: Sim, world: World): void {
  world.manager.start();
  world.scheduler.start();
  ask(world, 'POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } });
  const capacity = { cpu: '4', memory: '8Gi', pods: '20' };
  for (const name of ['n1', 'n2', 'n3']) {
    const conditions = [{ type: 'Ready', status: 'True', lastHeartbeatTime: sim.timestamp(), lastTransitionTime: sim.timestamp() }];
    ask(world, 'POST', '/api/v1/nodes', {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name },
      status: { capacity, allocatable: capacity, conditions },
    });
  }
  const labels = { app: 'web' };
  const template = {
    metadata: { labels },
    spec: { containers: [{ name: 'c', image: 'nginx', resources: { requests: { cpu: '500m' } } }] },
  };
  const spec = { replicas: 40, selector: { matchLabels: labels }, template };
  (sim as ReturnType<typeof createSim>).runUntil(100);
  ask(world, 'POST', '/apis/apps/v1/namespaces/default/deployments', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec,
  });
  ask(world, 'POST', '/api/v1/namespaces/default/services', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web' },
    spec: { selector: labels, ports: [{ port: 80 }] },
  });
}

test.each([105, 118, 127, 140, 900, 6_000])('a control plane saved after %i ms goes on like the original', (at) => {
  const sim = createSim({ seed: 7 });
  const world = compose(sim);
  begin(sim, world);
  sim.runUntil(at);
  const keyframe = JSON.parse(JSON.stringify(saveKeyframe(sim)));
  const fork = forkFrom(keyframe, compose);
  sim.runUntil(700_000);
  fork.sim.runUntil(700_000);
  expect(fork.sim.journal.length).toBe(sim.journal.length);
  expect(fork.sim.journal.hash).toBe(sim.journal.hash);
  expect(fork.world.server.revision).toBe(world.server.revision);
});
