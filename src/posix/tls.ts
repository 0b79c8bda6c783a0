// TLS between simulated programs, reduced to what can be seen: who the server says it is and who signed that. One hello each way, then
// the text of the connection as it is. Simplified: nothing is encrypted.

const mark = '\x16';

export interface ServerIdentity {
  readonly subject: string;
  readonly issuer: string;
  /** Names and addresses it is valid for. */
  readonly names: readonly string[];
}

/** First text of a client; `name` is the server name it wants. */
export function clientHello(name: string): string {
  return `${mark}client-hello ${name}\n`;
}

/** First text of a server's answer. */
export function serverHello(identity: ServerIdentity): string {
  return `${mark}server-hello ${JSON.stringify(identity)}\n`;
}

/** The name a client asked for and the text after its hello; undefined when the text is no hello. */
export function readClientHello(text: string): { readonly name: string; readonly rest: string } | undefined {
  const match = /^\x16client-hello ([^\n]*)\n/.exec(text);
  return match === null ? undefined : { name: match[1] as string, rest: text.slice(match[0].length) };
}

export function readServerHello(text: string): { readonly identity: ServerIdentity; readonly rest: string } | undefined {
  const match = /^\x16server-hello ([^\n]*)\n/.exec(text);
  return match === null ? undefined : { identity: JSON.parse(match[1] as string) as ServerIdentity, rest: text.slice(match[0].length) };
}
