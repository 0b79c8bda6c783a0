// IPv4 addresses and prefixes as numbers, because every packet compares them with routes and rules.
// Simplified: the pod network is IPv4 only, as a single-stack minikube cluster is.

const known = new Map<string, number>();

/** The address as an unsigned 32-bit number, or -1 when it is no IPv4 address. */
export function ipv4(text: string): number {
  const before = known.get(text);
  if (before !== undefined) return before;
  const value = parse(text);
  if (known.size > 200_000) known.clear();
  known.set(text, value);
  return value;
}

function parse(text: string): number {
  const parts = text.split('.');
  if (parts.length !== 4) return -1;
  let value = 0;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part)) return -1;
    const byte = Number(part);
    if (byte > 255) return -1;
    value = value * 256 + byte;
  }
  return value;
}

export function ipv4Text(value: number): string {
  return `${(value >>> 24) & 255}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

export interface Prefix {
  /** As written, `10.244.0.0/16`. */
  readonly text: string;
  readonly base: number;
  readonly bits: number;
}

/** A CIDR, or a bare address as /32; undefined when it is neither. */
export function prefix(text: string): Prefix | undefined {
  const slash = text.indexOf('/');
  const address = ipv4(slash < 0 ? text : text.slice(0, slash));
  const bits = slash < 0 ? 32 : Number(text.slice(slash + 1));
  if (address < 0 || !Number.isInteger(bits) || bits < 0 || bits > 32) return undefined;
  const base = bits === 0 ? 0 : (address & (-1 << (32 - bits))) >>> 0;
  return { text, base, bits };
}

/** True when the address (a number of `ipv4`) lies in the prefix. */
export function within(address: number, range: Prefix): boolean {
  if (address < 0) return false;
  return range.bits === 0 || (address & (-1 << (32 - range.bits))) >>> 0 === range.base;
}

const LOOPBACK = prefix('127.0.0.0/8')!;

export function isLoopback(ip: string): boolean {
  return within(ipv4(ip), LOOPBACK);
}

/** The n-th address of a prefix as text: 1 of `10.244.0.0/24` is `10.244.0.1`. */
export function nthAddress(range: Prefix, n: number): string {
  return ipv4Text(range.base + n);
}
