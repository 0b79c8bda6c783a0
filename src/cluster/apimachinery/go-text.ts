// How Go prints values into Kubernetes' messages: %q strings, %v maps and slices, encoding/json.
// Models: go strconv.Quote, fmt and encoding/json as apimachinery's errors use them

const NAMED_ESCAPES: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '"': '\\"',
  '\\': '\\\\',
};

/** Go's `%q` of a string. */
export function goQuote(text: string): string {
  let out = '"';
  for (const char of text) {
    const code = char.codePointAt(0)!;
    if (NAMED_ESCAPES[char] !== undefined) out += NAMED_ESCAPES[char];
    else if (code < 0x20 || code === 0x7f) out += '\\x' + code.toString(16).padStart(2, '0');
    else if ((code >= 0x80 && code < 0xa0) || code === 0xad || code === 0xa0) out += '\\u' + code.toString(16).padStart(4, '0');
    else out += char;
  }
  return out + '"';
}

function jsonString(text: string): string {
  return JSON.stringify(text).replace(/[<>&\u2028\u2029]/g, (char) => '\\u' + char.charCodeAt(0).toString(16).padStart(4, '0'));
}

/** `encoding/json.Marshal`: no spaces, `<`, `>` and `&` escaped; keys in the order of the object (Go struct order is the caller's business). */
export function goJson(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return jsonString(value);
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return '[' + value.map(goJson).join(',') + ']';
  const parts: string[] = [];
  for (const [key, field] of Object.entries(value)) if (field !== undefined) parts.push(jsonString(key) + ':' + goJson(field));
  return '{' + parts.join(',') + '}';
}

/** Go's `%v` of decoded JSON: `map[a:b c:[1 2]]` with sorted keys, `<nil>` for null. */
export function goValue(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (typeof value === 'number') return goNumber(value);
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return '[' + value.map(goValue).join(' ') + ']';
  const keys = Object.keys(value).sort();
  return 'map[' + keys.map((key) => key + ':' + goValue((value as Record<string, unknown>)[key])).join(' ') + ']';
}

function goNumber(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e21) return String(value);
  return String(value).replace(/e([+-]?)(\d)$/, (_all, sign: string, digit: string) => `e${sign || '+'}0${digit}`);
}
