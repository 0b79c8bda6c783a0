// Registry of describers.
import {
  configMapDescriber,
  limitRangeDescriber,
  namespaceDescriber,
  quotaDescriber,
  secretDescriber,
  serviceAccountDescriber,
} from './configuration.ts';
import type { Describer } from './describer.ts';
import { cronJobDescriber, jobDescriber } from './jobs.ts';
import { nodeDescriber } from './node.ts';
import { podDescriber } from './pod.ts';
import { autoscalerDescriber, bindingDescriber, networkPolicyDescriber, pdbDescriber, roleDescriber } from './policies.ts';
import { endpointsDescriber, endpointSliceDescriber, ingressDescriber, serviceDescriber } from './services.ts';
import { claimDescriber, priorityClassDescriber, storageClassDescriber, volumeDescriber } from './storage.ts';
import { daemonSetDescriber, deploymentDescriber, replicaSetDescriber, statefulSetDescriber } from './workloads.ts';

export const DESCRIBERS: readonly Describer[] = [
  podDescriber,
  nodeDescriber,
  namespaceDescriber,
  configMapDescriber,
  secretDescriber,
  serviceAccountDescriber,
  serviceDescriber,
  endpointsDescriber,
  endpointSliceDescriber,
  ingressDescriber,
  deploymentDescriber,
  replicaSetDescriber,
  daemonSetDescriber,
  statefulSetDescriber,
  jobDescriber,
  cronJobDescriber,
  autoscalerDescriber,
  pdbDescriber,
  networkPolicyDescriber,
  roleDescriber,
  bindingDescriber,
  quotaDescriber,
  limitRangeDescriber,
  claimDescriber,
  volumeDescriber,
  storageClassDescriber,
  priorityClassDescriber,
];
