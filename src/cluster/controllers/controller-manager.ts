// kube-controller-manager: all controllers of the registry in one process, with one set of caches and a service account each.
// Models: kubernetes v1.37 cmd/kube-controller-manager/app/controllermanager.go
import type { Sim } from '../../sim/sim.ts';
import { createClient, type Transport } from '../client/client.ts';
import { InformerFactory } from '../client/informer.ts';
import { createRecorder } from '../client/recorder.ts';
import { CONTROLLER_MANAGER_QPS, LINK_MS } from '../client/timings.ts';
import type { ControllerDefinition, ControllerOptions } from './controller.ts';
import { controllers } from './controllers.ts';
import { Runner } from './runner.ts';

export interface ControllerManagerOptions extends Partial<ControllerOptions> {
  readonly sim: Sim;
  readonly transport: Transport;
  /** `--kube-api-qps`, `--kube-api-burst`; `null` = unlimited. Default 20 and 30. */
  readonly limit?: { readonly qps: number; readonly burst: number } | null;
  /** Default: the registry. */
  readonly definitions?: readonly ControllerDefinition[];
}

/** Default of `--terminated-pod-gc-threshold`. */
const TERMINATED_POD_THRESHOLD = 12_500;
const AGENT = 'kube-controller-manager/v1.37.2 (linux/amd64) kubernetes/v1.37.2';

export interface ControllerManager {
  /** Lists, watches, works. */
  start(): void;
  stop(): void;
  /** Keys waiting per controller. */
  readonly backlog: ReadonlyMap<string, number>;
}

export function createControllerManager(options: ControllerManagerOptions): ControllerManager {
  const { sim, transport } = options;
  const limit = options.limit === null ? undefined : (options.limit ?? CONTROLLER_MANAGER_QPS);
  const manager = createClient({
    sim,
    transport,
    name: 'kube-controller-manager',
    userAgent: `${AGENT}/shared-informers`,
    user: { name: 'system:kube-controller-manager', groups: ['system:authenticated'] },
    latencyMs: LINK_MS,
  });
  const informers = new InformerFactory(manager);
  const flags: ControllerOptions = {
    terminatedPodThreshold: options.terminatedPodThreshold ?? TERMINATED_POD_THRESHOLD,
    clusterCidr: options.clusterCidr ?? '10.244.0.0/16',
    rootCertificate: options.rootCertificate ?? '',
  };
  const runners = (options.definitions ?? controllers).map((definition) => {
    const { name } = definition;
    const client = createClient({
      sim,
      transport,
      name: `kube-controller-manager/${name}`,
      userAgent: `${AGENT}/system:serviceaccount:kube-system:${name}`,
      user: {
        name: `system:serviceaccount:kube-system:${name}`,
        groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'],
      },
      latencyMs: LINK_MS,
      limit,
    });
    const recorder = createRecorder({ client, component: definition.component ?? name });
    return new Runner({ definition, client, informers, recorder, options: flags });
  });
  return {
    start: () => informers.start(),
    stop: () => {
      informers.stop();
      for (const runner of runners) runner.stop();
    },
    get backlog() {
      return new Map(runners.map((runner) => [runner.definition.name, runner.backlog]));
    },
  };
}
