// Where pods hang in a tank: left and right of the stem, sparse with full captions while there is room, then denser and quieter.

export interface Density {
  readonly radius: number;
  /** From one pod to the next one below it on the same side. */
  readonly row: number;
  /** The left side hangs this much lower, so that stalks do not meet. */
  readonly stagger: number;
  /** Stem to the first pod's middle. */
  readonly reach: number;
  /** From one pod to the next one further out; captions included. */
  readonly column: number;
  /** Caption lines: name, suffix, address. */
  readonly lines: number;
}

const densities: readonly Density[] = [
  { radius: 26, row: 116, stagger: 58, reach: 37, column: 172, lines: 3 },
  { radius: 22, row: 72, stagger: 36, reach: 37, column: 156, lines: 2 },
  { radius: 18, row: 56, stagger: 28, reach: 32, column: 150, lines: 2 },
  { radius: 16, row: 42, stagger: 21, reach: 30, column: 132, lines: 2 },
  { radius: 13, row: 34, stagger: 17, reach: 26, column: 31, lines: 0 },
  { radius: 8.5, row: 21, stagger: 10, reach: 18, column: 20, lines: 0 },
  { radius: 5, row: 13, stagger: 6, reach: 12, column: 12.5, lines: 0 },
];

export interface Hang {
  readonly x: number;
  readonly y: number;
  readonly right: boolean;
}

export interface StemPlan {
  readonly density: Density;
  readonly at: readonly Hang[];
}

/** Places for `count` pods between `top` and `bottom` (middles), around `x`, within half a tank of `half`. The topmost come first. */
export function planStem(count: number, x: number, top: number, bottom: number, half: number): StemPlan {
  for (const density of densities) {
    const most = places(density, x, top, bottom, columnsOf(density, half));
    if (most.length < count && density !== densities.at(-1)) continue;
    // No more columns than needed, so that few pods do not spread along one branch.
    const perColumn = places(density, x, top, bottom, 1).length;
    const columns = Math.min(columnsOf(density, half), Math.ceil(count / Math.max(1, perColumn)));
    return { density, at: places(density, x, top, bottom, Math.max(1, columns)) };
  }
  throw new Error('unreachable: the last density is always taken');
}

function columnsOf({ radius, reach, column, lines }: Density, half: number): number {
  return Math.max(1, Math.floor((half - reach - radius - (lines > 0 ? 0 : 12)) / column + (lines > 0 ? 0.25 : 1)));
}

function places({ row, stagger, reach, column }: Density, x: number, top: number, bottom: number, columns: number): Hang[] {
  const at: Hang[] = [];
  for (let y = top; y <= bottom; y += row) {
    for (let c = 0; c < columns; c++) {
      at.push({ x: x + reach + c * column, y, right: true });
      if (y + stagger <= bottom) at.push({ x: x - reach - c * column, y: y + stagger, right: false });
    }
  }
  return at;
}
