// A scheduler with the real API server and nodes that are nothing but objects.
import { createSim, type SimEngine } from '../../sim/sim.ts';
import type { AnyObject } from '../apimachinery/object.ts';
import type { ApiRequest } from '../apimachinery/rest.ts';
import { createApiServer } from '../apiserver/apiserver.ts';
import { createClient } from '../client/client.ts';
import { LINK_MS } from '../client/timings.ts';
import { kinds } from '../kinds/kinds.ts';
import { Scheduler } from './scheduler.ts';

export interface TestScheduler {
  readonly sim: SimEngine;
  readonly scheduler: Scheduler;
  ask(method: ApiRequest['method'], path: string, body?: object, headers?: Record<string, string>): any;
  node(name: string, extra?: { labels?: object; allocatable?: object; spec?: object; images?: object[] }): void;
  pod(name: string, spec?: object, metadata?: object): void;
  run(ms: number): void;
  /** Pod → node, `` = none. */
  bound(): Record<string, string>;
  /** Message of the condition PodScheduled. */
  message(pod: string): string | undefined;
}

export const PODS = '/api/v1/namespaces/default/pods';

export function testScheduler(seed = 1): TestScheduler {
  const sim = createSim({ seed });
  const server = createApiServer({ sim, kinds });
  const transport = (request: ApiRequest) => server.handle(request);
  const ask: TestScheduler['ask'] = (method, path, body, headers) => {
    const response = transport({ method, path, body: body as never, headers });
    if (response.status >= 300) throw new Error((response.body as any)?.message ?? String(response.status));
    return response.body;
  };
  ask('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } });
  ask('POST', '/api/v1/namespaces/default/serviceaccounts', { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } });
  const client = createClient({ sim, transport, userAgent: 'kube-scheduler', latencyMs: LINK_MS });
  const scheduler = new Scheduler(sim, client);
  scheduler.start();
  sim.runUntil(20);
  return {
    sim,
    scheduler,
    ask,
    node(name, { labels = {}, allocatable = {}, spec = {}, images } = {}) {
      const capacity = { cpu: '2', memory: '8Gi', 'ephemeral-storage': '100Gi', pods: '110', ...allocatable };
      const metadata = { name, labels: { 'kubernetes.io/hostname': name, ...labels } };
      ask('POST', '/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata, spec, status: { capacity, allocatable: capacity, images } });
      // The taint every node is born with, which its controller would take away.
      const { taints } = { taints: [], ...spec };
      ask('PATCH', `/api/v1/nodes/${name}`, { spec: { taints } }, { 'content-type': 'application/merge-patch+json' });
    },
    pod(name, spec = {}, metadata = {}) {
      const containers = [{ name: 'c', image: 'nginx' }];
      ask('POST', PODS, { apiVersion: 'v1', kind: 'Pod', metadata: { name, ...metadata }, spec: { containers, ...spec } });
    },
    run: (ms) => sim.runUntil(sim.now + ms),
    bound: () => Object.fromEntries((ask('GET', PODS).items as AnyObject[]).map((one) => [one.metadata.name, one['spec'].nodeName ?? ''])),
    message: (pod) => ask('GET', `${PODS}/${pod}`).status.conditions?.find((one: any) => one.type === 'PodScheduled')?.message,
  };
}

export const asks = (requests: object): object => ({ containers: [{ name: 'c', image: 'nginx', resources: { requests } }] });
