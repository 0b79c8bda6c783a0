// Subresources that do something instead of being a view of the object. A new one is one file and one line here.
// Models: kubernetes v1.37 pkg/registry/core/rest/storage_core.go
import type { ApiResponse } from '../../apimachinery/rest.ts';
import type { Scope } from '../scope.ts';
import { bind } from './binding.ts';
import { evict } from './eviction.ts';
import { attach, exec, log, portForward } from './node-requests.ts';

export const actions: Readonly<Record<string, (scope: Scope) => ApiResponse>> = {
  'pods/binding': bind,
  'pods/eviction': evict,
  'pods/log': log,
  'pods/exec': exec,
  'pods/attach': attach,
  'pods/portforward': portForward,
};
