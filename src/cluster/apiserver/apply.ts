import type { ApiResponse } from '../apimachinery/rest.ts';
import { failure } from '../apimachinery/status-error.ts';
import type { Scope } from './scope.ts';

export function serverSideApply(_scope: Scope): ApiResponse {
  throw failure(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});
}
