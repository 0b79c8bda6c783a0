// Brace expansion of bash: `a{b,c}d`, `{1..5}`, `{a..e..2}`; only unquoted braces count.
import type { Part, Word } from './syntax.ts';

/** One unit of a word: a plain unquoted character, or any other part kept whole. */
type Unit = string | Part;

export function expandBraces(word: Word): readonly Word[] {
  if (!word.some((part) => part.kind === 'text' && !part.quoted && part.text.includes('{'))) return [word];
  const units: Unit[] = word.flatMap((part): Unit[] => (part.kind === 'text' && !part.quoted ? [...part.text] : [part]));
  return expand(units).map(join);
}

function join(units: readonly Unit[]): Word {
  const parts: Part[] = [];
  let text = '';
  for (const unit of units) {
    if (typeof unit === 'string') {
      text += unit;
      continue;
    }
    if (text !== '') parts.push({ kind: 'text', text, quoted: false });
    text = '';
    parts.push(unit);
  }
  if (text !== '' || parts.length === 0) parts.push({ kind: 'text', text, quoted: parts.length === 0 });
  return parts;
}

function expand(units: readonly Unit[]): Unit[][] {
  for (let start = 0; start < units.length; start++) {
    if (units[start] !== '{') continue;
    const group = closing(units, start);
    if (group === undefined) continue;
    const choices = group.commas.length > 0 ? between(units, start, group) : sequence(units.slice(start + 1, group.end));
    if (choices === undefined) continue;
    const before = units.slice(0, start);
    const tails = expand(units.slice(group.end + 1));
    return choices.flatMap((choice) => expand(choice)).flatMap((middle) => tails.map((tail) => [...before, ...middle, ...tail]));
  }
  return [[...units]];
}

function closing(units: readonly Unit[], start: number): { readonly end: number; readonly commas: readonly number[] } | undefined {
  let depth = 0;
  const commas: number[] = [];
  for (let index = start; index < units.length; index++) {
    if (units[index] === '{') depth++;
    else if (units[index] === ',' && depth === 1) commas.push(index);
    else if (units[index] === '}' && --depth === 0) return { end: index, commas };
  }
  return undefined;
}

function between(units: readonly Unit[], start: number, group: { readonly end: number; readonly commas: readonly number[] }): Unit[][] {
  const bounds = [start, ...group.commas, group.end];
  return bounds.slice(1).map((bound, index) => units.slice((bounds[index] as number) + 1, bound));
}

function sequence(units: readonly Unit[]): Unit[][] | undefined {
  if (units.some((unit) => typeof unit !== 'string')) return undefined;
  const match = /^(?:(-?\d+)\.\.(-?\d+)|([a-zA-Z])\.\.([a-zA-Z]))(?:\.\.(-?\d+))?$/.exec(units.join(''));
  if (match === null) return undefined;
  const letters = match[3] !== undefined;
  const from = letters ? (match[3] as string).charCodeAt(0) : Number(match[1]);
  const to = letters ? (match[4] as string).charCodeAt(0) : Number(match[2]);
  const step = Math.max(1, Math.abs(Number(match[5] ?? 1)));
  if (Math.abs(to - from) / step > 100_000) return undefined;
  const padded =
    !letters && /^-?0\d/.test(`${match[1]}`)
      ? (match[1] as string).length
      : !letters && /^-?0\d/.test(`${match[2]}`)
        ? (match[2] as string).length
        : 0;
  const values: Unit[][] = [];
  for (let value = from; from <= to ? value <= to : value >= to; value += from <= to ? step : -step) {
    const text = letters
      ? String.fromCharCode(value)
      : value < 0
        ? `-${String(-value).padStart(padded - 1, '0')}`
        : String(value).padStart(padded, '0');
    values.push([...text]);
  }
  return values;
}
