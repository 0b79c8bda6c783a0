// All kinds the cluster serves, in the order the API server lists their groups. A new kind is one folder and one line here.
import { configMap } from './configmap/configmap.ts';
import { daemonSet } from './daemonset/daemonset.ts';
import { deployment } from './deployment/deployment.ts';
import { endpoints } from './endpoints/endpoints.ts';
import { endpointSlice } from './endpointslice/endpointslice.ts';
import { event } from './event/event.ts';
import type { Kind } from './kind.ts';
import { lease } from './lease/lease.ts';
import { namespace } from './namespace/namespace.ts';
import { node } from './node/node.ts';
import { pod } from './pod/pod.ts';
import { replicaSet } from './replicaset/replicaset.ts';
import { secret } from './secret/secret.ts';
import { service } from './service/service.ts';
import { serviceAccount } from './serviceaccount/serviceaccount.ts';

export const kinds: readonly Kind<any>[] = [
  configMap,
  endpoints,
  event,
  namespace,
  node,
  pod,
  secret,
  service,
  serviceAccount,
  daemonSet,
  deployment,
  replicaSet,
  lease,
  endpointSlice,
];
