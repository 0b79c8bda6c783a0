// All controllers of kube-controller-manager, in the order they start. A new one is a folder and a line here.
import type { ControllerDefinition } from './controller.ts';
import { daemonSetController } from './daemonset/daemonset.ts';
import { deploymentController } from './deployment/deployment.ts';
import { endpointsController } from './endpoints/endpoints.ts';
import { endpointSliceController } from './endpointslice/endpointslice.ts';
import { endpointSliceMirroringController } from './endpointslicemirroring/endpointslicemirroring.ts';
import { replicaSetController } from './replicaset/replicaset.ts';
import { rootCaController } from './root-ca/root-ca.ts';
import { namespaceController } from './namespace/namespace.ts';
import { garbageCollector } from './garbagecollector/garbagecollector.ts';
import { serviceAccountController } from './serviceaccount/serviceaccount.ts';
import { nodeLifecycleController } from './nodelifecycle/nodelifecycle.ts';
import { taintEvictionController } from './tainteviction/tainteviction.ts';
import { podGcController } from './podgc/podgc.ts';
import { nodeIpamController } from './nodeipam/nodeipam.ts';
import { ttlController } from './ttl/ttl.ts';

export const controllers: readonly ControllerDefinition[] = [
  endpointsController,
  endpointSliceController,
  endpointSliceMirroringController,
  garbageCollector,
  namespaceController,
  serviceAccountController,
  rootCaController,
  deploymentController,
  daemonSetController,
  replicaSetController,
  nodeLifecycleController,
  taintEvictionController,
  podGcController,
  nodeIpamController,
  ttlController,
];
