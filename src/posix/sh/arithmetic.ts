// Arithmetic expansion: C's operators on 64-bit integers, variables by name, assignments.
// Simplified: numbers are exact up to 2^53; larger products wrap as 64-bit two's complement.

export interface Variables {
  get(name: string, index?: string): string | undefined;
  set(name: string, value: string, index?: string): void;
}

export class ArithmeticError extends Error {}

const tokens =
  /\s*(0[xX][0-9a-fA-F]+|\d+#[0-9a-zA-Z]+|\d+|[A-Za-z_][A-Za-z0-9_]*|<<=|>>=|\*\*|\+\+|--|&&|\|\||<<|>>|<=|>=|==|!=|[-+*/%&^|]=|[-+*/%()<>=!~&^|?:,[\]])/y;

const binary: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!='],
  ['<', '>', '<=', '>='],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
  ['**'],
];

export function evaluate(text: string, variables: Variables, depth = 0): number {
  if (text.trim() === '') return 0;
  if (depth > 64) throw new ArithmeticError(`${text}: expression recursion level exceeded (error token is "${text}")`);
  const reader = new Reader(text, variables, depth);
  const value = reader.comma();
  reader.end();
  return value;
}

class Reader {
  readonly #text: string;
  readonly #variables: Variables;
  readonly #depth: number;
  #tokens: string[] = [];
  #at = 0;
  /** Inside the branch not taken of `?:`, `&&`, `||`: nothing is assigned. */
  #idle = 0;

  constructor(text: string, variables: Variables, depth: number) {
    this.#text = text;
    this.#variables = variables;
    this.#depth = depth;
    tokens.lastIndex = 0;
    let at = 0;
    while (at < text.length) {
      tokens.lastIndex = at;
      const match = tokens.exec(text);
      if (match === null) {
        if (text.slice(at).trim() === '') break;
        throw new ArithmeticError(`${text}: syntax error: operand expected (error token is "${text.slice(at).trim()}")`);
      }
      this.#tokens.push(match[1] as string);
      at = tokens.lastIndex;
    }
  }

