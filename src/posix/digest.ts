// Checksums of text as its UTF-8 bytes: MD5, SHA-1, SHA-256, SHA-512. Models: RFC 1321, FIPS 180-4.

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Message, 0x80, zeros, length in bits. */
function padded(bytes: Uint8Array, block: number, lengthBytes: number, littleEndian: boolean): DataView {
  const size = Math.ceil((bytes.length + 1 + lengthBytes) / block) * block;
  const result = new Uint8Array(size);
  result.set(bytes);
  result[bytes.length] = 0x80;
  const view = new DataView(result.buffer);
  const bits = bytes.length * 8;
  const high = Math.floor(bits / 2 ** 32);
  if (littleEndian) {
    view.setUint32(size - 8, bits >>> 0, true);
    view.setUint32(size - 4, high, true);
  } else {
    view.setUint32(size - 4, bits >>> 0);
    view.setUint32(size - 8, high);
  }
  return view;
}

const hex32 = (word: number) => (word >>> 0).toString(16).padStart(8, '0');
const rotateLeft = (word: number, count: number) => (word << count) | (word >>> (32 - count));
const rotateRight = (word: number, count: number) => (word >>> count) | (word << (32 - count));

export function md5(bytes: Uint8Array): string {
  const shifts = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
  const view = padded(bytes, 64, 8, true);
  let [a0, b0, c0, d0] = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
  for (let at = 0; at < view.byteLength; at += 64) {
    let [a, b, c, d] = [a0, b0, c0, d0];
    for (let round = 0; round < 64; round++) {
      const group = round >> 4;
      const mixed = group === 0 ? (b & c) | (~b & d) : group === 1 ? (d & b) | (~d & c) : group === 2 ? b ^ c ^ d : c ^ (b | ~d);
      const index = group === 0 ? round : group === 1 ? (5 * round + 1) & 15 : group === 2 ? (3 * round + 5) & 15 : (7 * round) & 15;
      const constant = Math.floor(Math.abs(Math.sin(round + 1)) * 2 ** 32);
      const sum = (mixed + a + constant + view.getUint32(at + index * 4, true)) | 0;
      [a, d, c, b] = [d, c, b, (b + rotateLeft(sum, shifts[group * 4 + (round & 3)] as number)) | 0];
    }
    [a0, b0, c0, d0] = [(a0 + a) | 0, (b0 + b) | 0, (c0 + c) | 0, (d0 + d) | 0];
  }
  const swap = (word: number) => ((word & 255) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
  return [a0, b0, c0, d0].map((word) => hex32(swap(word))).join('');
}

export function sha1(bytes: Uint8Array): string {
  const view = padded(bytes, 64, 8, false);
  let [h0, h1, h2, h3, h4] = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
  const words = new Int32Array(80);
  for (let at = 0; at < view.byteLength; at += 64) {
    for (let index = 0; index < 80; index++) {
      words[index] =
        index < 16
          ? view.getInt32(at + index * 4)
          : rotateLeft((words[index - 3]! ^ words[index - 8]! ^ words[index - 14]! ^ words[index - 16]!) | 0, 1);
    }
    let [a, b, c, d, e] = [h0, h1, h2, h3, h4];
    for (let round = 0; round < 80; round++) {
      const [mixed, constant] =
        round < 20
          ? [(b & c) | (~b & d), 0x5a827999]
          : round < 40
            ? [b ^ c ^ d, 0x6ed9eba1]
            : round < 60
              ? [(b & c) | (b & d) | (c & d), 0x8f1bbcdc]
              : [b ^ c ^ d, 0xca62c1d6];
      const sum = (rotateLeft(a, 5) + mixed + e + constant + words[round]!) | 0;
      [e, d, c, b, a] = [d, c, rotateLeft(b, 30), a, sum];
    }
    [h0, h1, h2, h3, h4] = [(h0 + a) | 0, (h1 + b) | 0, (h2 + c) | 0, (h3 + d) | 0, (h4 + e) | 0];
  }
  return [h0, h1, h2, h3, h4].map(hex32).join('');
}

/** The first `count` primes. */
function primes(count: number): readonly number[] {
  const found: number[] = [];
  for (let candidate = 2; found.length < count; candidate++) if (found.every((prime) => candidate % prime !== 0)) found.push(candidate);
  return found;
}

/** Fractional bits of a root of a prime, exactly: floor(prime^(1/degree) · 2^bits) mod 2^bits. */
function rootBits(prime: number, degree: bigint, bits: bigint): bigint {
  const target = BigInt(prime) << (bits * degree);
  let low = 0n;
  let high = BigInt(prime + 1) << bits;
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** degree <= target) low = middle;
    else high = middle;
  }
  return low & ((1n << bits) - 1n);
}

