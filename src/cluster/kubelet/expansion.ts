// `$(VAR)` references in env values, command, args and subPathExpr.
// Models: kubernetes v1.37 third_party/forked/golang/expansion/expand.go

/** Replaces `$(NAME)`; `$$` is one `$`; what `lookup` does not know stays as written. */
export function expand(text: string, lookup: (name: string) => string | undefined): string {
  if (!text.includes('$')) return text;
  let out = '';
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (char !== '$' || at + 1 >= text.length) {
      out += char;
      continue;
    }
    const next = text[at + 1]!;
    if (next === '$') {
      out += '$';
      at++;
      continue;
    }
    const end = next === '(' ? text.indexOf(')', at + 2) : -1;
    if (end < 0) {
      // An unterminated reference and a lone operator stay.
      out += next === '(' ? '$(' : char + next;
      at++;
      continue;
    }
    const name = text.slice(at + 2, end);
    out += lookup(name) ?? `$(${name})`;
    at = end;
  }
  return out;
}
