// The Redis serialization protocol. Models: redis 7.0, RESP2

export type Reply = string | number | null | { readonly error: string } | { readonly status: string } | readonly Reply[];

export function encode(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
}

export const bulk = (text: string | undefined): string => (text === undefined ? '$-1\r\n' : `$${text.length}\r\n${text}\r\n`);
export const status = (text: string): string => `+${text}\r\n`;
export const integer = (value: number): string => `:${value}\r\n`;
export const failure = (text: string): string => `-ERR ${text}\r\n`;
export const array = (items: readonly string[]): string => `*${items.length}\r\n${items.map(bulk).join('')}`;

/** One command: an array of words, or an inline line. Undefined while it is incomplete. */
export function decode(text: string): { readonly words: readonly string[]; readonly rest: string } | undefined {
  if (!text.startsWith('*')) {
    const end = text.indexOf('\n');
    if (end < 0) return undefined;
    return { words: text.slice(0, end).trim().split(/\s+/), rest: text.slice(end + 1) };
  }
  const reply = decodeReply(text);
  if (reply === undefined || !Array.isArray(reply.value)) return undefined;
  return { words: (reply.value as readonly Reply[]).map(String), rest: reply.rest };
}

export function decodeReply(text: string): { readonly value: Reply; readonly rest: string } | undefined {
  const end = text.indexOf('\r\n');
  if (end < 0) return undefined;
  const line = text.slice(1, end);
  const rest = text.slice(end + 2);
  switch (text[0]) {
    case '+':
      return { value: { status: line }, rest };
    case '-':
      return { value: { error: line }, rest };
    case ':':
      return { value: Number(line), rest };
    case '$': {
      const length = Number(line);
      if (length < 0) return { value: null, rest };
      return rest.length < length + 2 ? undefined : { value: rest.slice(0, length), rest: rest.slice(length + 2) };
    }
    case '*': {
      const items: Reply[] = [];
      let left = rest;
      for (let i = 0; i < Number(line); i++) {
        const item = decodeReply(left);
        if (item === undefined) return undefined;
        items.push(item.value);
        left = item.rest;
      }
      return { value: items, rest: left };
    }
    default:
      return { value: { error: 'ERR Protocol error' }, rest: '' };
  }
}

/** As redis-cli prints it; on a terminal with types and quotes. */
export function shown(reply: Reply, tty: boolean): string {
  if (reply === null) return tty ? '(nil)\n' : '\n';
  if (typeof reply === 'string') return tty ? `"${reply}"\n` : `${reply}\n`;
  if (typeof reply === 'number') return tty ? `(integer) ${reply}\n` : `${reply}\n`;
  if (Array.isArray(reply)) {
    const items = reply as readonly Reply[];
    if (items.length === 0) return tty ? '(empty array)\n' : '\n';
    return items.map((item, i) => (tty ? `${i + 1}) ${shown(item, tty)}` : shown(item, tty))).join('');
  }
  const special = reply as { readonly status?: string; readonly error?: string };
  return special.status !== undefined ? `${special.status}\n` : tty ? `(error) ${special.error}\n` : `${special.error}\n`;
}
