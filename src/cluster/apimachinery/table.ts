// The Table a server prints lists as, and the words for ages in it.
// Models: kubernetes v1.37 meta/v1 Table, apimachinery pkg/util/duration/duration.go, pkg/printers
import type { Plain } from './object.ts';

export interface TableColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  /** `name` for the column whose cell kubectl prefixes with `pod/`. */
  readonly format: '' | 'name' | 'int32' | 'int64' | 'password';
  readonly description: string;
  /** 0 always; above only with `-o wide`. */
  readonly priority: number;
}

/** Strings, whole numbers, booleans; null prints `<none>`-less nothing. */
export type TableCell = string | number | boolean | null;

export interface TableRow {
  readonly cells: readonly TableCell[];
  readonly conditions?: readonly Plain[];
}

/** What a row printer may know besides the object. */
export interface TableClock {
  /** Wall milliseconds since 1970 of the virtual now. */
  readonly nowMs: number;
  /** False for one object asked for by name (`get sc NAME` marks no default). */
  readonly list: boolean;
}

/** Age of a timestamp in the words of `kubectl get`: `5d3h`; `<unknown>` without one, `<invalid>` in the future. */
export function ageCell(timestamp: string | undefined | null, clock: TableClock): string {
  if (timestamp === undefined || timestamp === null || timestamp === '') return '<unknown>';
  return humanDuration((clock.nowMs - Date.parse(timestamp)) / 1000);
}

/** Seconds as `HumanDuration` prints them: 2–3 significant figures. */
export function humanDuration(exactSeconds: number): string {
  // Models: a duration slightly below zero is clock skew, further below is `<invalid>`.
  const seconds = Math.trunc(exactSeconds);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 60 * 2) return `${seconds}s`;
  const minutes = Math.trunc(seconds / 60);
  if (minutes < 10) return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m${seconds % 60}s`;
  if (minutes < 60 * 3) return `${minutes}m`;
  const hours = Math.trunc(seconds / 3600);
  if (hours < 8) return minutes % 60 === 0 ? `${hours}h` : `${hours}h${minutes % 60}m`;
  if (hours < 48) return `${hours}h`;
  if (hours < 24 * 8) return hours % 24 === 0 ? `${Math.trunc(hours / 24)}d` : `${Math.trunc(hours / 24)}d${hours % 24}h`;
  if (hours < 24 * 365 * 2) return `${Math.trunc(hours / 24)}d`;
  const years = Math.trunc(hours / 24 / 365);
  const days = Math.trunc(hours / 24) % 365;
  if (hours < 24 * 365 * 8) return days === 0 ? `${years}y` : `${years}y${days}d`;
  return `${years}y`;
}

/** The Name column every built-in printer begins with. */
export const NAME_COLUMN: TableColumn = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description:
    'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names',
  priority: 0,
};

export const AGE_COLUMN: TableColumn = {
  name: 'Age',
  type: 'string',
  format: '',
  description:
    'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata',
  priority: 0,
};

/** A plain text column; `wide` = only with `-o wide`. */
export function column(name: string, description: string, wide: '' | 'wide' = ''): TableColumn {
  return { name, type: 'string', format: '', description, priority: wide === 'wide' ? 1 : 0 };
}
