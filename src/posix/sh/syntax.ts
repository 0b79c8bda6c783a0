// The shape of a parsed shell script. Models: POSIX.1-2024 Shell Command Language, with the bash forms people type.

/** A word is the concatenation of its parts; an unquoted part is split into fields and globbed after expansion. */
export type Word = readonly Part[];

export type Part =
  | { readonly kind: 'text'; readonly text: string; readonly quoted: boolean }
  | Parameter
  | { readonly kind: 'command'; readonly script: Script; readonly quoted: boolean }
  | { readonly kind: 'arithmetic'; readonly expression: Word; readonly quoted: boolean };

export interface Parameter {
  readonly kind: 'parameter';
  /** A name, a digit, or one of `@*#?-$!`. */
  readonly name: string;
  /** `:-` `-` `:=` `=` `:?` `?` `:+` `+` `%` `%%` `#` `##` `/` `//` `:` (substring) `^` `^^` `,` `,,`. */
  readonly operator?: string;
  readonly argument?: Word;
  /** Replacement of `/` and `//`, length of `:`. */
  readonly second?: Word;
  /** `${#name}`. */
  readonly length?: boolean;
  /** `${!name}`. */
  readonly indirect?: boolean;
  /** `${name[index]}`; `@` and `*` for all. */
  readonly index?: Word;
  readonly quoted: boolean;
}

export interface Script {
  readonly items: readonly ListItem[];
}

export interface ListItem {
  readonly command: AndOr;
  readonly background: boolean;
  readonly line: number;
  /** As it was written, for messages about jobs. */
  readonly text: string;
}

export interface AndOr {
  readonly first: Pipeline;
  readonly rest: readonly { readonly operator: '&&' | '||'; readonly pipeline: Pipeline }[];
}

export interface Pipeline {
  readonly negated: boolean;
  readonly timed: boolean;
  readonly commands: readonly Command[];
}

export interface Redirect {
  readonly fd: number;
  readonly operator: '<' | '>' | '>>' | '>|' | '<&' | '>&' | '&>' | '&>>' | '<<' | '<<<' | '<>';
  readonly target: Word;
}

export interface Assignment {
  readonly name: string;
  readonly append: boolean;
  readonly index?: Word;
  readonly value: Word | { readonly array: readonly Word[] };
}

export type Command =
  | {
      readonly kind: 'simple';
      readonly assignments: readonly Assignment[];
      readonly words: readonly Word[];
      readonly redirects: readonly Redirect[];
      readonly line: number;
    }
  | Compound;

export type Compound = { readonly redirects: readonly Redirect[]; readonly line: number } & (
  | { readonly kind: 'group' | 'subshell'; readonly body: Script }
  | { readonly kind: 'if'; readonly branches: readonly { readonly test: Script; readonly body: Script }[]; readonly otherwise?: Script }
  | { readonly kind: 'loop'; readonly until: boolean; readonly test: Script; readonly body: Script }
  | { readonly kind: 'for'; readonly name: string; readonly words?: readonly Word[]; readonly body: Script }
  | { readonly kind: 'for-arithmetic'; readonly parts: readonly [Word, Word, Word]; readonly body: Script }
  | {
      readonly kind: 'case';
      readonly word: Word;
      readonly branches: readonly { readonly patterns: readonly Word[]; readonly body: Script; readonly ending: ';;' | ';&' | ';;&' }[];
    }
  | { readonly kind: 'function'; readonly name: string; readonly body: Command }
  | { readonly kind: 'condition'; readonly words: readonly (Word | string)[] }
  | { readonly kind: 'arithmetic'; readonly expression: Word }
);

/** A syntax error. `incomplete`: the text ended where more has to come, so an interactive shell asks for another line. */
export class ShellSyntaxError extends Error {
  readonly incomplete: boolean;
  readonly line: number;
  /** What was found: a token, `newline`, or `end of file`. */
  readonly found: string;
  /** What was looked for: a closing quote or keyword. */
  readonly expected: string | undefined;
  constructor(found: string, line: number, options: { readonly incomplete?: boolean; readonly expected?: string } = {}) {
    super(`unexpected ${found}`);
    this.found = found;
    this.line = line;
    this.incomplete = options.incomplete ?? false;
    this.expected = options.expected;
  }
}
