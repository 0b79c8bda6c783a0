// Ordered registry of `kubectl create TYPE`.
import { createClusterRole, createClusterRoleBinding, createRole, createRoleBinding } from './access.ts';
import { createConfigMap, createNamespace, createSecret, createServiceAccount, createToken } from './configuration.ts';
import { createIngress, createPdb, createPriorityClass, createQuota } from './policies.ts';
import { createService } from './service.ts';
import { createCronjob, createDeployment, createJob } from './workloads.ts';

export const GENERATORS = [
  createNamespace,
  createQuota,
  createSecret,
  createConfigMap,
  createServiceAccount,
  createService,
  createDeployment,
  createClusterRole,
  createClusterRoleBinding,
  createRole,
  createRoleBinding,
  createPdb,
  createPriorityClass,
  createJob,
  createCronjob,
  createIngress,
  createToken,
];
