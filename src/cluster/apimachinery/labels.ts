// Label selectors: the text of `-l` and labelSelector=, and the LabelSelector objects in specs.
// Models: kubernetes v1.37 staging/src/k8s.io/apimachinery/pkg/labels/selector.go, meta/v1 LabelSelectorAsSelector
import { type FieldErrors, fieldErrorsText, invalid } from './field.ts';
import { labelValue, qualifiedName } from './names.ts';

export type LabelOperator = 'in' | 'notin' | '=' | '!=' | 'exists' | '!' | 'gt' | 'lt';

export interface LabelRequirement {
  readonly key: string;
  readonly operator: LabelOperator;
  readonly values: readonly string[];
}

/** All requirements must hold; none = everything. */
export type LabelSelectorTerms = readonly LabelRequirement[];

/** `spec.selector` of workloads. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
    readonly values?: readonly string[];
  }[];
}

type Labels = Readonly<Record<string, string>> | undefined;

export function matchesRequirement(requirement: LabelRequirement, labels: Labels): boolean {
  const value = labels?.[requirement.key];
  switch (requirement.operator) {
    case '=':
    case 'in':
      return value !== undefined && requirement.values.includes(value);
    case '!=':
    case 'notin':
      return value === undefined || !requirement.values.includes(value);
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    default: {
      if (value === undefined || !/^[+-]?\d+$/.test(value)) return false;
      const bound = Number(requirement.values[0]);
      return requirement.operator === 'gt' ? Number(value) > bound : Number(value) < bound;
    }
  }
}

export function matchesTerms(terms: LabelSelectorTerms, labels: Labels): boolean {
  for (const requirement of terms) if (!matchesRequirement(requirement, labels)) return false;
  return true;
}

const compiled = new WeakMap<LabelSelector, LabelSelectorTerms>();
const OPERATORS = { In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: '!' } as const;

/** Requirements of a LabelSelector object, sorted by key as Kubernetes prints them. */
export function selectorTerms(selector: LabelSelector): LabelSelectorTerms {
  let terms = compiled.get(selector);
  if (terms === undefined) {
    const list: LabelRequirement[] = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => ({
      key,
      operator: '=',
      values: [value],
    }));
    for (const expression of selector.matchExpressions ?? []) {
      list.push({ key: expression.key, operator: OPERATORS[expression.operator], values: [...(expression.values ?? [])].sort() });
    }
    terms = list.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    compiled.set(selector, terms);
  }
  return terms;
}

/** A null selector matches nothing, an empty one everything. */
export function matchesSelector(selector: LabelSelector | undefined | null, labels: Labels): boolean {
  if (selector === undefined || selector === null) return false;
  return matchesTerms(selectorTerms(selector), labels);
}

/** `a=b,c in (d,e),!f` as Kubernetes prints a selector. */
export function formatTerms(terms: LabelSelectorTerms): string {
  return terms
    .map(({ key, operator, values }) => {
      switch (operator) {
        case 'exists':
          return key;
        case '!':
          return `!${key}`;
        case '=':
          return `${key}=${values[0]}`;
        case '!=':
          return `${key}!=${values[0]}`;
        case 'gt':
          return `${key}>${values[0]}`;
        case 'lt':
          return `${key}<${values[0]}`;
        default:
          return `${key} ${operator} (${[...values].sort().join(',')})`;
      }
    })
    .join(',');
}

/** As `FormatLabelSelector`: `<none>` for an empty one. */
export function formatSelector(selector: LabelSelector | undefined | null): string {
  if (selector === undefined || selector === null) return '<none>';
  return formatTerms(selectorTerms(selector)) || '<none>';
}

/** `a=b,c=d` of plain labels, sorted; `<none>` when there are none. */
export function formatLabels(labels: Labels): string {
  const keys = Object.keys(labels ?? {}).sort();
  return keys.length === 0 ? '<none>' : keys.map((key) => `${key}=${labels![key]}`).join(',');
}

const parsed = new Map<string, LabelSelectorTerms>();

/** @throws Error with the text of the real parser, without its prefix `unable to parse requirement: ` where that has none. */
export function parseSelector(text: string): LabelSelectorTerms {
  let terms = parsed.get(text);
  if (terms === undefined) {
    terms = new SelectorParser(text).parse();
    if (parsed.size > 5000) parsed.clear();
    parsed.set(text, terms);
  }
  return terms;
}

interface Token {
  readonly type: 'identifier' | 'end' | '!' | '(' | ')' | ',' | '=' | '==' | '!=' | '>' | '<' | 'in' | 'notin' | 'error';
  readonly text: string;
}

const SYMBOLS = '()!,=<>';

class SelectorParser {
  readonly #tokens: Token[] = [];
  #position = 0;

