// The columns of `kubectl get` per kind, as the real API server answered them. Made by scripts/columns.mjs from recorded Tables.
import type { TableColumn } from '../apimachinery/table.ts';
import recorded from './columns.json' with { type: 'json' };

export function columnsOf(kind: keyof typeof recorded): readonly TableColumn[] {
  return recorded[kind] as readonly TableColumn[];
}
