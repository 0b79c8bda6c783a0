import type { AnyObject } from '../apimachinery/object.ts';
import type { Scope } from './scope.ts';

export function recordUpdate(_scope: Scope, next: AnyObject, _old: AnyObject | undefined): AnyObject {
  return next;
}