let tables256: { readonly start: readonly number[]; readonly constants: Int32Array } | undefined;

export function sha256(bytes: Uint8Array): string {
  tables256 ??= {
    start: primes(8).map((prime) => Number(rootBits(prime, 2n, 32n))),
    constants: Int32Array.from(primes(64).map((prime) => Number(rootBits(prime, 3n, 32n)) | 0)),
  };
  const { constants } = tables256;
  const view = padded(bytes, 64, 8, false);
  const hash = Int32Array.from(tables256.start.map((word) => word | 0));
  const words = new Int32Array(64);
  for (let at = 0; at < view.byteLength; at += 64) {
    for (let index = 0; index < 64; index++) {
      if (index < 16) {
        words[index] = view.getInt32(at + index * 4);
        continue;
      }
      const [x, y] = [words[index - 15]!, words[index - 2]!];
      words[index] =
        (words[index - 16]! +
          (rotateRight(x, 7) ^ rotateRight(x, 18) ^ (x >>> 3)) +
          words[index - 7]! +
          (rotateRight(y, 17) ^ rotateRight(y, 19) ^ (y >>> 10))) |
        0;
    }
    let [a, b, c, d, e, f, g, h] = hash as unknown as [number, number, number, number, number, number, number, number];
    for (let round = 0; round < 64; round++) {
      const first =
        (h + (rotateRight(e, 6) ^ rotateRight(e, 11) ^ rotateRight(e, 25)) + ((e & f) ^ (~e & g)) + constants[round]! + words[round]!) | 0;
      const second = ((rotateRight(a, 2) ^ rotateRight(a, 13) ^ rotateRight(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
    }
    for (const [index, word] of [a, b, c, d, e, f, g, h].entries()) hash[index] = hash[index]! + word;
  }
  return [...hash].map(hex32).join('');
}

const mask64 = (1n << 64n) - 1n;

export function sha512(bytes: Uint8Array): string {
  const constants = primes(80).map((prime) => rootBits(prime, 3n, 64n));
  let hash = primes(8).map((prime) => rootBits(prime, 2n, 64n));
  const view = padded(bytes, 128, 16, false);
  const rotate = (word: bigint, count: bigint) => ((word >> count) | (word << (64n - count))) & mask64;
  for (let at = 0; at < view.byteLength; at += 128) {
    const words: bigint[] = [];
    for (let index = 0; index < 80; index++) {
      if (index < 16) {
        words.push(view.getBigUint64(at + index * 8));
        continue;
      }
      const [x, y] = [words[index - 15]!, words[index - 2]!];
      words.push(
        (words[index - 16]! +
          (rotate(x, 1n) ^ rotate(x, 8n) ^ (x >> 7n)) +
          words[index - 7]! +
          (rotate(y, 19n) ^ rotate(y, 61n) ^ (y >> 6n))) &
          mask64,
      );
    }
    let [a, b, c, d, e, f, g, h] = hash as [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];
    for (let round = 0; round < 80; round++) {
      const first =
        (h + (rotate(e, 14n) ^ rotate(e, 18n) ^ rotate(e, 41n)) + ((e & f) ^ (~e & mask64 & g)) + constants[round]! + words[round]!) &
        mask64;
      const second = ((rotate(a, 28n) ^ rotate(a, 34n) ^ rotate(a, 39n)) + ((a & b) ^ (a & c) ^ (b & c))) & mask64;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) & mask64, c, b, a, (first + second) & mask64];
    }
    hash = [a, b, c, d, e, f, g, h].map((word, index) => (word + hash[index]!) & mask64);
  }
  return hash.map((word) => word.toString(16).padStart(16, '0')).join('');
}
