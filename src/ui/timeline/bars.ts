// The arithmetic of the time bar: how much time it spans, its bars as one path, which flags have room for their words.
import type { Model } from '../../feed/model.ts';
import type { FlagRecord } from '../../feed/records.ts';

/** The bar spans a little more than what happened, in steps, so that it does not creep. */
export function spanOf(reachedMs: number): number {
  const least = 60_000;
  let span = least;
  while (span * 0.86 < reachedMs) span *= 1.35;
  return Math.round(span);
}

const step = 3;
const tallest = 24;

/** One stroke every 3 px; height by the logarithm of how many records fall into it. */
export function barPath(bars: Model['bars'], spanMs: number, width: number): string {
  const columns = Math.floor(width / step);
  const sums = new Float64Array(columns);
  for (let i = 0; i < bars.counts.length; i++) {
    const column = Math.floor((((i + 0.5) * bars.widthMs) / spanMs) * columns);
    if (column >= 0 && column < columns) sums[column]! += bars.counts[i]!;
  }
  const most = Math.max(10, ...sums);
  let path = '';
  for (let column = 0; column < columns; column++) {
    if (sums[column]! === 0) continue;
    const h = 2 + (tallest - 2) * (Math.log1p(sums[column]!) / Math.log1p(most)) ** 1.6;
    path += `M${column * step + 1} 44v${(-h).toFixed(1)}`;
  }
  return path;
}

export interface ShownFlag extends FlagRecord {
  /** Empty when the next flag is too near. */
  readonly shown: string;
}

const charPx = 7;

/** Shortens each flag's words to the room before the next one. */
export function flagsToShow(flags: readonly FlagRecord[], spanMs: number, width: number): readonly ShownFlag[] {
  return flags.map((flag, i) => {
    const here = (flag.at / spanMs) * width;
    const next = i + 1 < flags.length ? (flags[i + 1]!.at / spanMs) * width : width;
    const room = Math.floor((next - here - 16) / charPx);
    const text = flag.text.replace(/^kubectl /, '');
    return { ...flag, shown: text.length <= room ? text : room < 4 ? '' : `${text.slice(0, room - 1)}…` };
  });
}
