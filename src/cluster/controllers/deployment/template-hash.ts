// `pod-template-hash`: a 32-bit FNV-1a over the pod template, written with letters that make no words.
// Models: kubernetes v1.37 pkg/controller/controller_utils.go ComputeHash, apimachinery util/rand SafeEncodeString
// Simplified: the real hash runs over Go's dump of the struct; ours over the same data in another form, so the letters differ.
import { memoByIdentity } from '../../apimachinery/memo.ts';
import type { PodTemplate } from '../../kinds/pod/types.ts';

const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;

function text(hash: number, value: string): number {
  let h = hash;
  for (let i = 0; i < value.length; i++) h = Math.imul(h ^ value.charCodeAt(i), PRIME);
  return Math.imul(h ^ 0xff, PRIME);
}

/** Fields in alphabetical order; undefined fields do not count. */
function walk(hash: number, value: unknown): number {
  if (Array.isArray(value)) {
    let h = text(hash, '[');
    for (const item of value) h = walk(h, item);
    return text(h, ']');
  }
  if (typeof value !== 'object' || value === null) return text(hash, `${typeof value} ${String(value)}`);
  let h = text(hash, '{');
  const fields = value as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(fields).sort()) if (fields[name] !== undefined) h = walk(text(h, name), fields[name]);
  return text(h, '}');
}

const hashOf = memoByIdentity((template: PodTemplate) => walk(OFFSET, template));

export function templateHash(template: PodTemplate, collisionCount: number | undefined): string {
  const hash = hashOf(template);
  return safeEncoded(String((collisionCount === undefined ? hash : text(hash, String(collisionCount))) >>> 0));
}

function safeEncoded(digits: string): string {
  let out = '';
  for (let i = 0; i < digits.length; i++) out += ALPHABET[digits.charCodeAt(i) % ALPHABET.length];
  return out;
}
