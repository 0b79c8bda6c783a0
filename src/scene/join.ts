// Enter, update, exit: yesterday's boxes and today's become boxes in motion. Numbers glide, states flash and cross-fade, what is gone
// shrinks away. Pure but for the map it keeps; time is handed in.
import type { Box, Glyph, Live } from './glyph.ts';
import { calmMs, ease, quickMs } from './motion.ts';

interface Track {
  box: Box;
  /** Where it stood when the running move began. */
  from: Pick<Box, 'x' | 'y' | 'w' | 'h'>;
  movedAt: number;
  bornAt: number;
  goneAt: number;
  changedAt: number;
  before: unknown;
}

const long = -1e9;

export class Join {
  readonly #tracks = new Map<string, Track>();
  readonly #glyphs: ReadonlyMap<string, Glyph>;
  #moving = 0;

  constructor(glyphs: ReadonlyMap<string, Glyph>) {
    this.#glyphs = glyphs;
  }

  /** New boxes at wall time `at`. `still` = no motion (reduced motion, first picture, window resized). */
  update(boxes: readonly Box[], at: number, still: boolean): void {
    const seen = new Set<string>();
    for (const box of boxes) {
      seen.add(box.key);
      const track = this.#tracks.get(box.key);
      if (!track || track.goneAt >= 0) this.#enter(box, at, still);
      else if (track.box !== box) this.#move(track, box, at, still);
    }
    for (const [key, track] of this.#tracks) {
      if (seen.has(key) || track.goneAt >= 0) continue;
      if (still) this.#tracks.delete(key);
      else track.goneAt = at;
    }
    this.#moving = at + calmMs + 50;
  }

  #enter(box: Box, at: number, still: boolean): void {
    this.#tracks.set(box.key, { box, from: box, movedAt: long, bornAt: still ? long : at, goneAt: -1, changedAt: long, before: undefined });
  }

  #move(track: Track, box: Box, at: number, still: boolean): void {
    const old = track.box;
    if (old.x !== box.x || old.y !== box.y || old.w !== box.w || old.h !== box.h) {
      track.from = place(track, at);
      track.movedAt = still ? long : at;
    }
    const state = this.#glyphs.get(box.glyph)?.state;
    if (state && state(old.look) !== state(box.look)) {
      track.before = old.look;
      track.changedAt = still ? long : at;
    }
    track.box = box;
  }

  /** Whether anything is still gliding at `at`. */
  moving(at: number): boolean {
    return at < this.#moving;
  }

  /** Every box as it stands at `at`, in the order of the glyph registry, then as laid out. */
  *live(at: number): Generator<Live> {
    for (const [key, track] of this.#tracks) {
      const gone = track.goneAt >= 0 ? (at - track.goneAt) / calmMs : 0;
      if (gone >= 1) {
        this.#tracks.delete(key);
        continue;
      }
      const here = place(track, at);
      const born = ease((at - track.bornAt) / calmMs);
      const from = track.box.from;
      const x = from && born < 1 ? from.x + (here.x - from.x) * born : here.x;
      const y = from && born < 1 ? from.y + (here.y - from.y) * born : here.y;
      yield {
        ...track.box,
        ...here,
        x,
        y,
        grow: gone > 0 ? 1 - ease(gone) : born,
        leaving: gone > 0,
        flash: Math.max(0, 1 - (at - track.changedAt) / calmMs),
        before: at - track.changedAt < quickMs ? track.before : undefined,
        fade: Math.min(1, (at - track.changedAt) / quickMs),
      };
    }
  }

  get boxes(): Iterable<Box> {
    return [...this.#tracks.values()].filter((track) => track.goneAt < 0).map((track) => track.box);
  }
}

function place(track: Track, at: number): Pick<Box, 'x' | 'y' | 'w' | 'h'> {
  const t = ease((at - track.movedAt) / calmMs);
  const { x, y, w, h } = track.box;
  if (t >= 1) return { x, y, w, h };
  const from = track.from;
  return { x: from.x + (x - from.x) * t, y: from.y + (y - from.y) * t, w: from.w + (w - from.w) * t, h: from.h + (h - from.h) * t };
}
