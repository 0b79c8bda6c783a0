// All controllers of kube-controller-manager, in the order they start. A new one is a folder and a line here.
import type { ControllerDefinition } from './controller.ts';
import { daemonSetController } from './daemonset/daemonset.ts';
import { deploymentController } from './deployment/deployment.ts';
import { replicaSetController } from './replicaset/replicaset.ts';

export const controllers: readonly ControllerDefinition[] = [deploymentController, daemonSetController, replicaSetController];
