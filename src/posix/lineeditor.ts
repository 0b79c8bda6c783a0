// The line editor of interactive shells: keys in, screen writes out, in VT sequences. Pure: it reads nothing but what is pushed.
// Models: GNU readline in emacs mode.

export type EditorAction = { readonly output: string } & (
  | { readonly kind: 'none' }
  /** Enter: the line, without its newline. */
  | { readonly kind: 'line'; readonly text: string }
  /** Ctrl-C. */
  | { readonly kind: 'interrupt' }
  /** Ctrl-D on an empty line. */
  | { readonly kind: 'end' }
  /** Tab: answer with `offer`. */
  | { readonly kind: 'complete'; readonly text: string; readonly cursor: number }
);

export interface Completion {
  /** Where the word that is completed begins. */
  readonly start: number;
  /** Whole words; one that ends in `/` or `=` gets no blank after it. */
  readonly candidates: readonly string[];
}

interface Search {
  query: string;
  /** Index in the history; its length = nothing found yet. */
  index: number;
  failed: boolean;
  readonly before: string;
}

const sequence = /^\x1b(?:\[200~|\[[0-9;]*[A-Za-z~]|O[A-Za-z]|[\s\S])/;
const pasteEnd = '\x1b[201~';

export class LineEditor {
  columns: number;
  readonly #history: string[];
  #prompt = '';
  #keys = '';
  #chars: string[] = [];
  #cursor = 0;
  #output = '';
  /** Row of the cursor below the first row of the prompt, as last drawn. */
  #row = 0;
  #historyAt = 0;
  #draft = '';
  #killed = '';
  #search: Search | undefined;
  #lastWordAt = 0;
  #active = false;

  /** `history`: oldest first; lines are added by whoever owns it. */
  constructor(columns: number, history: string[]) {
    this.columns = columns;
    this.#history = history;
  }

  get text(): string {
    return this.#chars.join('');
  }
  get cursor(): number {
    return this.#chars.slice(0, this.#cursor).join('').length;
  }

  /** Begins a line; what to write for its prompt. Keys typed ahead are used by `next`. */
  begin(prompt: string): string {
    this.#prompt = prompt;
    this.#chars = [];
    this.#cursor = 0;
    this.#row = 0;
    this.#historyAt = this.#history.length;
    this.#draft = '';
    this.#search = undefined;
    this.#lastWordAt = 0;
    this.#active = true;
    return `\x1b[?2004h${prompt}`;
  }

  push(keys: string): void {
    this.#keys += keys;
  }

  /** The terminal has another width: what to write to draw the line again. */
  resize(columns: number): string {
    this.columns = columns;
    if (!this.#active) return '';
    this.#redraw();
    return this.#take();
  }

  /** Handles keys until something has to be done by the owner; `none` when all keys are used up. */
  next(): EditorAction {
    while (this.#keys !== '' && this.#active) {
      const key = this.#nextKey();
      if (key === undefined) break;
      const action = this.#search === undefined ? this.#press(key) : this.#pressInSearch(key);
      if (action !== undefined) return action;
    }
    return { kind: 'none', output: this.#take() };
  }

  /** Undefined when a sequence has not arrived whole. */
  #nextKey(): string | undefined {
    if (this.#keys.startsWith('\x1b[200~')) {
      const end = this.#keys.indexOf(pasteEnd);
      if (end < 0) return undefined;
      const pasted = this.#keys.slice(6, end);
      this.#keys = this.#keys.slice(end + pasteEnd.length);
      return `paste:${pasted}`;
    }
    if (this.#keys[0] === '\x1b') {
      const match = sequence.exec(this.#keys);
      if (match === null || /^\x1b\[[0-9;]*$/.test(this.#keys)) return undefined;
      this.#keys = this.#keys.slice(match[0].length);
      return match[0];
    }
    const key = String.fromCodePoint(this.#keys.codePointAt(0) as number);
    this.#keys = this.#keys.slice(key.length);
    return key;
  }

  #take(): string {
    const output = this.#output;
    this.#output = '';
    return output;
  }

  // ---- keys

  #press(key: string): EditorAction | undefined {
    if (key !== '\x1b.') this.#lastWordAt = 0;
    const control = this.#control(key);
    if (control !== false) return control;
    if (key.startsWith('paste:')) this.#insert(key.slice(6).replace(/\r\n?/g, '\n').replace(/\n+$/, ''));
    else if (key >= ' ' && !key.startsWith('\x1b') && key !== '\x7f') this.#insert(key);
    return undefined;
  }

  /** False when the key is text. */
  #control(key: string): EditorAction | undefined | false {
    switch (key) {
      case '\r':
      case '\n':
        return this.#accept();
      case '\x03':
        this.#moveTo(this.#chars.length);
        this.#active = false;
        return { kind: 'interrupt', output: `${this.#take()}^C\x1b[?2004l\r\n` };
      case '\x04':
        if (this.#chars.length === 0) {
          this.#active = false;
          return { kind: 'end', output: `${this.#take()}\x1b[?2004l\r\n` };
        }
        this.#delete(this.#cursor, this.#cursor + 1);
        return undefined;
      case '\t':
        return { kind: 'complete', text: this.text, cursor: this.cursor, output: this.#take() };
      case '\x0c':
        this.#output += '\x1b[H\x1b[2J';
        this.#row = 0;
        this.#redraw();
        return undefined;
      case '\x12':
        this.#search = { query: '', index: this.#history.length, failed: false, before: this.text };
        this.#drawSearch();
        return undefined;
    }
    return this.#edit(key) || this.#move(key) ? undefined : false;
  }

  #accept(): EditorAction {
    this.#moveTo(this.#chars.length);
    this.#active = false;
    return { kind: 'line', text: this.text, output: `${this.#take()}\x1b[?2004l\r\n` };
  }

  #edit(key: string): boolean {
    switch (key) {
      case '\x7f':
      case '\b':
        if (this.#cursor > 0) this.#delete(this.#cursor - 1, this.#cursor);
        return true;
      case '\x1b[3~':
        this.#delete(this.#cursor, this.#cursor + 1);
        return true;
      case '\x0b':
        this.#kill(this.#cursor, this.#chars.length);
        return true;
      case '\x15':
        this.#kill(0, this.#cursor);
        return true;
      case '\x17':
        this.#kill(this.#wordStart(/\s/), this.#cursor);
        return true;
      case '\x1b\x7f':
      case '\x1b\b':
        this.#kill(this.#wordStart(/[^A-Za-z0-9]/), this.#cursor);
        return true;
      case '\x1bd':
        this.#kill(this.#cursor, this.#wordEnd());
        return true;
      case '\x19':
        this.#insert(this.#killed);
        return true;
      case '\x14':
        this.#transpose();
        return true;
      case '\x1b.':
        this.#insertLastWord();
        return true;
    }
    return false;
  }

  #move(key: string): boolean {
    switch (key) {
      case '\x01':
      case '\x1b[H':
      case '\x1bOH':
      case '\x1b[1~':
      case '\x1b[7~':
        this.#moveTo(0);
        return true;
      case '\x05':
      case '\x1b[F':
      case '\x1bOF':
      case '\x1b[4~':
      case '\x1b[8~':
        this.#moveTo(this.#chars.length);
        return true;
      case '\x02':
      case '\x1b[D':
      case '\x1bOD':
        this.#moveTo(this.#cursor - 1);
        return true;
      case '\x06':
      case '\x1b[C':
      case '\x1bOC':
        this.#moveTo(this.#cursor + 1);
        return true;
      case '\x1bb':
      case '\x1b[1;5D':
      case '\x1b[1;3D':
        this.#moveTo(this.#wordStart(/[^A-Za-z0-9]/));
        return true;
      case '\x1bf':
      case '\x1b[1;5C':
      case '\x1b[1;3C':
        this.#moveTo(this.#wordEnd());
        return true;
      case '\x10':
      case '\x1b[A':
      case '\x1bOA':
        this.#recall(-1);
        return true;
      case '\x0e':
      case '\x1b[B':
      case '\x1bOB':
        this.#recall(1);
        return true;
    }
    return key.startsWith('\x1b');
  }

  // ---- changes of the line

  #insert(text: string): void {
    const chars = [...text];
    if (chars.length === 0) return;
    const atEnd = this.#cursor === this.#chars.length;
    this.#chars.splice(this.#cursor, 0, ...chars);
    this.#cursor += chars.length;
    const place = this.#placeOf(this.#cursor);
    // Typing at the end needs no redrawing, unless it reached the last column.
    if (atEnd && !text.includes('\n') && place.column > chars.length && place.row === this.#row) this.#output += text;
    else this.#redraw();
  }

  #delete(from: number, to: number): void {
    if (from >= this.#chars.length) return;
    this.#chars.splice(from, to - from);
    this.#cursor = from;
    this.#redraw();
  }

  #kill(from: number, to: number): void {
    if (from === to) return;
    this.#killed = this.#chars.slice(from, to).join('');
    this.#delete(from, to);
  }

  #transpose(): void {
    const at = Math.min(this.#cursor, this.#chars.length - 1);
    if (at < 1) return;
    const [left, right] = [this.#chars[at - 1] as string, this.#chars[at] as string];
    this.#chars.splice(at - 1, 2, right, left);
    this.#cursor = at + 1;
    this.#redraw();
  }

  /** Alt-. : the last word of earlier lines, further back with each press. */
  #insertLastWord(): void {
    const back = this.#lastWordAt + 1;
    const line = this.#history[this.#history.length - back];
    if (line === undefined) return;
    const previous = back > 1 ? lastWord(this.#history[this.#history.length - back + 1] ?? '') : '';
    if (previous !== '') this.#delete(this.#cursor - [...previous].length, this.#cursor);
    this.#insert(lastWord(line));
    this.#lastWordAt = back;
  }

  #setLine(text: string): void {
    this.#chars = [...text];
    this.#cursor = this.#chars.length;
    this.#redraw();
  }

  #recall(step: number): void {
    const to = this.#historyAt + step;
    if (to < 0 || to > this.#history.length) return;
    if (this.#historyAt === this.#history.length) this.#draft = this.text;
    this.#historyAt = to;
    this.#setLine(this.#history[to] ?? this.#draft);
  }

  #wordStart(separator: RegExp): number {
    let at = this.#cursor;
    while (at > 0 && separator.test(this.#chars[at - 1] as string)) at--;
    while (at > 0 && !separator.test(this.#chars[at - 1] as string)) at--;
    return at;
  }

  #wordEnd(): number {
    let at = this.#cursor;
    while (at < this.#chars.length && !/[A-Za-z0-9]/.test(this.#chars[at] as string)) at++;
    while (at < this.#chars.length && /[A-Za-z0-9]/.test(this.#chars[at] as string)) at++;
    return at;
  }

  // ---- reverse search

  #pressInSearch(key: string): EditorAction | undefined {
    const search = this.#search as Search;
    if (key === '\x12') this.#searchFrom(search.index - 1);
    else if (key === '\x7f' || key === '\b') {
      search.query = search.query.slice(0, -1);
      this.#searchFrom(this.#history.length - 1);
    } else if (key === '\x07' || key === '\x03') {
      this.#search = undefined;
      this.#setLine(search.before);
      if (key === '\x03') return this.#press(key);
    } else if (key >= ' ' && !key.startsWith('\x1b') && !key.startsWith('paste:')) {
      search.query += key;
      this.#searchFrom(Math.min(search.index, this.#history.length - 1));
    } else {
      this.#search = undefined;
      this.#setLine(this.#history[search.index] ?? search.before);
      return key === '\x1b' ? undefined : this.#press(key);
    }
    return undefined;
  }

  #searchFrom(start: number): void {
    const search = this.#search as Search;
    search.failed = true;
    for (let index = start; index >= 0; index--) {
      if (!(this.#history[index] as string).includes(search.query)) continue;
      search.index = index;
      search.failed = false;
      break;
    }
    this.#drawSearch();
  }

  #drawSearch(): void {
    const search = this.#search as Search;
    const found = this.#history[search.index] ?? '';
    this.#output += `${up(this.#row)}\r\x1b[J(${search.failed ? 'failed ' : ''}reverse-i-search)\`${search.query}': ${found.replace(/\n/g, ' ')}`;
    const width = textWidth(`(${search.failed ? 'failed ' : ''}reverse-i-search)\`${search.query}': ${found}`);
    this.#row = Math.floor(width / this.columns);
  }

  // ---- completion

  /** The candidates for a Tab. Returns what to write. */
  offer(completion: Completion): string {
    const { candidates } = completion;
    const text = this.text;
    const word = text.slice(completion.start, this.cursor);
    if (candidates.length === 0) return '\x07';
    const common = commonPrefix(candidates);
    const only = candidates.length === 1;
    if (only || common.length > word.length) {
      const replacement = only && !/[/=]$/.test(common) ? `${common} ` : common;
      const start = [...text.slice(0, completion.start)].length;
      this.#chars.splice(start, this.#cursor - start);
      this.#cursor = start;
      if (replacement.startsWith(word)) {
        // The usual case: only what is missing is written.
        this.#chars.splice(start, 0, ...word);
        this.#cursor += [...word].length;
        this.#insert(replacement.slice(word.length));
      } else {
        this.#insert(replacement);
        this.#redraw();
      }
      return this.#take();
    }
    const listing = columnsOf(candidates.map(shortName), this.columns);
    this.#moveTo(this.#chars.length);
    const before = `${this.#take()}\r\n${listing}`;
    this.#row = 0;
    this.#redraw();
    return before + this.#take();
  }

  // ---- drawing

  /** Row and column of a position of the line, the prompt's first row being 0. */
  #placeOf(cursor: number): { readonly row: number; readonly column: number } {
    let row = 0;
    let column = 0;
    for (const char of [...visible(this.#prompt), ...this.#chars.slice(0, cursor)]) {
      if (char === '\n') {
        row++;
        column = 0;
        continue;
      }
      const width = charWidth(char);
      if (column + width > this.columns) {
        row++;
        column = 0;
      }
      column += width;
    }
    if (column === this.columns) return { row: row + 1, column: 0 };
    return { row, column };
  }

  #redraw(): void {
    const end = this.#placeOf(this.#chars.length);
    const text = this.text.replace(/\n/g, '\r\n');
    // A terminal stays in the last column until the next character comes: force it to the next row.
    const wrap = end.column === 0 && end.row > 0 && !this.text.endsWith('\n') ? ' \r' : '';
    this.#output += `${up(this.#row)}\r\x1b[J${this.#prompt.replace(/\n/g, '\r\n')}${text}${wrap}`;
    this.#row = end.row;
    this.#place(end.row, this.#placeOf(this.#cursor));
  }

  #place(from: number, to: { readonly row: number; readonly column: number }): void {
    if (this.#cursor < this.#chars.length) this.#output += `${up(from - to.row)}\r${to.column > 0 ? `\x1b[${to.column}C` : ''}`;
    this.#row = to.row;
  }

  #moveTo(cursor: number): void {
    const next = Math.max(0, Math.min(this.#chars.length, cursor));
    if (next === this.#cursor) return;
    const from = this.#placeOf(this.#cursor);
    const to = this.#placeOf(next);
    this.#cursor = next;
    this.#row = to.row;
    if (to.row !== from.row) {
      const vertical = to.row < from.row ? up(from.row - to.row) : `\x1b[${to.row - from.row}B`;
      this.#output += `${vertical}\r${to.column > 0 ? `\x1b[${to.column}C` : ''}`;
    } else if (to.column !== from.column) {
      this.#output += to.column < from.column ? `\x1b[${from.column - to.column}D` : `\x1b[${to.column - from.column}C`;
    }
  }
}

function up(rows: number): string {
  return rows > 0 ? `\x1b[${rows}A` : '';
}

/** Without colours. */
function visible(text: string): string {
  return text.replace(/\x1b\[[0-9;?]*[a-zA-Z]/g, '');
}

function charWidth(char: string): number {
  const code = char.codePointAt(0) as number;
  if (code < 0x1100) return 1;
  const wide =
    code <= 0x115f || (code >= 0x2e80 && code <= 0xa4cf) || (code >= 0xac00 && code <= 0xd7a3) || (code >= 0xf900 && code <= 0xfaff);
  return wide || (code >= 0xfe30 && code <= 0xfe6f) || (code >= 0xff00 && code <= 0xff60) || (code >= 0x1f300 && code <= 0x1faff) ? 2 : 1;
}

function textWidth(text: string): number {
  return [...text].reduce((sum, char) => sum + charWidth(char), 0);
}

function lastWord(line: string): string {
  return /(\S+)\s*$/.exec(line)?.[1] ?? '';
}

function shortName(candidate: string): string {
  return candidate.replace(/.*\/(?=.)/, '');
}

export function commonPrefix(words: readonly string[]): string {
  let prefix = words[0] ?? '';
  for (const word of words) while (!word.startsWith(prefix)) prefix = prefix.slice(0, -1);
  return prefix;
}

/** Names in columns, sorted down, as ls and readline print them; each row ends with CR LF. */
export function columnsOf(names: readonly string[], width: number, newline = '\r\n'): string {
  const cell = Math.max(...names.map(textWidth)) + 2;
  const across = Math.max(1, Math.floor(width / cell));
  const rows = Math.ceil(names.length / across);
  let text = '';
  for (let row = 0; row < rows; row++) {
    const cells: string[] = [];
    for (let index = row; index < names.length; index += rows) cells.push(names[index] as string);
    text += cells.map((name, index) => (index === cells.length - 1 ? name : name + ' '.repeat(cell - textWidth(name)))).join('') + newline;
  }
  return text;
}
