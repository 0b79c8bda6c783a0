// What the API server must know about one kind, and nothing else: its names, how objects of it are completed, judged, compared,
// selected and printed. One folder per kind, one line in kinds.ts.
// Models: kubernetes v1.37 pkg/registry/<group>/<kind>/strategy.go, pkg/apis/<group>/{v1/defaults.go,validation}, pkg/printers
import { sameData } from '../apimachinery/equality.ts';
import type { FieldErrors } from '../apimachinery/field.ts';
import { NO_ERRORS } from '../apimachinery/field.ts';
import type { NameRule } from '../apimachinery/names.ts';
import { nameIsDNSSubdomain } from '../apimachinery/names.ts';
import type { AnyObject, KubeObject } from '../apimachinery/object.ts';
import type { TableClock, TableColumn, TableRow } from '../apimachinery/table.ts';

/** Whole numbers that are handed out at most once: cluster IPs (as offsets), node ports. Its state is kept in keyframes. */
export interface Allocator {
  /** False when taken before or outside `[low, high]`. */
  take(value: number): boolean;
  /** A random free one of the upper band (the lower band is for fixed requests, as in Kubernetes), or undefined when full. */
  takeNext(): number | undefined;
  /** Releasing what nobody holds does nothing. */
  release(value: number): void;
  has(value: number): boolean;
}

export interface AllocatorRange {
  readonly low: number;
  readonly high: number;
  /** How many of the lowest values `takeNext` leaves for fixed requests while others are free. */
  readonly staticBand: number;
}

/** What a strategy may ask while one request is handled. What it allocates is undone when the request fails or is a dry run. */
export interface KindContext {
  /** RFC 3339 of the virtual now, whole seconds. */
  readonly now: string;
  readonly user: { readonly name: string; readonly groups: readonly string[] };
  readonly dryRun: boolean;
  /** `''` for the object itself, else `status`, `scale`, … */
  readonly subresource: string;
  allocator(name: string): Allocator;
  /** Another object, as stored: `read('namespaces', undefined, 'default')`, `read('deployments.apps', 'default', 'web')`. */
  read(resource: string, namespace: string | undefined, name: string): AnyObject | undefined;
  /** In the order of the store (by key). */
  list(resource: string, namespace?: string): readonly AnyObject[];
  /** Random characters of names made by generateName. */
  suffix(length: number): string;
  /** Answers `Warning: 299 - "text"` with the response. */
  warn(text: string): void;
}

/** How an update (of the object or of one subresource) is made right and judged. */
export interface UpdateStrategy<T extends KubeObject> {
  /**
   * Keeps from `old` what this request may not change. The server itself restores system metadata before, and `status` (main
   * resource) or everything but `status` (status subresource). Returns `next` itself when there is nothing to do.
   */
  prepareForUpdate?(next: T, old: T, context: KindContext): T;
  /** Without metadata, which the server judges for every kind. */
  validateUpdate?(next: T, old: T, context: KindContext): FieldErrors;
  warningsOnUpdate?(next: T, old: T, context: KindContext): readonly string[];
}

/** `status`: the part controllers write. */
export interface StatusSubresource<T extends KubeObject> extends UpdateStrategy<T> {
  readonly type: 'status';
}

/** `scale`: autoscaling/v1 Scale seen through paths of the object. */
export interface ScaleSubresource<T extends KubeObject> {
  readonly type: 'scale';
  replicas(object: T): number;
  withReplicas(object: T, replicas: number): T;
  statusReplicas(object: T): number;
  /** Selector as text, for Scale.status.selector. */
  selector(object: T): string | undefined;
}

/** Another update of the same object under its own strategy (`ephemeralcontainers`, `resize`, `finalize`, `approval`). */
export interface UpdateSubresource<T extends KubeObject> extends UpdateStrategy<T> {
  readonly type: 'update';
  readonly verbs: readonly string[];
}

/** Implemented by name in the API server (`binding`, `eviction`, `log`, `exec`, `token`, …); here only what discovery says. */
export interface ActionSubresource {
  readonly type: 'action';
  readonly kind: string;
  readonly group?: string;
  readonly version?: string;
  readonly verbs: readonly string[];
}

export type Subresource<T extends KubeObject> = StatusSubresource<T> | ScaleSubresource<T> | UpdateSubresource<T> | ActionSubresource;

/** Another version or group the same stored objects are served as (autoscaling/v1, events.k8s.io/v1). */
export interface ServedVersion {
  readonly group: string;
  readonly version: string;
  /** Name in the type schema. */
  readonly type: string;
  fromStored(object: AnyObject): AnyObject;
  toStored(object: AnyObject): AnyObject;
  readonly columns?: readonly TableColumn[];
  row?(object: AnyObject, clock: TableClock): TableRow;
}

/**
 * Objects reach every function here decoded against the type schema, as Go would hold them: no unknown fields, no nulls, no empty
 * values of `omitempty` fields, and `{}` for structs that are always there (`spec.strategy`, `status`, `containers[].resources`).
 */
