// The Corefile: server blocks of plugins with their arguments and options, and what CoreDNS says when it cannot read one.
// Simplified: imports, snippets and environment variables are not expanded. Models: coredns 1.14.6, coredns/caddy caddyfile

/** One line of a plugin's block. */
export interface Directive {
  readonly name: string;
  readonly args: readonly string[];
  readonly options: readonly Directive[];
  readonly line: number;
}

export interface ServerBlock {
  /** `.:53`, `example.org`. */
  readonly keys: readonly string[];
  readonly directives: readonly Directive[];
}

export class CorefileError extends Error {}

/** Every plugin the real binary knows; what is not modelled here is accepted and does nothing. */
const KNOWN = new Set(
  (
    'root metadata geoip cancel tls quic timeouts multisocket reload nsid bufsize bind debug trace ready health pprof prometheus errors ' +
    'log dnstap local dns64 acl any chaos loadbalance tsig cache rewrite header dnssec autopath minimal template transfer hosts route53 ' +
    'azure clouddns k8s_external kubernetes file auto secondary etcd loop forward grpc erratic whoami on sign view nomad'
  ).split(' '),
);

interface Token {
  readonly text: string;
  readonly line: number;
}

export function parseCorefile(text: string, file: string): ServerBlock[] {
  return new Parser(tokens(text), file).blocks();
}

function tokens(text: string): Token[] {
  const found: Token[] = [];
  text.split('\n').forEach((content, i) => {
    for (const [word, quoted] of content.matchAll(/"((?:[^"\\]|\\.)*)"|#.*$|\S+/g)) {
      if (word.startsWith('#')) break;
      found.push({ text: quoted === undefined ? word : quoted.replaceAll('\\"', '"'), line: i + 1 });
    }
  });
  return found;
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #file: string;
  #at = 0;

  constructor(all: readonly Token[], file: string) {
    this.#tokens = all;
    this.#file = file;
  }

  blocks(): ServerBlock[] {
    const found: ServerBlock[] = [];
    while (this.#at < this.#tokens.length) found.push(this.#block());
    return found;
  }

  #block(): ServerBlock {
    const keys: string[] = [];
    const line = this.#tokens[this.#at]!.line;
    let braces = false;
    while (this.#at < this.#tokens.length) {
      const token = this.#tokens[this.#at]!;
      if (token.text === '{') {
        braces = true;
        this.#at++;
        break;
      }
      if (token.line !== line && keys.length > 0 && !keys[keys.length - 1]!.endsWith(',')) break;
      keys.push(token.text);
      this.#at++;
    }
    const directives = this.#directives(braces, true);
    return { keys: keys.map((key) => key.replace(/,$/, '')), directives };
  }

  #directives(braces: boolean, top: boolean): Directive[] {
    const found: Directive[] = [];
    while (this.#at < this.#tokens.length) {
      const { text, line } = this.#tokens[this.#at]!;
      if (text === '}') {
        if (!braces) throw this.#error(line, "Unexpected '}' because no matching opening brace");
        this.#at++;
        return found;
      }
      if (top && !KNOWN.has(text)) throw this.#error(line, `Unknown directive '${text}'`);
      this.#at++;
      found.push(this.#directive(text, line));
    }
    if (braces) throw this.#error(this.#tokens[this.#tokens.length - 1]!.line, 'Unexpected EOF');
    return found;
  }

  #directive(name: string, line: number): Directive {
    const args: string[] = [];
    while (this.#at < this.#tokens.length && this.#tokens[this.#at]!.line === line) {
      const { text } = this.#tokens[this.#at]!;
      if (text === '}') break;
      this.#at++;
      if (text === '{') return { name, args, options: this.#directives(true, false), line };
      args.push(text);
    }
    return { name, args, options: [], line };
  }

  #error(line: number, message: string): CorefileError {
    return new CorefileError(`${this.#file}:${line} - Error during parsing: ${message}`);
  }
}
