// YAML as Kubernetes' tools read and write it: YAML 1.1 scalars on the way in, go-yaml's quoting, wrapping and key order on the way out.
// Models: sigs.k8s.io/yaml with its fork of go-yaml v2 (resolve.go, encode.go, emitterc.go, sorter.go)
import { parseAllDocuments } from 'yaml';

/** What the parser says: `yaml: line 4: did not find expected key`. */
export class YamlError extends Error {}

const MESSAGES: readonly (readonly [RegExp, string])[] = [
  [/tab/i, 'found character that cannot start any token'],
  [/Nested mappings are not allowed/, 'mapping values are not allowed in this context'],
  [/Missing closing|Plain value cannot start|must be ended|closing .*quote/, 'found unexpected end of stream'],
  [/flow (sequence|map|collection)/i, "did not find expected ',' or ']'"],
  [/Implicit keys need to be on a single line|Implicit map keys need to be followed by map values/, "could not find expected ':'"],
  [/Unresolved alias/, 'unknown anchor referenced'],
  [/All (mapping|sequence) items|indent/i, 'did not find expected key'],
];

/** Every document of a stream; empty ones are undefined. @throws YamlError */
export function parseYaml(text: string): unknown[] {
  const documents = parseAllDocuments(text, {
    version: '1.1',
    uniqueKeys: false,
    merge: true,
    logLevel: 'silent',
    customTags: (tags) => tags.filter((tag) => typeof tag === 'string' || !('format' in tag && tag.format === 'TIME') && !tag.tag.endsWith(':timestamp')),
  });
  if (!Array.isArray(documents)) return [];
  return documents.map((document) => {
    const error = document.errors[0];
    if (error !== undefined) {
      const line = error.linePos?.[0].line ?? 1;
      throw new YamlError(`yaml: line ${line}: ${MESSAGES.find(([pattern]) => pattern.test(error.message))?.[1] ?? 'did not find expected key'}`);
    }
    return document.contents === null ? undefined : stringKeys(document.toJS({ mapAsMap: true }));
  });
}

/** JSON only knows text as keys. */
function stringKeys(value: unknown): unknown {
  if (value instanceof Map) {
    const out: Record<string, unknown> = {};
    for (const [key, one] of value) out[String(key)] = stringKeys(one);
    return out;
  }
  if (Array.isArray(value)) return value.map(stringKeys);
  if (typeof value === 'bigint') return Number(value);
  return value;
}

const BEST_WIDTH = 80;
const NOT_TEXT = /^(~|null|Null|NULL|y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF|true|True|TRUE|false|False|FALSE|<<|\.nan|\.NaN|\.NAN|[+-]?\.(inf|Inf|INF))$/;
const FLOAT = /^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/;
const INTEGER = /^[-+]?(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|\d+)$/;
const BASE60 = /^[-+]?\d[\d_]*(:[0-5]?\d)+(\.[\d_]*)?$/;
const TIMESTAMP = /^\d{4}-\d{1,2}-\d{1,2}(([Tt ])\d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?(Z|[+-]\d\d:\d\d)?)?$/;

function needsQuotes(text: string): boolean {
  if (text === '' || NOT_TEXT.test(text) || BASE60.test(text)) return true;
  if (!/^[-+.\d]/.test(text)) return false;
  const plain = text.replaceAll('_', '');
  return FLOAT.test(plain) || INTEGER.test(plain) || isTimestamp(text);
}

