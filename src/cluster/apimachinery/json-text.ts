// JSON text as Go reads and prints it: keys given twice are remembered, and what is wrong is said in Go's words.
// Models: go encoding/json scanner and MarshalIndent, sigs.k8s.io/json
import type { DuplicateKeys } from './decode.ts';

/** `invalid character 'x' looking for beginning of value`, `unexpected end of JSON input`, … */
export class JsonSyntaxError extends Error {}

export interface ParsedJson {
  readonly value: any;
  readonly duplicates: DuplicateKeys | undefined;
}

/** @throws JsonSyntaxError */
export function parseJson(text: string): ParsedJson {
  return new JsonReader(text).parse();
}

class JsonReader {
  readonly #text: string;
  #at = 0;
  #duplicates: WeakMap<object, string[]> | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): ParsedJson {
    const value = this.#value('looking for beginning of value');
    this.#space();
    if (this.#at < this.#text.length) throw this.#unexpected('after top-level value');
    return { value, duplicates: this.#duplicates };
  }

  #space(): void {
    while (this.#at < this.#text.length && ' \t\r\n'.includes(this.#text[this.#at]!)) this.#at++;
  }

  #unexpected(where: string): JsonSyntaxError {
    if (this.#at >= this.#text.length) return new JsonSyntaxError('unexpected end of JSON input');
    const char = String.fromCodePoint(this.#text.codePointAt(this.#at)!);
    return new JsonSyntaxError(`invalid character ${quoteChar(char)} ${where}`);
  }

  #value(where: string): unknown {
    this.#space();
    const char = this.#text[this.#at];
    if (char === '{') return this.#object();
    if (char === '[') return this.#array();
    if (char === '"') return this.#string();
    if (char === 't') return this.#word('true', true);
    if (char === 'f') return this.#word('false', false);
    if (char === 'n') return this.#word('null', null);
    if (char === '-' || (char !== undefined && char >= '0' && char <= '9')) return this.#number();
    throw this.#unexpected(where);
  }

  #object(): object {
    const out: Record<string, unknown> = {};
    this.#at++;
    this.#space();
    if (this.#text[this.#at] === '}') {
      this.#at++;
      return out;
    }
    for (;;) {
      this.#space();
      if (this.#text[this.#at] !== '"') throw this.#unexpected('looking for beginning of object key string');
      const key = this.#string();
      this.#space();
      if (this.#text[this.#at] !== ':') throw this.#unexpected('after object key');
      this.#at++;
      const value = this.#value('looking for beginning of value');
      if (Object.hasOwn(out, key)) this.#noteDuplicate(out, key);
      if (key === '__proto__') Object.defineProperty(out, key, { value, enumerable: true, configurable: true, writable: true });
      else out[key] = value;
      this.#space();
      if (this.#text[this.#at] === ',') {
        this.#at++;
        continue;
      }
      if (this.#text[this.#at] !== '}') throw this.#unexpected('after object key:value pair');
      this.#at++;
      return out;
    }
  }

  #noteDuplicate(object: object, key: string): void {
    this.#duplicates ??= new WeakMap();
    const keys = this.#duplicates.get(object) ?? [];
    this.#duplicates.set(object, [...keys, key]);
  }

  #array(): unknown[] {
    const out: unknown[] = [];
    this.#at++;
    this.#space();
    if (this.#text[this.#at] === ']') {
      this.#at++;
      return out;
    }
    for (;;) {
      out.push(this.#value('looking for beginning of value'));
      this.#space();
      if (this.#text[this.#at] === ',') {
        this.#at++;
        continue;
      }
      if (this.#text[this.#at] !== ']') throw this.#unexpected('after array element');
      this.#at++;
      return out;
    }
  }

  #string(): string {
    const start = this.#at;
    this.#at++;
    for (;;) {
      const char = this.#text[this.#at];
      if (char === undefined || char < ' ') throw this.#unexpected('in string literal');
      if (char === '"') break;
      if (char === '\\') this.#escape();
      this.#at++;
    }
    this.#at++;
    const raw = this.#text.slice(start, this.#at);
    return raw.includes('\\') ? JSON.parse(raw) : raw.slice(1, -1);
  }

  #escape(): void {
    this.#at++;
    const char = this.#text[this.#at];
    if (char === 'u') {
      for (let digit = 0; digit < 4; digit++) {
        this.#at++;
        if (!/[0-9a-fA-F]/.test(this.#text[this.#at] ?? '')) throw this.#unexpected('in \\u hexadecimal character escape');
      }
    } else if (char === undefined || !'"\\/bfnrt'.includes(char)) throw this.#unexpected('in string escape code');
  }

  #word(word: string, value: unknown): unknown {
    for (let index = 0; index < word.length; index++) {
      if (this.#text[this.#at] !== word[index]) throw this.#unexpected(`in literal ${word} (expecting ${quoteChar(word[index]!)})`);
      this.#at++;
    }
    return value;
  }

  #number(): number {
    const start = this.#at;
    if (this.#text[this.#at] === '-') this.#at++;
    if (this.#text[this.#at] === '0') this.#at++;
    else this.#digits('in numeric literal');
    if (this.#text[this.#at] === '.') {
      this.#at++;
      this.#digits('after decimal point in numeric literal');
    }
    if (this.#text[this.#at] === 'e' || this.#text[this.#at] === 'E') {
      this.#at++;
      if (this.#text[this.#at] === '+' || this.#text[this.#at] === '-') this.#at++;
      this.#digits('in exponent of numeric literal');
    }
    return Number(this.#text.slice(start, this.#at));
  }

  #digits(where: string): void {
    const start = this.#at;
    while (this.#at < this.#text.length && this.#text[this.#at]! >= '0' && this.#text[this.#at]! <= '9') this.#at++;
    if (this.#at === start) throw this.#unexpected(where);
  }
}

function quoteChar(char: string): string {
  if (char === "'") return "'\\''";
  if (char === '"') return `'"'`;
  return `'${JSON.stringify(char).slice(1, -1)}'`;
}

/**
 * `kubectl -o json`: four blanks of indent, keys of every map sorted, `<`, `>` and `&` as they are. A final newline is the
 * caller's.
 */
export function printJson(value: unknown, indent = '    '): string {
  return print(value, indent, '\n');
}

function print(value: unknown, indent: string, newline: string): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const inner = newline + indent;
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    return `[${inner}${value.map((one) => print(one, indent, inner)).join(`,${inner}`)}${newline}]`;
  }
  const keys = Object.keys(value)
    .filter((key) => (value as Record<string, unknown>)[key] !== undefined)
    .sort();
  if (keys.length === 0) return '{}';
  const fields = keys.map((key) => `${JSON.stringify(key)}: ${print((value as Record<string, unknown>)[key], indent, inner)}`);
  return `{${inner}${fields.join(`,${inner}`)}${newline}}`;
}