  constructor(text: string) {
    let at = 0;
    while (at < text.length) {
      const char = text[at]!;
      if (/\s/.test(char)) {
        at++;
      } else if (SYMBOLS.includes(char)) {
        let symbol = char;
        const two = text.slice(at, at + 2);
        if (two === '==' || two === '!=') symbol = two;
        this.#tokens.push({ type: symbol as Token['type'], text: symbol });
        at += symbol.length;
      } else {
        let end = at;
        while (end < text.length && !/\s/.test(text[end]!) && !SYMBOLS.includes(text[end]!)) end++;
        const word = text.slice(at, end);
        this.#tokens.push({ type: word === 'in' || word === 'notin' ? word : 'identifier', text: word });
        at = end;
      }
    }
    this.#tokens.push({ type: 'end', text: '' });
  }

  /** In the position of a value or a key, the words `in` and `notin` are identifiers. */
  #look(asValue: boolean): Token {
    const token = this.#tokens[Math.min(this.#position, this.#tokens.length - 1)]!;
    return asValue && (token.type === 'in' || token.type === 'notin') ? { type: 'identifier', text: token.text } : token;
  }

  #take(asValue: boolean): Token {
    const token = this.#look(asValue);
    this.#position++;
    return token;
  }

  parse(): LabelSelectorTerms {
    const terms: LabelRequirement[] = [];
    for (;;) {
      const token = this.#look(true);
      if (token.type === 'identifier' || token.type === '!') {
        try {
          terms.push(this.#requirement());
        } catch (error) {
          throw new Error(`unable to parse requirement: ${(error as Error).message}`);
        }
        const next = this.#take(false);
        if (next.type === 'end') break;
        if (next.type !== ',') throw new Error(`found '${next.text}', expected: ',' or 'end of string'`);
        const after = this.#look(true);
        if (after.type !== 'identifier' && after.type !== '!') {
          throw new Error(`found '${after.text}', expected: identifier after ','`);
        }
      } else if (token.type === 'end') {
        break;
      } else {
        throw new Error(`found '${token.text}', expected: !, identifier, or 'end of string'`);
      }
    }
    return terms.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  }

  #requirement(): LabelRequirement {
    let exists: 'exists' | '!' | undefined;
    if (this.#look(true).type === '!') {
      this.#take(true);
      exists = '!';
    }
    const key = this.#take(true);
    if (key.type !== 'identifier') throw new Error(`found '${key.text}', expected: identifier`);
    checkKey(key.text);
    const after = this.#look(false);
    if (after.type === 'end' || after.type === ',') exists ??= 'exists';
    if (exists !== undefined) return { key: key.text, operator: exists, values: [] };
    const operator = this.#operator();
    const values = operator === 'in' || operator === 'notin' ? this.#values() : [this.#value()];
    return checked({ key: key.text, operator, values });
  }

  #operator(): LabelOperator {
    const token = this.#take(false);
    switch (token.type) {
      case '=':
      case '==':
        return '=';
      case '!=':
      case 'in':
      case 'notin':
        return token.type;
      case '>':
        return 'gt';
      case '<':
        return 'lt';
      default:
        throw new Error(`found '${token.text}', expected: in, notin, =, ==, !=, gt, lt`);
    }
  }

  #value(): string {
    const next = this.#look(true);
    if (next.type === 'end' || next.type === ',') return '';
    const token = this.#take(true);
    if (token.type !== 'identifier') throw new Error(`found '${token.text}', expected: identifier`);
    return token.text;
  }

  #values(): string[] {
    const open = this.#take(true);
    if (open.type !== '(') throw new Error(`found '${open.text}' expected: '('`);
    const values = new Set<string>();
    const first = this.#look(true);
    if (first.type !== 'identifier' && first.type !== ',' && first.type !== ')') {
      throw new Error(`found '${first.text}', expected: ',', ')' or identifier`);
    }
    if (first.type === ')') {
      this.#take(true);
      return [''];
    }
    for (;;) {
      const token = this.#take(true);
      if (token.type === 'identifier') {
        values.add(token.text);
        const next = this.#look(true);
        if (next.type === ',') continue;
        if (next.type === ')') {
          this.#take(true);
          return [...values].sort();
        }
        throw new Error(`found '${next.text}', expected: ',' or ')'`);
      }
      if (token.type === ',') {
        if (values.size === 0) values.add('');
        const next = this.#look(true);
        if (next.type === ')') {
          values.add('');
          this.#take(true);
          return [...values].sort();
        }
        if (next.type === ',') {
          this.#take(true);
          values.add('');
        }
        continue;
      }
      throw new Error(`found '${token.text}', expected: ',', or identifier`);
    }
  }
}

function checkKey(key: string): void {
  const faults = qualifiedName(key);
  if (faults.length > 0) throw new Error(fieldErrorsText([invalid('key', key, faults.join('; '))]));
}

function checked(requirement: LabelRequirement): LabelRequirement {
  const errors: FieldErrors = requirement.values.flatMap((value, index) => {
    const path = `values[${index}]`;
    if ((requirement.operator === 'gt' || requirement.operator === 'lt') && !/^[+-]?\d+$/.test(value)) {
      return [invalid(path, value, "for 'Gt', 'Lt' operators, the value must be an integer")];
    }
    const faults = labelValue(value);
    return faults.length === 0 ? [] : [invalid(`values[${index}][${requirement.key}]`, value, faults.join('; '))];
  });
  if (errors.length > 0) throw new Error(fieldErrorsText(errors));
  return requirement;
}
