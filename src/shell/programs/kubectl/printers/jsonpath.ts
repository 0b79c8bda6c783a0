// JSONPath templates of `-o jsonpath`, custom columns, `--sort-by` and `wait`.
// Models: kubernetes v1.37 staging/src/k8s.io/client-go/util/jsonpath
import { goJson, goValue } from '../../../../cluster/apimachinery/go-text.ts';
import { Failure } from '../errors.ts';

type Node =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'list'; readonly nodes: Node[] }
  | { readonly type: 'field'; readonly name: string }
  | { readonly type: 'slice'; readonly parts: readonly SlicePart[] }
  | { readonly type: 'filter'; readonly left: Node; readonly operator: string; readonly right: Node }
  | { readonly type: 'number' | 'bool'; readonly value: number | boolean }
  | { readonly type: 'wildcard' | 'recursive' | 'current' }
  | { readonly type: 'union'; readonly nodes: readonly Node[] }
  | { readonly type: 'identifier'; readonly name: string };

interface SlicePart {
  readonly known: boolean;
  readonly value: number;
  readonly derived?: boolean;
}

const TERMINATORS = ' \t\n\r.,[]$@{}';

class Parser {
  readonly #input: string;
  #at = 0;

  constructor(input: string) {
    this.#input = input;
  }

