// YAML as `kubectl -o yaml` prints it: keys in natural order, lists not indented under their key, quotes only where a plain scalar
// would be read as something else, long text folded after column 80.
// Models: sigs.k8s.io/yaml (goyaml.v2): encode.go, sorter.go, emitterc.go
import { resolveScalar } from './yaml-scalar.ts';

const BEST_WIDTH = 80;

/** One document, with its final newline. */
export function printYaml(value: unknown): string {
  const lines = new Emitter();
  lines.document(value);
  return lines.text;
}

/** Sorts `a2` before `a10`, and what is no letter before letters. */
export function naturalOrder(a: string, b: string): number {
  const left = [...a];
  const right = [...b];
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at++) {
    if (left[at] === right[at]) continue;
    const leftLetter = isLetter(left[at]!);
    const rightLetter = isLetter(right[at]!);
    if (leftLetter && rightLetter) return left[at]! < right[at]! ? -1 : 1;
    if (leftLetter || rightLetter) return rightLetter ? -1 : 1;
    return digitOrder(left, right, at);
  }
  return left.length - right.length;
}

const isLetter = (char: string) => /\p{L}/u.test(char);
const isDigit = (char: string | undefined) => char !== undefined && char >= '0' && char <= '9';

function digitOrder(left: readonly string[], right: readonly string[], at: number): number {
  let leftNumber = 0;
  let rightNumber = 0;
  if (left[at] === '0' || right[at] === '0') {
    for (let back = at - 1; back >= 0 && isDigit(left[back]); back--) {
      if (left[back] !== '0') {
        leftNumber = 1;
        rightNumber = 1;
        break;
      }
    }
  }
  let leftEnd = at;
  let rightEnd = at;
  for (; isDigit(left[leftEnd]); leftEnd++) leftNumber = leftNumber * 10 + Number(left[leftEnd]);
  for (; isDigit(right[rightEnd]); rightEnd++) rightNumber = rightNumber * 10 + Number(right[rightEnd]);
  if (leftNumber !== rightNumber) return leftNumber - rightNumber;
  if (leftEnd !== rightEnd) return leftEnd - rightEnd;
  return left[at]! < right[at]! ? -1 : 1;
}

class Emitter {
  text = '';
  #column = 0;

  document(value: unknown): void {
    this.#node(value, 0, false);
    this.#write('\n');
  }

  #write(text: string): void {
    this.text += text;
    const newline = text.lastIndexOf('\n');
    this.#column = newline < 0 ? this.#column + text.length : text.length - newline - 1;
  }

  #newline(indent: number): void {
    this.#write(`\n${' '.repeat(indent)}`);
  }

  /** The node after `key:` or `-`, or at the root. `indent` is where its own keys or dashes stand. */
  #node(value: unknown, indent: number, afterKey: boolean): void {
    if (Array.isArray(value)) {
      if (value.length === 0) this.#write(afterKey ? ' []' : '[]');
      else this.#list(value, indent, afterKey);
    } else if (typeof value === 'object' && value !== null) {
      const keys = Object.keys(value).filter((key) => (value as Record<string, unknown>)[key] !== undefined);
      if (keys.length === 0) this.#write(afterKey ? ' {}' : '{}');
      else this.#map(value as Record<string, unknown>, keys.sort(naturalOrder), indent, afterKey);
    } else {
      if (afterKey) this.#write(' ');
      this.#scalar(value, indent);
    }
  }

  #map(value: Record<string, unknown>, keys: readonly string[], indent: number, afterKey: boolean): void {
    keys.forEach((key, index) => {
      if (afterKey || index > 0) this.#newline(indent);
      this.#scalar(key, indent, true);
      this.#write(':');
      const field = value[key];
      // A list stands at the column of its key, everything else two further in.
      this.#node(field, Array.isArray(field) ? indent : indent + 2, true);
    });
  }

  #list(value: readonly unknown[], indent: number, afterKey: boolean): void {
    value.forEach((item, index) => {
      if (afterKey || index > 0) this.#newline(indent);
      this.#write('- ');
      this.#node(item, indent + 2, false);
    });
  }

  #scalar(value: unknown, indent: number, key = false): void {
    if (typeof value !== 'string') {
      this.#write(plainText(value));
      return;
    }
    const style = styleOf(value, key);
    if (style === 'literal') this.#literal(value, indent);
    else if (style === 'plain') this.#folded(value, indent, key, '');
    else if (style === 'single') this.#folded(value, indent, key, "'");
    else this.#doubleQuoted(value, indent, key);
  }

  #literal(value: string, indent: number): void {
    const hint = value.startsWith(' ') || value.startsWith('\n') ? '2' : '';
    const chomp = !value.endsWith('\n') ? '-' : value.endsWith('\n\n') || value === '\n' ? '+' : '';
    this.#write(`|${hint}${chomp}`);
    const body = value.endsWith('\n') ? value.slice(0, -1) : value;
    for (const line of body.split('\n')) {
      if (line === '') this.#write('\n');
      else {
        this.#newline(indent);
        this.#write(line);
      }
    }
    // Kept final newlines stand as empty lines; the emitter's next line break is its own.
  }

  /** Plain or single-quoted: broken at a single blank once past the best width. */
  #folded(value: string, indent: number, key: boolean, quote: string): void {
    this.#write(quote);
    let previousBlank = false;
    let previousBreak = false;
    for (let at = 0; at < value.length; at++) {
      const char = value[at]!;
      if (char === ' ') {
        const inside = quote === '' || (at > 0 && at < value.length - 1);
        if (!key && !previousBlank && this.#column > BEST_WIDTH && inside && value[at + 1] !== ' ') this.#newline(indent);
        else this.#write(char);
        previousBlank = true;
      } else if (char === '\n') {
        if (!previousBreak) this.#write('\n');
        this.#write('\n');
        previousBreak = true;
        continue;
      } else {
        if (previousBreak) this.#write(' '.repeat(indent));
        this.#write(char === "'" && quote === "'" ? "''" : char);
        previousBlank = false;
      }
      previousBreak = false;
    }
    this.#write(quote);
  }

  #doubleQuoted(value: string, indent: number, key: boolean): void {
    this.#write('"');
    let previousBlank = false;
    const chars = [...value];
    chars.forEach((char, at) => {
      if (needsEscape(char)) {
        this.#write(escaped(char));
        previousBlank = false;
      } else if (char === ' ') {
        if (!key && !previousBlank && this.#column > BEST_WIDTH && at > 0 && at < chars.length - 1) {
          this.#newline(indent);
          if (chars[at + 1] === ' ') this.#write('\\');
        } else this.#write(char);
        previousBlank = true;
      } else {
        this.#write(char);
        previousBlank = false;
      }
    });
    this.#write('"');
  }
}

