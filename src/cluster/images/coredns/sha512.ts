// SHA-512 of a short text: CoreDNS prints it for its running configuration. Once per start, so plain big integers do. Models: FIPS 180-4

const MASK = (1n << 64n) - 1n;

/** The integer n-th root. */
function root(value: bigint, n: bigint): bigint {
  let low = 0n;
  let high = 1n << 80n;
  while (low < high) {
    const middle = (low + high + 1n) >> 1n;
    if (middle ** n <= value) low = middle;
    else high = middle - 1n;
  }
  return low;
}

const primes: bigint[] = [];
for (let n = 2n; primes.length < 80; n++) if (primes.every((prime) => n % prime !== 0n)) primes.push(n);

let constants: { readonly rounds: readonly bigint[]; readonly start: readonly bigint[] } | undefined;

function constantsOf() {
  constants ??= {
    rounds: primes.map((prime) => root(prime << 192n, 3n) & MASK),
    start: primes.slice(0, 8).map((prime) => root(prime << 128n, 2n) & MASK),
  };
  return constants;
}

const rotate = (word: bigint, bits: bigint) => ((word >> bits) | (word << (64n - bits))) & MASK;

/** Hexadecimal digest of the text as UTF-8. */
export function sha512(text: string): string {
  const { rounds, start } = constantsOf();
  const bytes = [...unescape(encodeURIComponent(text))].map((character) => character.charCodeAt(0));
  const length = bytes.length;
  bytes.push(0x80);
  while (bytes.length % 128 !== 112) bytes.push(0);
  const tail = BigInt(length) * 8n;
  for (let shift = 120n; shift >= 0n; shift -= 8n) bytes.push(Number((tail >> shift) & 255n));
  let state = [...start];
  for (let block = 0; block < bytes.length; block += 128) state = digest(state, bytes.slice(block, block + 128), rounds);
  return state.map((word) => word.toString(16).padStart(16, '0')).join('');
}

function digest(state: readonly bigint[], block: readonly number[], rounds: readonly bigint[]): bigint[] {
  const words: bigint[] = [];
  for (let i = 0; i < 128; i += 8) words.push(block.slice(i, i + 8).reduce((word, byte) => (word << 8n) | BigInt(byte), 0n));
  for (let i = 16; i < 80; i++) {
    const early = words[i - 15]!;
    const late = words[i - 2]!;
    const s0 = rotate(early, 1n) ^ rotate(early, 8n) ^ (early >> 7n);
    const s1 = rotate(late, 19n) ^ rotate(late, 61n) ^ (late >> 6n);
    words.push((words[i - 16]! + s0 + words[i - 7]! + s1) & MASK);
  }
  let [a, b, c, d, e, f, g, h] = state as [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];
  for (let i = 0; i < 80; i++) {
    const s1 = rotate(e, 14n) ^ rotate(e, 18n) ^ rotate(e, 41n);
    const first = (h + s1 + ((e & f) ^ (~e & MASK & g)) + rounds[i]! + words[i]!) & MASK;
    const s0 = rotate(a, 28n) ^ rotate(a, 34n) ^ rotate(a, 39n);
    const second = (s0 + ((a & b) ^ (a & c) ^ (b & c))) & MASK;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) & MASK, c, b, a, (first + second) & MASK];
  }
  return [a, b, c, d, e, f, g, h].map((word, i) => (word + state[i]!) & MASK);
}