  parse(): Node[] {
    const nodes: Node[] = [];
    while (this.#at < this.#input.length) {
      const open = this.#input.indexOf('{', this.#at);
      const end = open < 0 ? this.#input.length : open;
      if (end > this.#at) nodes.push({ type: 'text', text: this.#input.slice(this.#at, end) });
      this.#at = end + 1;
      if (open >= 0) nodes.push({ type: 'list', nodes: this.#action() });
    }
    return nodes;
  }

  #action(): Node[] {
    const nodes: Node[] = [];
    for (;;) {
      const char = this.#input[this.#at];
      if (char === '}') {
        this.#at++;
        return nodes;
      }
      if (this.#input.startsWith('[?(', this.#at)) nodes.push(this.#filter());
      else if (this.#input.startsWith('..', this.#at)) {
        this.#at += 2;
        nodes.push({ type: 'recursive' });
        if (/[\w*-]/.test(this.#input[this.#at] ?? '')) nodes.push(this.#fieldAfter());
      } else if (char === undefined || char === '\n' || char === '\r') throw new Error('unclosed action');
      else if (char === ' ' || char === '@' || char === '$') this.#at++;
      else if (char === '[') nodes.push(this.#array());
      else if (char === '"' || char === "'") nodes.push(this.#quote(char));
      else if (char === '.') {
        this.#at++;
        nodes.push(this.#fieldAfter());
      } else if (/[+\-\d]/.test(char)) nodes.push(this.#number());
      else if (/[\p{L}_]/u.test(char)) nodes.push(this.#identifier());
      else
        throw new Error(
          `unrecognized character in action: U+${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')} '${char}'`,
        );
    }
  }

  #word(): string {
    const start = this.#at;
    while (this.#at < this.#input.length && !TERMINATORS.includes(this.#input[this.#at]!)) {
      if (this.#input[this.#at] === '\\') this.#at++;
      this.#at++;
    }
    return this.#input.slice(start, this.#at);
  }

  #fieldAfter(): Node {
    const word = this.#word();
    return word === '*' ? { type: 'wildcard' } : { type: 'field', name: word.replaceAll('\\', '') };
  }

  #number(): Node {
    const match = /^[+-]?[\d.]*/.exec(this.#input.slice(this.#at))!;
    this.#at += match[0].length;
    return { type: 'number', value: Number(match[0]) };
  }

  #identifier(): Node {
    const word = this.#word();
    if (word === 'true' || word === 'false') return { type: 'bool', value: word === 'true' };
    return { type: 'identifier', name: word };
  }

  #quote(end: string): Node {
    let at = this.#at + 1;
    while (at < this.#input.length && this.#input[at] !== end) at += this.#input[at] === '\\' ? 2 : 1;
    if (at >= this.#input.length) throw new Error('unterminated quoted string');
    const raw = this.#input.slice(this.#at + 1, at);
    this.#at = at + 1;
    const named: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };
    return { type: 'text', text: raw.replace(/\\(.)/g, (_all, char: string) => named[char] ?? char) };
  }

  #array(): Node {
    let at = this.#at + 1;
    let quote = '';
    for (; ; at++) {
      const char = this.#input[at];
      if (char === undefined || char === '\n') throw new Error('unterminated array');
      if (quote !== '') quote = char === quote ? '' : quote;
      else if (char === '"' || char === "'") quote = char;
      else if (char === ']') break;
    }
    const body = this.#input.slice(this.#at + 1, at);
    this.#at = at + 1;
    return arrayNode(body);
  }

  #filter(): Node {
    const start = this.#at + 3;
    let at = start;
    let depth = 1;
    let quote = '';
    for (; depth > 0; at++) {
      const char = this.#input[at];
      if (char === undefined || char === '\n') throw new Error('unterminated filter');
      if (quote !== '') quote = char === quote ? '' : quote;
      else if (char === '"' || char === "'") quote = char;
      else if (char === '(') depth++;
      else if (char === ')') depth--;
    }
    if (this.#input[at] !== ']') throw new Error('unclosed array expect ]');
    const body = this.#input.slice(start, at - 1);
    this.#at = at + 1;
    const match = /^([^!<>=]+)([!<>=]+)(.+?)$/.exec(body);
    const inner = (text: string): Node => ({ type: 'list', nodes: new Parser(`${text}}`).#action() });
    if (match === null) return { type: 'filter', left: inner(body), operator: 'exists', right: { type: 'list', nodes: [] } };
    return { type: 'filter', left: inner(match[1]!), operator: match[2]!, right: inner(match[3]!) };
  }
}

function arrayNode(body: string): Node {
  const text = body === '*' ? ':' : body;
  const parts = text.match(/'[^']*'|"[^"]*"|[^,]+/g) ?? [];
  if (parts.length > 1 && text.includes(',')) return { type: 'union', nodes: parts.map((part) => arrayNode(part.trim())) };
  const key = /^'([^']*)'$/.exec(text) ?? /^"([^"]*)"$/.exec(text);
  if (key !== null) return { type: 'field', name: key[1]! };
  const slice = /^(-?\d*)(:-?\d*)?(:-?\d*)?$/.exec(text);
  if (slice === null || text === '') throw new Error(`invalid array index ${text}`);
  const read = (part: string | undefined): SlicePart => {
    const number = part?.replace(':', '') ?? '';
    return number === '' ? { known: false, value: 0 } : { known: true, value: Number(number) };
  };
  const first = read(slice[1]);
  const second: SlicePart = slice[2] === undefined ? { known: true, value: first.value + 1, derived: true } : read(slice[2]);
  return { type: 'slice', parts: [first, second, read(slice[3])] };
}

/** @throws Failure `error parsing jsonpath {…, unclosed action` */
export function parseJsonPath(template: string): JsonPath {
  try {
    return new JsonPath(template, new Parser(template).parse());
  } catch (error) {
    throw new Failure(`error parsing jsonpath ${template}, ${(error as Error).message}`);
  }
}

/** A path without braces, as columns and sort keys are written. @throws Failure */
export function relaxedPath(text: string): string {
  if (text === '') return text;
  const match = /^\{\.?([^{}]+)\}$|^\.?([^{}]+)$/.exec(text);
  if (match === null) {
    throw new Failure(`unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'`);
  }
  return `{.${match[1] ?? match[2]}}`;
}

/** A relaxed path, parsed; errors bear only the parser's words. */
export function parseRelaxed(text: string): JsonPath {
  const template = relaxedPath(text);
  try {
    return new JsonPath(template, new Parser(template).parse());
  } catch (error) {
    throw new Failure((error as Error).message);
  }
}

interface Range {
  end: number;
}

export class JsonPath {
  readonly template: string;
  readonly #nodes: readonly Node[];

  constructor(template: string, nodes: readonly Node[]) {
    this.template = template;
    this.#nodes = nodes;
  }

  /** Results per top-level part. @throws Error in the evaluator's words */
  find(data: unknown): unknown[][] {
    const results: unknown[][] = [];
    this.#run(0, [data], results);
    return results;
  }

  /** Every value found, in one list. */
  values(data: unknown): unknown[] {
    return this.find(data).flat();
  }

  #run(from: number, current: readonly unknown[], results: unknown[][]): Range {
    for (let at = from; at < this.#nodes.length; at++) {
      const node = this.#nodes[at]!;
      const word = node.type === 'list' ? node.nodes[0] : undefined;
      if (word?.type === 'identifier' && word.name === 'end') return { end: at };
      if (word?.type === 'identifier' && word.name === 'range') {
        const over = walkAll((node as { nodes: Node[] }).nodes.slice(1), current);
        let end = this.#endOf(at + 1);
        for (const one of over) end = this.#run(at + 1, [one], results).end;
        at = end;
        continue;
      }
      results.push(walk(node, current));
    }
    return { end: this.#nodes.length };
  }

  #endOf(from: number): number {
    let depth = 1;
    for (let at = from; at < this.#nodes.length; at++) {
      const node = this.#nodes[at]!;
      const word = node.type === 'list' ? node.nodes[0] : undefined;
      if (word?.type === 'identifier' && word.name === 'range') depth++;
      if (word?.type === 'identifier' && word.name === 'end' && --depth === 0) return at;
    }
    return this.#nodes.length;
  }

  /** The text of `-o jsonpath`; `asJson`: of `-o jsonpath-as-json`. @throws Failure */
  print(data: unknown, asJson = false): string {
    let found: unknown[][];
    try {
      found = this.find(data);
    } catch (error) {
      const debug = `\ttemplate was:\n\t\t${this.template}\n\tobject given to jsonpath engine was:\n\t\t${goSyntax(data)}\n\n\n`;
      throw new Failure(
        `error executing jsonpath ${JSON.stringify(this.template)}: Error executing template: ${(error as Error).message}. Printing more information for debugging the template:\n${debug}`,
      );
    }
    if (asJson) return found.map((results) => `${indentedJson(results)}\n`).join('');
    return found.map((results) => results.map(resultText).join(' ')).join('');
  }
}

export function resultText(value: unknown): string {
  if (typeof value === 'object' && value !== null) return goJson(sortedDeep(value));
  return value === null || value === undefined ? 'null' : goValue(value);
}

/** Go maps print with sorted keys. */
export function sortedDeep(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedDeep);
  if (typeof value !== 'object' || value === null) return value;
  return new Proxy(value as Record<string, unknown>, {
    ownKeys: (target) =>
      Object.keys(target)
        .filter((key) => target[key] !== undefined)
        .sort(),
    get: (target, key) => sortedDeep(target[key as string]),
  });
}

/** JSON with four blanks per level and sorted keys. */
export function indentedJson(value: unknown, pad = ''): string {
  const inner = `${pad}    `;
  if (Array.isArray(value))
    return value.length === 0 ? '[]' : `[\n${value.map((one) => inner + indentedJson(one, inner)).join(',\n')}\n${pad}]`;
  if (typeof value !== 'object' || value === null) return goJson(value);
  const map = value as Record<string, unknown>;
  const keys = Object.keys(map)
    .filter((key) => map[key] !== undefined)
    .sort();
  if (keys.length === 0) return '{}';
  return `{\n${keys.map((key) => `${inner}${goJson(key)}: ${indentedJson(map[key], inner)}`).join(',\n')}\n${pad}}`;
}

function goSyntax(value: unknown): string {
  if (value === null || value === undefined) return 'interface {}(nil)';
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`;
  if (typeof value !== 'object') return String(value);
  const map = value as Record<string, unknown>;
  return `map[string]interface {}{${Object.keys(map)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${goSyntax(map[key])}`)
    .join(', ')}}`;
}

function walkAll(nodes: readonly Node[], input: readonly unknown[]): unknown[] {
  let current: unknown[] = [...input];
  for (const node of nodes) current = walk(node, current);
  return current;
}

function walk(node: Node, input: readonly unknown[]): unknown[] {
  switch (node.type) {
    case 'text':
      return [node.text];
    case 'number':
    case 'bool':
      return [node.value];
    case 'list':
      return walkAll(node.nodes, input);
    case 'field':
      return input.flatMap((one) => {
        const value = isMap(one) ? one[node.name] : undefined;
        return value === undefined ? [] : [value];
      });
    case 'slice':
      return input.flatMap((one) => sliceOf(one, node.parts));
    case 'wildcard':
      return input.flatMap(children);
    case 'recursive':
      return input.flatMap(descendants);
    case 'union':
      return node.nodes.flatMap((one) => walk(one, input));
    case 'filter':
      return input.flatMap((one) => (Array.isArray(one) ? one.filter((item) => passes(node, item)) : []));
    case 'identifier':
      throw new Error(`unrecognized identifier ${node.name}`);
    default:
      return [...input];
  }
}

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

function children(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return isMap(value)
    ? Object.keys(value)
        .sort()
        .flatMap((key) => (value[key] === undefined ? [] : [value[key]]))
    : [];
}

function descendants(value: unknown): unknown[] {
  return typeof value === 'object' && value !== null ? [value, ...children(value).flatMap(descendants)] : [];
}

function sliceOf(value: unknown, parts: readonly SlicePart[]): unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new Error(`${goKind(value)} is not array or slice`);
  const length = value.length;
  const [first, second, third] = parts as [SlicePart, SlicePart, SlicePart];
  let from = first.known ? first.value : 0;
  if (from < 0) from += length;
  let to = second.known ? second.value : length;
  if (to < 0 || (to === 0 && second.derived)) to += length;
  if (second.derived && (from < 0 || from >= length))
    throw new Error(`array index out of bounds: index ${first.value < 0 ? from : first.value}, length ${length}`);
  const step = third.known ? third.value : 1;
  if (step === 0) return [];
  return value.slice(Math.max(0, from), Math.min(length, to)).filter((_one, index) => index % step === 0);
}

const goKind = (value: unknown): string => (isMap(value) ? 'map[string]interface {}' : typeof value === 'string' ? value : String(value));

function passes(node: Extract<Node, { type: 'filter' }>, item: unknown): boolean {
  let lefts: unknown[];
  try {
    lefts = walk(node.left, [item]);
  } catch {
    return false;
  }
  if (node.operator === 'exists') return lefts.length > 0;
  if (lefts.length === 0) return false;
  if (lefts.length > 1) throw new Error('can only compare one element at a time');
  const rights = walk(node.right, [item]);
  if (rights.length === 0) return false;
  const left = lefts[0] as string | number;
  const right = rights[0] as string | number;
  if (typeof left !== typeof right) throw new Error('incompatible types for comparison');
  switch (node.operator) {
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
    default:
      throw new Error(`unrecognized filter operator ${node.operator}`);
  }
}
