// Client-side apply: what the file says, what was applied last and what is live make one patch.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/apply/{apply,patcher}.go
import { createThreeWayJsonMergePatch } from '../../../cluster/apimachinery/json-patch.ts';
import { goQuote } from '../../../cluster/apimachinery/go-text.ts';
import { createThreeWayMergePatch, createTwoWayMergePatch } from '../../../cluster/apimachinery/strategic-diff.ts';
import { applyStrategicMergePatch } from '../../../cluster/apimachinery/strategic-merge.ts';
import { applyMergePatch } from '../../../cluster/apimachinery/json-patch.ts';
import type { Body } from '../../../posix/program.ts';
import type { Query } from './client.ts';
import type { Kubectl } from './command.ts';
import { groupVersion, resourcePath } from './discovery.ts';
import { Failure, isConflict, StatusFailure } from './errors.ts';
import type { Info } from './resource-builder.ts';
import { schemaOfKind } from './typed.ts';
import { LAST_APPLIED, withLastApplied } from './writes.ts';

export interface Patch {
  readonly type: 'strategic' | 'merge';
  readonly body: any;
}

/** The object as a patch sees it: fields the server fills in by itself are no wish of the file. `annotate`: the patch also notes what
 *  was applied; `diff` leaves that out. */
export function applyPatch(info: Info, live: any, annotate = true): Patch {
  const struct = schemaOfKind(info.object.apiVersion, info.object.kind);
  const modified = annotate ? withLastApplied(info.object) : withoutLastApplied(info.object);
  const lastText = live.metadata?.annotations?.[LAST_APPLIED];
  let original: any;
  try {
    original = lastText === undefined ? undefined : JSON.parse(lastText);
  } catch (error) {
    throw new Failure(`${(error as Error).message}`);
  }
  const body =
    struct === undefined
      ? createThreeWayJsonMergePatch(original ?? {}, modified, live)
      : createThreeWayMergePatch(original ?? {}, modified, live, struct);
  return { type: struct === undefined ? 'merge' : 'strategic', body };
}

function withoutLastApplied(object: any): any {
  const { [LAST_APPLIED]: _noted, ...annotations } = object.metadata?.annotations ?? {};
  return { ...object, metadata: { ...object.metadata, annotations } };
}

export const isEmptyPatch = (patch: Patch): boolean => Object.keys(patch.body).length === 0;

/** What the live object becomes; for `--dry-run=client` and `diff`. */
export function patched(live: any, patch: Patch): any {
  return patch.type === 'merge'
    ? applyMergePatch(live, patch.body)
    : applyStrategicMergePatch(live, patch.body, schemaOfKind(live.apiVersion, live.kind));
}

/** The patch between two states of an object: strategic for built-in kinds. */
export function changePatch(before: any, after: any): Patch {
  const struct = schemaOfKind(before.apiVersion, before.kind);
  if (struct === undefined) return { type: 'merge', body: createThreeWayJsonMergePatch(before, after, before) };
  return { type: 'strategic', body: createTwoWayMergePatch(before, after, struct) };
}

/** GET before apply, with the words of a refusal; undefined when it does not exist. */
export function* liveObject(k: Kubectl, info: Info): Body<any> {
  const client = yield* k.client();
  try {
    if (info.name === '') throw new Failure('resource name may not be empty');
    return yield* client.get(resourcePath(info.resource, info.namespace, info.name));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error instanceof StatusFailure && error.reason === 'NotFound') return undefined;
    const gv = `${info.resource.group}/${info.resource.version}`;
    const words = `error when retrieving current configuration of:\nResource: ${goQuote(`${gv}, Resource=${info.resource.name}`)}, GroupVersionKind: ${goQuote(`${gv}, Kind=${info.resource.kind}`)}\nName: ${goQuote(info.name)}, Namespace: ${goQuote(info.namespace)}\nfrom server for: ${goQuote(info.source ?? '')}: `;
    throw error instanceof StatusFailure ? error.prefixed(words) : new Failure(words + error.message);
  }
}

/** Sends the patch; a conflict is tried again with the object as it then is. */
export function* sendApplyPatch(k: Kubectl, info: Info, live: any, query: Query): Body<{ object: any; changed: boolean }> {
  const client = yield* k.client();
  const path = resourcePath(info.resource, info.namespace, info.name);
  let current = live;
  for (let tries = 0; ; tries++) {
    const patch = applyPatch(info, current);
    if (isEmptyPatch(patch)) return { object: current, changed: false };
    try {
      return { object: yield* client.patch(path, patch.type, patch.body, query), changed: true };
    } catch (error) {
      if (!(error instanceof StatusFailure)) throw error;
      if (isConflict(error) && tries < 5) {
        current = yield* client.get(path);
        continue;
      }
      throw k.flags.has('force') && k.flags.bool('force') ? error : applyingError(info, patch, error);
    }
  }
}

function applyingError(info: Info, patch: Patch, error: StatusFailure): StatusFailure {
  const gv = groupVersion(info.resource).includes('/') ? groupVersion(info.resource) : `/${info.resource.version}`;
  const body = JSON.stringify(patch.body);
  const words = `error when applying patch:\n${body}\nto:\nResource: ${goQuote(`${gv}, Resource=${info.resource.name}`)}, GroupVersionKind: ${goQuote(`${gv}, Kind=${info.resource.kind}`)}\nName: ${goQuote(info.name)}, Namespace: ${goQuote(info.namespace)}\nfor: ${goQuote(info.source ?? '')}: `;
  return error.prefixed(`${words}error when patching ${goQuote(info.source ?? '')}: `);
}
