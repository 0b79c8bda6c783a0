// SHA-256 and base32 of short texts, synchronous: kube-proxy names its chains after them. Models: FIPS 180-4, RFC 4648

const PRIMES: number[] = [];
for (let n = 2; PRIMES.length < 64; n++) if (PRIMES.every((prime) => n % prime !== 0)) PRIMES.push(n);

const fraction = (root: number) => ((root - Math.floor(root)) * 4294967296) >>> 0;
const ROUNDS = Uint32Array.from(PRIMES, (prime) => fraction(Math.cbrt(prime)));
const START = Uint32Array.from(PRIMES.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

const rotate = (word: number, bits: number) => (word >>> bits) | (word << (32 - bits));

/** The digest of a text of ASCII characters, 32 bytes. */
export function sha256(text: string): Uint8Array {
  const blocks = Math.ceil((text.length + 9) / 64);
  const bytes = new Uint8Array(blocks * 64);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  bytes[text.length] = 0x80;
  const view = new DataView(bytes.buffer);
  view.setUint32(bytes.length - 4, text.length * 8);
  const state = START.slice();
  const words = new Uint32Array(64);
  for (let block = 0; block < bytes.length; block += 64) digest(view, block, words, state);
  const out = new DataView(new ArrayBuffer(32));
  for (let i = 0; i < 8; i++) out.setUint32(i * 4, state[i]!);
  return new Uint8Array(out.buffer);
}

function digest(view: DataView, block: number, words: Uint32Array, state: Uint32Array): void {
  for (let i = 0; i < 16; i++) words[i] = view.getUint32(block + i * 4);
  for (let i = 16; i < 64; i++) {
    const early = words[i - 15]!;
    const late = words[i - 2]!;
    const s0 = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3);
    const s1 = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10);
    words[i] = words[i - 16]! + s0 + words[i - 7]! + s1;
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number];
  for (let i = 0; i < 64; i++) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const first = (h + s1 + ((e & f) ^ (~e & g)) + ROUNDS[i]! + words[i]!) | 0;
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const second = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  const turned = [a, b, c, d, e, f, g, h];
  for (let i = 0; i < 8; i++) state[i] = state[i]! + turned[i]!;
}

/** The first `length` characters of the base32 of a text's SHA-256. */
export function hashName(text: string, length: number): string {
  const bytes = sha256(text);
  let name = '';
  for (let i = 0; i < length; i++) {
    const bit = i * 5;
    const word = (bytes[bit >> 3]! << 8) | (bytes[(bit >> 3) + 1] ?? 0);
    name += BASE32[(word >> (11 - (bit & 7))) & 31];
  }
  return name;
}