  #peek(): string | undefined {
    return this.#tokens[this.#at];
  }

  #fail(what: string): ArithmeticError {
    return new ArithmeticError(`${this.#text}: syntax error: ${what} (error token is "${this.#tokens.slice(this.#at).join(' ')}")`);
  }

  end(): void {
    if (this.#at < this.#tokens.length) throw this.#fail('invalid arithmetic operator');
  }

  comma(): number {
    let value = this.#assignment();
    while (this.#peek() === ',') {
      this.#at++;
      value = this.#assignment();
    }
    return value;
  }

  #assignment(): number {
    const start = this.#at;
    const name = this.#peek();
    if (name !== undefined && /^[A-Za-z_]/.test(name)) {
      this.#at++;
      const index = this.#index();
      const operator = this.#peek();
      if (operator !== undefined && /^(?:=|[-+*/%&^|]=|<<=|>>=)$/.test(operator)) {
        this.#at++;
        const right = this.#assignment();
        const value = operator === '=' ? right : apply(operator.slice(0, -1), this.#read(name, index), right);
        if (this.#idle === 0) this.#variables.set(name, String(value), index);
        return value;
      }
      this.#at = start;
    }
    return this.#ternary();
  }

  #index(): string | undefined {
    if (this.#peek() !== '[') return undefined;
    this.#at++;
    const value = this.comma();
    if (this.#peek() !== ']') throw this.#fail("missing `]'");
    this.#at++;
    return String(value);
  }

  #ternary(): number {
    const test = this.#binary(0);
    if (this.#peek() !== '?') return test;
    this.#at++;
    if (test === 0) this.#idle++;
    const yes = this.comma();
    if (test === 0) this.#idle--;
    if (this.#peek() !== ':') throw this.#fail("`:' expected for conditional expression");
    this.#at++;
    if (test !== 0) this.#idle++;
    const no = this.#ternary();
    if (test !== 0) this.#idle--;
    return test !== 0 ? yes : no;
  }

  #binary(level: number): number {
    const operators = binary[level];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const operator = this.#peek();
      if (operator === undefined || !operators.includes(operator)) return left;
      this.#at++;
      const idle = (operator === '&&' && left === 0) || (operator === '||' && left !== 0);
      if (idle) this.#idle++;
      const right = operator === '**' ? this.#binary(level) : this.#binary(level + 1);
      if (idle) this.#idle--;
      if ((operator === '/' || operator === '%') && right === 0) {
        if (this.#idle > 0) return 0;
        throw new ArithmeticError(`${this.#text}: division by 0 (error token is "${this.#tokens[this.#at - 1]}")`);
      }
      left = apply(operator, left, right);
    }
  }

  #unary(): number {
    const token = this.#peek();
    if (token === '+' || token === '-' || token === '!' || token === '~') {
      this.#at++;
      const value = this.#unary();
      return token === '-' ? -value : token === '!' ? Number(value === 0) : token === '~' ? ~value : value;
    }
    if (token === '++' || token === '--') {
      this.#at++;
      const name = this.#peek();
      if (name === undefined || !/^[A-Za-z_]/.test(name)) throw this.#fail('operand expected');
      this.#at++;
      const index = this.#index();
      const value = this.#read(name, index) + (token === '++' ? 1 : -1);
      if (this.#idle === 0) this.#variables.set(name, String(value), index);
      return value;
    }
    return this.#primary();
  }

  #primary(): number {
    const token = this.#peek();
    if (token === undefined) throw this.#fail('operand expected');
    this.#at++;
    if (token === '(') {
      const value = this.comma();
      if (this.#peek() !== ')') throw this.#fail("missing `)'");
      this.#at++;
      return value;
    }
    if (/^\d/.test(token)) return this.#number(token);
    if (!/^[A-Za-z_]/.test(token)) {
      this.#at--;
      throw this.#fail('operand expected');
    }
    const index = this.#index();
    const value = this.#read(token, index);
    const next = this.#peek();
    if (next === '++' || next === '--') {
      this.#at++;
      if (this.#idle === 0) this.#variables.set(token, String(value + (next === '++' ? 1 : -1)), index);
    }
    return value;
  }

  #number(token: string): number {
    const based = /^(\d+)#(.+)$/.exec(token);
    if (based !== null) return Number.parseInt(based[2] as string, Number(based[1]));
    if (/^0[xX]/.test(token)) return Number.parseInt(token, 16);
    if (/^0\d/.test(token)) {
      if (/[89]/.test(token)) throw new ArithmeticError(`${token}: value too great for base (error token is "${token}")`);
      return Number.parseInt(token, 8);
    }
    return Number(token);
  }

  #read(name: string, index: string | undefined): number {
    const text = this.#variables.get(name, index);
    if (text === undefined || text === '') return 0;
    if (/^-?(?:0|[1-9]\d*)$/.test(text)) return Number(text);
    return evaluate(text, this.#variables, this.#depth + 1);
  }
}

function apply(operator: string, left: number, right: number): number {
  switch (operator) {
    case '+':
      return wrap(left + right);
    case '-':
      return wrap(left - right);
    case '*':
      return Number.isSafeInteger(left * right) ? left * right : Number(BigInt.asIntN(64, BigInt(left) * BigInt(right)));
    case '/':
      return Math.trunc(left / right);
    case '%':
      return left % right;
    case '**':
      return Number(BigInt.asIntN(64, BigInt(left) ** BigInt(Math.max(0, right))));
    case '<<':
      return Number(BigInt.asIntN(64, BigInt(left) << BigInt(right & 63)));
    case '>>':
      return Number(BigInt.asIntN(64, BigInt(left) >> BigInt(right & 63)));
    case '&':
      return Number(BigInt(left) & BigInt(right));
    case '|':
      return Number(BigInt(left) | BigInt(right));
    case '^':
      return Number(BigInt(left) ^ BigInt(right));
    case '==':
      return Number(left === right);
    case '!=':
      return Number(left !== right);
    case '<':
      return Number(left < right);
    case '>':
      return Number(left > right);
    case '<=':
      return Number(left <= right);
    case '>=':
      return Number(left >= right);
    case '&&':
      return Number(left !== 0 && right !== 0);
    default:
      return Number(left !== 0 || right !== 0);
  }
}

function wrap(value: number): number {
  return Number.isSafeInteger(value) ? value + 0 : Number(BigInt.asIntN(64, BigInt(value)));
}