function isTimestamp(text: string): boolean {
  const match = TIMESTAMP.exec(text);
  // With a T a zone is required, with a blank it is not allowed.
  return match !== null && (match[1] === undefined || (match[2] === ' ' ? match[4] === undefined : match[4] !== undefined));
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: what the emitter calls not printable
const SPECIAL = /[^\n\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/u;

function plainAllowed(text: string): boolean {
  if (/^[ \n]|[ \n]$|\n/.test(text) || text.startsWith('---') || text.startsWith('...')) return false;
  if (/^[#,[\]{}&*!|>'"%@`]/.test(text) || /^[?:-](\s|$)/.test(text)) return false;
  return !/:(\s|$)|\s#/.test(text);
}

class Emitter {
  readonly #parts: string[] = [];
  #column = 0;

  text(): string {
    return this.#parts.join('');
  }

  put(text: string): void {
    this.#parts.push(text);
    const newline = text.lastIndexOf('\n');
    this.#column = newline < 0 ? this.#column + text.length : text.length - newline - 1;
  }

  map(map: Record<string, unknown>, indent: number, first: boolean): void {
    let started = !first;
    for (const key of Object.keys(map).filter((one) => map[one] !== undefined).sort(compareKeys)) {
      if (started) this.put(`\n${' '.repeat(indent)}`);
      started = true;
      this.scalar(key, indent, true);
      this.put(':');
      this.value(map[key], indent, true);
    }
  }

  list(list: readonly unknown[], indent: number, first: boolean): void {
    list.forEach((one, index) => {
      if (index > 0 || !first) this.put(`\n${' '.repeat(indent)}`);
      this.put('-');
      this.value(one, indent, false);
    });
  }

  value(value: unknown, indent: number, inMap: boolean): void {
    if (Array.isArray(value)) {
      if (value.length === 0) this.put(' []');
      // A list inside a map is not indented, a list inside a list goes on in the same line.
      else if (inMap) this.list(value, indent, false);
      else {
        this.put(' ');
        this.list(value, indent + 2, true);
      }
    } else if (typeof value === 'object' && value !== null) {
      if (Object.values(value).every((one) => one === undefined)) this.put(' {}');
      else if (inMap) this.map(value as Record<string, unknown>, indent + 2, false);
      else {
        this.put(' ');
        this.map(value as Record<string, unknown>, indent + 2, true);
      }
    } else {
      this.put(' ');
      this.scalar(value, indent, false);
    }
  }

  scalar(value: unknown, indent: number, key: boolean): void {
    if (typeof value !== 'string') this.put(value === null || value === undefined ? 'null' : String(value));
    else if (value.includes('\n')) {
      if (key || value.endsWith(' ') || / \n/.test(value) || SPECIAL.test(value)) this.#double(value, indent, key);
      else this.#literal(value, indent);
    } else if (needsQuotes(value)) this.#double(value, indent, key);
    else if (SPECIAL.test(value)) this.#double(value, indent, key);
    else if (plainAllowed(value)) this.#folded(value, indent, key, false);
    else {
      this.put("'");
      this.#folded(value.replaceAll("'", "''"), indent, key, true);
      this.put("'");
    }
  }

  #literal(text: string, indent: number): void {
    const hint = /^[ \n]/.test(text) ? '2' : '';
    const chomp = !text.endsWith('\n') ? '-' : text.endsWith('\n\n') || text === '\n' ? '+' : '';
    this.put(`|${hint}${chomp}`);
    const lines = (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
    for (const line of lines) this.put(line === '' ? '\n' : `\n${' '.repeat(indent + 2)}${line}`);
  }

  /** Plain and single-quoted text: broken at a single blank once the line is longer than 80. */
  #folded(text: string, indent: number, key: boolean, quoted: boolean): void {
    if (key || this.#column + text.length <= BEST_WIDTH) return this.put(text);
    let from = 0;
    for (let at = text.indexOf(' '); at >= 0; at = text.indexOf(' ', at + 1)) {
      const column = this.#column + at - from;
      const inner = !quoted || (at > 0 && at < text.length - 1);
      if (column > BEST_WIDTH && text[at - 1] !== ' ' && text[at + 1] !== ' ' && inner) {
        this.put(`${text.slice(from, at)}\n${' '.repeat(indent + 2)}`);
        from = at + 1;
      }
    }
    this.put(text.slice(from));
  }

  #double(text: string, indent: number, key: boolean): void {
    this.put('"');
    const chars = [...text];
    let spaces = false;
    chars.forEach((char, at) => {
      if (char === ' ' && !key && !spaces && this.#column > BEST_WIDTH && at > 0 && at < chars.length - 1) {
        this.put(`\n${' '.repeat(indent + 2)}${chars[at + 1] === ' ' ? '\\' : ''}`);
        spaces = true;
      } else {
        this.put(char === ' ' ? ' ' : escaped(char));
        spaces = char === ' ';
      }
    });
    this.put('"');
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\0': '\\0', '\u0007': '\\a', '\b': '\\b', '\t': '\\t', '\n': '\\n', '\v': '\\v', '\f': '\\f', '\r': '\\r', '\u001b': '\\e', '"': '\\"', '\\': '\\\\', '\u0085': '\\N', '\u00a0': '\\_', '\u2028': '\\L', '\u2029': '\\P',
};

function escaped(char: string): string {
  const known = ESCAPES[char];
  if (known !== undefined) return known;
  const code = char.codePointAt(0)!;
  if (!SPECIAL.test(char)) return char;
  if (code <= 0xff) return `\\x${code.toString(16).toUpperCase().padStart(2, '0')}`;
  return `\\u${code.toString(16).toUpperCase().padStart(4, '0')}`;
}

const isLetter = (char: string): boolean => /\p{L}/u.test(char);
const isDigit = (char: string | undefined): boolean => char !== undefined && /\p{Nd}/u.test(char);

/** go-yaml's natural order: digits count as numbers and come before letters. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const left = a[at]!;
    const right = b[at]!;
    if (left === right) continue;
    const leftLetter = isLetter(left);
    const rightLetter = isLetter(right);
    if (leftLetter && rightLetter) return left < right ? -1 : 1;
    if (leftLetter || rightLetter) return rightLetter ? -1 : 1;
    let leftNumber = 0;
    let rightNumber = 0;
    if (left === '0' || right === '0') {
      for (let before = at - 1; before >= 0 && isDigit(a[before]); before--) if (a[before] !== '0') leftNumber = rightNumber = 1;
    }
    let leftEnd = at;
    let rightEnd = at;
    for (; isDigit(a[leftEnd]); leftEnd++) leftNumber = leftNumber * 10 + Number(a[leftEnd]);
    for (; isDigit(b[rightEnd]); rightEnd++) rightNumber = rightNumber * 10 + Number(b[rightEnd]);
    if (leftNumber !== rightNumber) return leftNumber - rightNumber;
    if (leftEnd !== rightEnd) return leftEnd - rightEnd;
    return left < right ? -1 : 1;
  }
  return a.length - b.length;
}

/** One document with its final newline, without `---`. */
export function printYaml(value: unknown): string {
  const emitter = new Emitter();
  if (Array.isArray(value) && value.length > 0) emitter.list(value, 0, true);
  else if (typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0) emitter.map(value as Record<string, unknown>, 0, true);
  else if (Array.isArray(value)) emitter.put('[]');
  else if (typeof value === 'object' && value !== null) emitter.put('{}');
  else emitter.scalar(value, -2, false);
  return emitter.text() + '\n';
}
