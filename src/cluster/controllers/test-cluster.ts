// A control plane without nodes for tests of controllers: the real API server, controllers, and pods whose status a test writes.
import { createSim, type SimEngine } from '../../sim/sim.ts';
import type { AnyObject } from '../apimachinery/object.ts';
import type { ApiRequest, ApiResponse } from '../apimachinery/rest.ts';
import { createApiServer } from '../apiserver/apiserver.ts';
import { kinds } from '../kinds/kinds.ts';
import type { ControllerDefinition } from './controller.ts';
import { createControllerManager, type ControllerManager } from './controller-manager.ts';

export interface TestCluster {
  readonly sim: SimEngine;
  readonly manager: ControllerManager;
  /** Answers the body; throws on refusals. */
  ask(method: ApiRequest['method'], path: string, body?: object, headers?: Record<string, string>): any;
  list(path: string): AnyObject[];
  run(ms: number): void;
  /** Marks every pod that is not being deleted Running and Ready, and removes those being deleted, as a kubelet would. */
  kubelet(choose?: (pod: AnyObject) => boolean): void;
  events(): string[];
}

const READY = (now: string) =>
  ['Initialized', 'Ready', 'ContainersReady'].map((type) => ({ type, status: 'True', lastTransitionTime: now }));

export function testCluster(definitions?: readonly ControllerDefinition[], options: { seed?: number; epoch?: number } = {}): TestCluster {
  const sim = createSim(options);
  const server = createApiServer({ sim, kinds });
  const manager = createControllerManager({ sim, transport: (request) => server.handle(request), definitions, limit: null });
  const handle = (request: ApiRequest): ApiResponse => server.handle(request);
  const ask: TestCluster['ask'] = (method, path, body, headers) => {
    const response = handle({ method, path, body: body as never, headers });
    if (response.status >= 300) throw new Error((response.body as any)?.message ?? String(response.status));
    return response.body;
  };
  for (const name of ['default', 'kube-system'])
    ask('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  ask('POST', '/api/v1/namespaces/default/serviceaccounts', { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } });
  const list = (path: string): AnyObject[] => ask('GET', path).items ?? [];
  let address = 0;
  return {
    sim,
    manager,
    ask,
    list,
    run: (ms) => sim.runUntil(sim.now + ms),
    kubelet(choose = () => true) {
      for (const pod of list('/api/v1/pods')) {
        const { namespace, name, deletionTimestamp } = pod.metadata;
        const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
        if (deletionTimestamp !== undefined) ask('DELETE', path, { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0 });
        else if (pod['status'].phase !== 'Running' && choose(pod)) {
          if (pod['spec'].nodeName === undefined) {
            ask('POST', `${path}/binding`, { apiVersion: 'v1', kind: 'Binding', metadata: { name }, target: { kind: 'Node', name: 'n1' } });
          }
          const { metadata, spec } = ask('GET', path);
          const podIP = pod['status'].podIP ?? `10.244.0.${++address}`;
          const status = { ...pod['status'], phase: 'Running', podIP, podIPs: [{ ip: podIP }], conditions: READY(sim.timestamp()) };
          ask('PUT', `${path}/status`, { ...pod, metadata, spec, status });
        }
      }
    },
    events: () => list('/api/v1/events').map((one) => `${one['reason']}: ${one['message']}${one['count'] > 1 ? ` x${one['count']}` : ''}`),
  };
}