function plainText(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'number') return numberText(value);
  return String(value);
}

function numberText(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e21) return String(value);
  return String(value).replace(/e([+-])(\d)$/, 'e$10$2');
}

type Style = 'plain' | 'single' | 'double' | 'literal';

const BASE60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;
const TIMESTAMP = /^\d{4}-\d\d?-\d\d?($|[Tt]\d\d?:\d\d:\d\d(\.\d+)?(Z|[-+]\d\d:\d\d)$|[ \t]+\d\d?:\d\d:\d\d(\.\d+)?$)/;

const styles = new Map<string, Style>();

function styleOf(value: string, key: boolean): Style {
  let style = styles.get(value);
  if (style === undefined) {
    style = chooseStyle(value);
    if (styles.size > 5000) styles.clear();
    if (value.length < 200) styles.set(value, style);
  }
  return key && style === 'literal' ? 'double' : style;
}

function chooseStyle(value: string): Style {
  const facts = analyze(value);
  if (value.includes('\n')) return facts.blockAllowed ? 'literal' : 'double';
  const plainMeaning = typeof resolveScalar(value) === 'string' && !BASE60.test(value) && !TIMESTAMP.test(value) && value !== '<<';
  if (!plainMeaning) return 'double';
  if (facts.plainAllowed) return 'plain';
  return facts.singleAllowed ? 'single' : 'double';
}

interface Facts {
  readonly plainAllowed: boolean;
  readonly singleAllowed: boolean;
  readonly blockAllowed: boolean;
}

const isBlank = (char: string | undefined) => char === undefined || char === ' ' || char === '\t' || char === '\n' || char === '\r';

/** What libyaml finds in a scalar before it chooses a style. */
function analyze(value: string): Facts {
  if (value === '') return { plainAllowed: true, singleAllowed: true, blockAllowed: false };
  let indicators = value.startsWith('---') || value.startsWith('...');
  let special = false;
  let breakBlank = false;
  let blankBreak = false;
  let precededByBlank = true;
  const chars = [...value];
  chars.forEach((char, at) => {
    const followedByBlank = isBlank(chars[at + 1]);
    if (at === 0) {
      if ('#,[]{}&*!|>\'"%@`'.includes(char)) indicators = true;
      if ('?:-'.includes(char) && followedByBlank) indicators = true;
    } else if ((char === ':' && followedByBlank) || (char === '#' && precededByBlank)) indicators = true;
    if (char !== '\n' && needsSpecial(char)) special = true;
    if (char === ' ' && chars[at - 1] === '\n') breakBlank = true;
    if (char === '\n' && chars[at - 1] === ' ') blankBreak = true;
    precededByBlank = isBlank(char);
  });
  const breaks = value.includes('\n');
  const edges = /^[ \n]|[ \n]$/.test(value);
  const bad = blankBreak || special;
  return {
    plainAllowed: !indicators && !edges && !breakBlank && !bad && !breaks,
    singleAllowed: !breakBlank && !bad,
    blockAllowed: !bad && !value.endsWith(' '),
  };
}

function needsSpecial(char: string): boolean {
  const code = char.codePointAt(0)!;
  return (
    code < 0x20 || code === 0x7f || (code >= 0x80 && code < 0xa0 && code !== 0x85) || code === 0xfeff || (code >= 0xd800 && code < 0xe000)
  );
}

function needsEscape(char: string): boolean {
  return (
    needsSpecial(char) || char === '"' || char === '\\' || char === '\n' || char === '\u0085' || char === '\u2028' || char === '\u2029'
  );
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\0': '\\0',
  '\u0007': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '\u001b': '\\e',
  '"': '\\"',
  '\\': '\\\\',
  '\u0085': '\\N',
  '\u00a0': '\\_',
  '\u2028': '\\L',
  '\u2029': '\\P',
};

function escaped(char: string): string {
  const known = ESCAPES[char];
  if (known !== undefined) return known;
  const code = char.codePointAt(0)!;
  if (code <= 0xff) return `\\x${code.toString(16).toUpperCase().padStart(2, '0')}`;
  if (code <= 0xffff) return `\\u${code.toString(16).toUpperCase().padStart(4, '0')}`;
  return `\\U${code.toString(16).toUpperCase().padStart(8, '0')}`;
}
