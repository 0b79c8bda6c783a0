// The table of `kubectl get`, from the Tables the server answers.
// Models: kubernetes v1.37 staging/src/k8s.io/cli-runtime/pkg/printers/tableprinter.go
import { type ApiResource, kindPrefix } from '../discovery.ts';
import { TableWriter } from './tabwriter.ts';

export interface TableOptions {
  readonly noHeaders: boolean;
  readonly wide: boolean;
  readonly withNamespace: boolean;
  readonly withKind: boolean;
  readonly showLabels: boolean;
  readonly columnLabels: readonly string[];
  /** `--output-watch-events`: a first column EVENT. */
  readonly events?: boolean;
}

export class TablePrinter {
  readonly #options: TableOptions;
  readonly #resource: ApiResource;
  readonly #writer = new TableWriter();
  #headersPrinted = false;
  #columns: readonly any[] | undefined;

  constructor(resource: ApiResource, options: TableOptions) {
    this.#resource = resource;
    this.#options = options;
  }

  print(table: any, event = ''): string {
    if ((table.columnDefinitions ?? []).length > 0) this.#columns = table.columnDefinitions;
    const rows: string[][] = [];
    const shown = (this.#columns ?? [])
      .map((column, index) => ({ column, index }))
      .filter(({ column }) => this.#options.wide || column.priority === 0);
    if (!this.#headersPrinted && !this.#options.noHeaders && ((table.rows ?? []).length > 0 || event !== '')) {
      rows.push(this.#headers(shown.map(({ column }) => String(column.name).toUpperCase())));
    }
    if ((table.rows ?? []).length > 0) this.#headersPrinted = true;
    for (const row of table.rows ?? []) rows.push(this.#row(row, shown, event));
    return this.#writer.rows(rows);
  }

  #headers(names: readonly string[]): string[] {
    const options = this.#options;
    return [
      ...(options.events ? ['EVENT'] : []),
      ...(options.withNamespace ? ['NAMESPACE'] : []),
      ...names,
      ...options.columnLabels.map((label) => label.slice(label.lastIndexOf('/') + 1).toUpperCase()),
      ...(options.showLabels ? ['LABELS'] : []),
    ];
  }

  #row(row: any, shown: readonly { column: any; index: number }[], event: string): string[] {
    const options = this.#options;
    const metadata = row.object?.metadata ?? {};
    const cells = shown.map(({ column, index }) => {
      const cell = cellText(row.cells[index]);
      return options.withKind && column.format === 'name' ? `${kindPrefix(this.#resource)}/${cell}` : cell;
    });
    const labels = metadata.labels ?? {};
    return [
      ...(options.events ? [event] : []),
      ...(options.withNamespace ? [metadata.namespace ?? ''] : []),
      ...cells,
      ...options.columnLabels.map((label) => labels[label] ?? ''),
      ...(options.showLabels ? [labelText(labels)] : []),
    ];
  }
}

function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return '';
  if (typeof cell !== 'string') return String(cell);
  const cut = cell.search(/[\f\n\r]/);
  return cut < 0 ? cell : `${cell.slice(0, cut)}...`;
}

export function labelText(labels: Readonly<Record<string, string>> | undefined): string {
  const keys = Object.keys(labels ?? {}).sort();
  return keys.length === 0 ? '<none>' : keys.map((key) => `${key}=${labels![key]}`).join(',');
}
