// Field selectors: `status.phase=Running,metadata.name!=web`.
// Models: kubernetes v1.37 staging/src/k8s.io/apimachinery/pkg/fields/selector.go

export interface FieldRequirement {
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

export type FieldSelector = readonly FieldRequirement[];

/** @throws Error with the text of the real parser. */
export function parseFieldSelector(text: string): FieldSelector {
  const out: FieldRequirement[] = [];
  for (const term of splitTerms(text)) {
    if (term === '') continue;
    const match = /^((?:\\.|[^\\=!])*?)(==|=|!=)(.*)$/s.exec(term);
    if (match === null) throw new Error(`invalid selector: '${text}'; can't understand '${term}'`);
    out.push({ field: match[1]!, operator: match[2] === '!=' ? '!=' : '=', value: unescapeValue(match[3]!) });
  }
  return out;
}

function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let current = '';
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (char === '\\' && at + 1 < text.length) current += char + text[++at];
    else if (char === ',') {
      terms.push(current);
      current = '';
    } else current += char;
  }
  if (text !== '') terms.push(current);
  return terms;
}

function unescapeValue(value: string): string {
  if (!/[\\,=]/.test(value)) return value;
  let out = '';
  for (let at = 0; at < value.length; at++) {
    const char = value[at]!;
    if (char === '\\') {
      const next = value[++at];
      if (next === undefined || !'\\,='.includes(next)) {
        throw new Error(`invalid field selector: invalid escape sequence: ${next === undefined ? '\\' : `\\${next}`}`);
      }
      out += next;
    } else if (char === '=' || char === ',') throw new Error(`invalid field selector: unescaped character in value: ${char}`);
    else out += char;
  }
  return out;
}

export function formatFieldSelector(selector: FieldSelector): string {
  return selector.map(({ field, operator, value }) => `${field}${operator}${value.replace(/[\\,=]/g, (char) => `\\${char}`)}`).join(',');
}
