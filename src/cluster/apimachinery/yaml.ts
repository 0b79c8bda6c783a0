// YAML as kubectl and the API server read it: YAML 1.1 scalars (`yes`, `0777`), several documents, and faults in the words of
// go-yaml. The only place that knows the package `yaml`; printing is in yaml-print.ts.
// Models: sigs.k8s.io/yaml (goyaml.v2): resolve.go, parserc.go, scannerc.go
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  parseAllDocuments,
  type YAMLParseError,
} from 'yaml';
import { resolveScalar } from './yaml-scalar.ts';

export { naturalOrder, printYaml } from './yaml-print.ts';

/** `yaml: line 3: could not find expected ':'`. */
export class YamlError extends Error {}

export interface YamlDocument {
  readonly value: any;
  /** `line 7: key "a" already set in map`. */
  readonly duplicateKeys: readonly string[];
}

/**
 * Every document of the text, empty ones as null.
 *
 * @throws YamlError
 */
export function parseYamlDocuments(text: string): readonly YamlDocument[] {
  const documents = parseAllDocuments(text, {
    schema: 'failsafe',
    version: '1.1',
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  }) as unknown as Document[];
  return documents.map((document) => {
    const error = document.errors[0];
    if (error !== undefined) throw new YamlError(`yaml: ${faultText(text, error)}`);
    const reader = new Reader(document, text);
    return { value: reader.read(document.contents as Node | null), duplicateKeys: reader.duplicateKeys };
  });
}

/** The values of all documents. */
export function parseYaml(text: string): any[] {
  return parseYamlDocuments(text).map((document) => document.value);
}

/** The words of kubectl for a file that cannot be read. */
export const CONVERSION_ERROR = 'error converting YAML to JSON';

class Reader {
  readonly duplicateKeys: string[] = [];
  readonly #document: Document;
  readonly #text: string;

  constructor(document: Document, text: string) {
    this.#document = document;
    this.#text = text;
  }

  read(node: Node | null | undefined): any {
    if (node === null || node === undefined) return null;
    if (isAlias(node)) return this.read(this.#resolve(node));
    if (isScalar(node)) return this.#scalar(node as never);
    if (isSeq(node)) return node.items.map((item) => this.read(item as Node));
    if (isMap(node)) return this.#map(node.items as never);
    return null;
  }

  #resolve(alias: Alias): Node {
    const target = alias.resolve(this.#document);
    if (target === undefined) throw new YamlError(`yaml: unknown anchor '${alias.source}' referenced`);
    return target as Node;
  }

  #scalar(node: { value: unknown; type?: string; tag?: string }): unknown {
    const text = String(node.value ?? '');
    if (node.tag === 'tag:yaml.org,2002:str') return text;
    if (node.tag === 'tag:yaml.org,2002:binary') return atob(text.replace(/\s/g, ''));
    if (node.type !== undefined && node.type !== 'PLAIN') return text;
    return resolveScalar(text);
  }

  #map(pairs: readonly { key: Node; value: Node | null }[]): Record<string, unknown> {
    const out: Record<string, unknown> = {};
    const merged: Record<string, unknown> = {};
    for (const pair of pairs) {
      if (!isPair(pair)) continue;
      if (isScalar(pair.key) && pair.key.value === '<<' && pair.key.type === 'PLAIN') {
        const value = this.read(pair.value);
        for (const source of Array.isArray(value) ? [...value].reverse() : [value]) Object.assign(merged, source);
        continue;
      }
      const key = keyText(this.read(pair.key));
      if (Object.hasOwn(out, key)) {
        this.duplicateKeys.push(`line ${this.#lineOf(pair.key)}: key ${JSON.stringify(key)} already set in map`);
      }
      out[key] = this.read(pair.value);
    }
    return Object.keys(merged).length === 0 ? out : { ...merged, ...out };
  }

  #lineOf(node: Node): number {
    return this.#text.slice(0, node.range?.[0] ?? 0).split('\n').length;
  }
}

/** Keys of JSON are strings. */
function keyText(key: unknown): string {
  if (key === null) return 'null';
  return typeof key === 'object' ? JSON.stringify(key) : String(key);
}

/** Go counts lines of scanner faults from 1 and of parser faults from 0; a parser fault on the first line has none. */
function faultText(text: string, error: YAMLParseError): string {
  const offset = error.pos[0];
  const line = text.slice(0, offset).split('\n').length;
  const scanner = (at: number, why: string) => `line ${at}: ${why}`;
  const parser = (at: number, why: string) => (at <= 1 ? why : `line ${at - 1}: ${why}`);
  const lines = text.split('\n');
  switch (error.code) {
    case 'TAB_AS_INDENT': {
      const previous = lines.slice(0, line - 1).findLast((one) => one.trim() !== '' && !one.trim().startsWith('#')) ?? '';
      const opens = /(:|-|\|[-+]?|>[-+]?)\s*$/.test(previous);
      return scanner(line, opens ? 'found character that cannot start any token' : 'found a tab character that violates indentation');
    }
    case 'BAD_SCALAR_START':
      return scanner(line, 'found character that cannot start any token');
    case 'BAD_DQ_ESCAPE':
      return scanner(line, 'found unknown escape character');
    case 'BLOCK_AS_IMPLICIT_KEY':
      if (error.message.includes('sequence')) return parser(line, 'did not find expected key');
      return scanner(line + linesToColon(text.slice(offset)), 'mapping values are not allowed in this context');
    case 'MULTILINE_IMPLICIT_KEY': {
      const indent = (one: string) => one.length - one.trimStart().length;
      const continued = indent(lines[line] ?? '') > indent(lines[line - 1] ?? '');
      return continued || /^\s*-/.test(lines[line - 1] ?? '')
        ? scanner(line + linesToColon(text.slice(offset)), 'mapping values are not allowed in this context')
        : scanner(line + 1, "could not find expected ':'");
    }
    case 'MISSING_CHAR':
      if (error.message.startsWith('Missing closing')) return scanner(lines.length, 'found unexpected end of stream');
      return scanner(line + 1, "could not find expected ':'");
    case 'BAD_INDENT':
      return flowFault(text, error, line) ?? parser(line, 'did not find expected key');
    case 'BAD_ALIAS':
      return error.message.replace(/^.*?: ?/, '');
    case 'UNEXPECTED_TOKEN':
      return parser(
        line,
        /^\s*- /m.test(text.slice(0, offset)) ? "did not find expected '-' indicator" : 'did not find expected <document start>',
      );
    default:
      return parser(line, 'did not find expected key');
  }
}

function flowFault(text: string, error: YAMLParseError, line: number): string | undefined {
  if (!error.message.startsWith('Flow')) return undefined;
  const before = text.slice(0, error.pos[0]).trimEnd();
  if (/[[{,]$/.test(before)) return `line ${line}: did not find expected node content`;
  const expected = error.message.includes('sequence') ? "',' or ']'" : "',' or '}'";
  return line <= 1 ? `did not find expected ${expected}` : `line ${line - 1}: did not find expected ${expected}`;
}

function linesToColon(rest: string): number {
  const colon = /:(\s|$)/.exec(rest);
  return colon === null ? 0 : rest.slice(0, colon.index).split('\n').length - 1;
}
