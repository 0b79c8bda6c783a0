// `-o custom-columns=HEADER:.path,…` and the file form.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/get/customcolumn.go
import { goValue } from '../../../../cluster/apimachinery/go-text.ts';
import { Failure } from '../errors.ts';
import { type JsonPath, parseRelaxed, relaxedPath } from './jsonpath.ts';
import { TableWriter } from './tabwriter.ts';

interface Column {
  readonly header: string;
  readonly path: string;
}

export class CustomColumns {
  readonly #columns: readonly Column[];
  readonly #noHeaders: boolean;
  readonly #writer = new TableWriter();
  #headersPrinted = false;

  constructor(columns: readonly Column[], noHeaders: boolean) {
    this.#columns = columns;
    this.#noHeaders = noHeaders;
  }

  /** Headers come even before a path that does not parse is found out. */
  print(objects: readonly unknown[]): { readonly text: string; readonly error?: Failure } {
    const rows: string[][] = [];
    if (!this.#noHeaders && !this.#headersPrinted) rows.push(this.#columns.map((column) => column.header));
    this.#headersPrinted = true;
    let error: Failure | undefined;
    try {
      const paths = this.#columns.map((column) => parseRelaxed(column.path));
      for (const object of objects) rows.push(paths.map((path) => cell(path, object)));
    } catch (failure) {
      if (!(failure instanceof Failure)) throw failure;
      error = failure;
    }
    return { text: this.#writer.rows(rows), ...(error === undefined ? {} : { error }) };
  }
}

function cell(path: JsonPath, object: unknown): string {
  let values: unknown[];
  try {
    values = path.values(object);
  } catch (error) {
    throw new Failure((error as Error).message);
  }
  return values.length === 0 ? '<none>' : values.map((value) => goValue(value)).join(',');
}

/** @throws Failure */
export function columnsFromSpec(spec: string, noHeaders: boolean): CustomColumns {
  if (spec === '') throw new Failure('custom-columns format specified but no custom columns given');
  const columns = spec.split(',').map((part) => {
    const colon = part.indexOf(':');
    if (colon < 0) throw new Failure(`unexpected custom-columns spec: ${part}, expected <header>:<json-path-expr>`);
    return { header: part.slice(0, colon), path: relaxedPath(part.slice(colon + 1)) };
  });
  return new CustomColumns(columns, noHeaders);
}

/** First line headers, second line paths. @throws Failure */
export function columnsFromFile(text: string, noHeaders: boolean): CustomColumns {
  const [headers = '', paths = ''] = text.split('\n').map((line) => line.trim());
  const names = headers.split(/\s+/);
  const specs = paths.split(/\s+/);
  if (names.length !== specs.length)
    throw new Failure(`number of headers (${names.length}) and field specifications (${specs.length}) don't match`);
  return new CustomColumns(
    names.map((header, index) => ({ header, path: relaxedPath(specs[index]!) })),
    noHeaders,
  );
}
