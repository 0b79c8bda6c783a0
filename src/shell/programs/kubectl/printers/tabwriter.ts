// Elastic columns: a cell ends in a tab, and cells of one column in neighbouring lines are equally wide.
// Models: Go text/tabwriter with minwidth 0, padding 2 (describe) and github.com/liggitt/tabwriter with minwidth 6, padding 3 (get)

/** Lays `text` out; the text after a line's last tab belongs to no column. */
export function alignTabs(text: string, minWidth = 0, padding = 2): string {
  const lines = text.split('\n').map((line) => line.split('\t'));
  const out: string[] = [];
  const widths: number[] = [];
  const write = (from: number, to: number) => {
    for (let at = from; at < to; at++) {
      const cells = lines[at]!;
      let line = '';
      cells.forEach((cell, column) => {
        line +=
          column < widths.length && column < cells.length - 1
            ? cell.padEnd(cell.length + Math.max(0, widths[column]! - width(cell)))
            : cell;
      });
      out.push(line);
    }
  };
  const format = (from: number, to: number) => {
    const column = widths.length;
    let start = from;
    for (let at = from; at < to; at++) {
      if (column >= lines[at]!.length - 1) continue;
      write(start, at);
      start = at;
      let widest = minWidth;
      for (; at < to && column < lines[at]!.length - 1; at++) widest = Math.max(widest, width(lines[at]![column]!) + padding);
      widths.push(widest);
      format(start, at);
      widths.pop();
      start = at;
    }
    write(start, to);
  };
  format(0, lines.length);
  return out.join('\n');
}

/** Columns on the screen: runes, as Go counts them. */
function width(cell: string): number {
  let count = 0;
  for (const _char of cell) count++;
  return count;
}

/** Rows of one growing table: columns keep the widths they once had (`get -w`). */
export class TableWriter {
  readonly #widths: number[] = [];

  rows(rows: readonly (readonly string[])[], trailing = false): string {
    for (const row of rows) {
      const last = trailing ? row.length : row.length - 1;
      for (let column = 0; column < last; column++) this.#widths[column] = Math.max(this.#widths[column] ?? 6, width(row[column]!) + 3);
    }
    return rows
      .map(
        (row) =>
          row
            .map((cell, column) => (column === row.length - 1 && !trailing ? cell : cell + ' '.repeat(this.#widths[column]! - width(cell))))
            .join('') + '\n',
      )
      .join('');
  }
}