export interface KindDefinition<T extends KubeObject = AnyObject> extends UpdateStrategy<T> {
  /** `''` for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular?: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly namespaced: boolean;
  /** Name in the type schema: `io.k8s.api.apps.v1.Deployment`. */
  readonly type: string;
  /** Verbs in discovery, sorted; absent = the usual eight. A verb that is not there is refused with 405. */
  readonly verbs?: readonly string[];
  /** Warned of with every request to a deprecated kind. */
  readonly deprecation?: string;
  readonly alsoServedAs?: readonly ServedVersion[];

  /** Absent = DNS-1123 subdomain. */
  readonly nameRule?: NameRule;
  /** A PUT to a missing name creates it (Service, Lease, Event, RBAC). */
  readonly allowCreateOnUpdate?: boolean;
  /** False: updates must carry resourceVersion (Lease, PDB). Absent = true. */
  readonly allowUnconditionalUpdate?: boolean;
  /**
   * True when an update counts as a new generation, judged after prepareForUpdate. Absent = the kind has no metadata.generation.
   * Mostly `specChanged`.
   */
  readonly generation?: (next: T, old: T) => boolean;

  /**
   * The scheme's defaults, applied to every body and to the result of every patch. Pure; returns its argument itself when nothing
   * is missing (keep template-shared parts shared with `memoCompletion`).
   */
  defaults?(object: T): T;
  /** After defaulting and admission, before validation: resets status unless told otherwise, allocates addresses. */
  prepareForCreate?(object: T, context: KindContext): T;
  /** What a created object's `status` becomes when the kind has a status subresource: `reset` (absent) = `{}`. */
  readonly statusOnCreate?: 'reset' | 'keep';
  /** Without metadata, which the server judges for every kind. */
  validate?(object: T, context: KindContext): FieldErrors;
  warningsOnCreate?(object: T, context: KindContext): readonly string[];

  /** Seconds of grace for this deletion; absent or 0 = removed at once. `requested` is DeleteOptions.gracePeriodSeconds. */
  deletionGracePeriodSeconds?(object: T, requested: number | undefined): number;
  /** Deletion only marks the object (Namespace: phase Terminating until spec.finalizers is empty). `next` has deletionTimestamp already. */
  markForDeletion?(next: T, context: KindContext): T;
  /** False keeps a marked object although metadata.finalizers is empty. */
  mayBeRemoved?(object: T): boolean;
  /** DELETE answers the object's last state instead of a Status (Pod, Service, ServiceAccount, Namespace, PVC, PV, ResourceQuota, PodTemplate). */
  readonly returnsDeletedObject?: boolean;
  /** The object left the store: release what it had allocated. */
  afterDelete?(object: T, context: KindContext): void;
  /** Default propagation when DeleteOptions say nothing; absent = background. */
  readonly defaultPropagation?: 'Background' | 'Orphan';

  /** By name, in any order; discovery sorts. */
  readonly subresources?: Readonly<Record<string, Subresource<T>>>;
  /** Ranges the server keeps an allocator for, by name (`clusterIPs`, `nodePorts`). */
  readonly allocators?: Readonly<Record<string, AllocatorRange>>;

  /**
   * Fields a fieldSelector may name besides metadata.name and metadata.namespace. An unknown one is refused with `field label not
   * supported: x` when the kind declares fields, else with `"x" is not a known field selector: …`.
   */
  readonly selectableFields?: Readonly<Record<string, (object: T) => string>>;

  /** Columns of the server's Table, as recorded; absent = Name and Created At. */
  readonly columns?: readonly TableColumn[];
  /** Cells in the order of `columns`. */
  row?(object: T, clock: TableClock): TableRow;
}

/** A registered kind: a definition with the choices left out filled in. */
export interface Kind<T extends KubeObject = AnyObject> extends KindDefinition<T> {
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly string[];
  readonly nameRule: NameRule;
  readonly subresources: Readonly<Record<string, Subresource<T>>>;
  /** `v1`, `apps/v1`. */
  readonly apiVersion: string;
  /** `pods`, `deployments.apps`: the key everything else finds the kind by. */
  readonly resource: string;
  defaults(object: T): T;
  validate(object: T, context: KindContext): FieldErrors;
}

const USUAL_VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'] as const;

export function defineKind<T extends KubeObject = AnyObject>(definition: KindDefinition<T>): Kind<T> {
  return {
    defaults: (object) => object,
    validate: () => NO_ERRORS,
    ...definition,
    singular: definition.singular ?? definition.kind.toLowerCase(),
    shortNames: definition.shortNames ?? [],
    categories: definition.categories ?? [],
    verbs: definition.verbs ?? USUAL_VERBS,
    nameRule: definition.nameRule ?? nameIsDNSSubdomain,
    subresources: definition.subresources ?? {},
    apiVersion: definition.group === '' ? definition.version : `${definition.group}/${definition.version}`,
    resource: definition.group === '' ? definition.plural : `${definition.plural}.${definition.group}`,
  };
}

/** The usual `generation` rule: spec differs. */
export function specChanged<T extends KubeObject>(next: T, old: T): boolean {
  return !sameData((next as AnyObject)['spec'], (old as AnyObject)['spec']);
}
