// One shape of the picture's alphabet: what a box looks like. A glyph draws; where and how large is the layout's business, how it
// comes, moves and goes is the join's.
import type { Pen } from './canvas.ts';
import type { Theme } from './theme.ts';

/** What the layout says: `glyph` at a place, with everything it needs to be drawn. `key` is the same as long as it is the same thing. */
export interface Box<L = unknown> {
  readonly key: string;
  readonly glyph: string;
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
  readonly look: L;
  /** What a click selects. */
  readonly subject?: string;
  /** Grows from here when it comes. */
  readonly from?: { readonly x: number; readonly y: number };
}

/** A box as it stands in this frame. */
export interface Live<L = unknown> extends Box<L> {
  /** 0 to 1: how far it has come (1 = there), or how much of it is left. */
  readonly grow: number;
  readonly leaving: boolean;
  /** 1 right after its state changed, fading to 0. */
  readonly flash: number;
  /** The look it had before, while the two cross-fade; `fade` 0 = old, 1 = new. */
  readonly before?: L;
  readonly fade: number;
}

/** What every glyph may know of the moment. */
export interface Frame {
  readonly theme: Theme;
  /** Screen pixels per unit. */
  readonly zoom: number;
  /** Virtual milliseconds. */
  readonly now: number;
  /** Wall milliseconds during which time ran: waves and bubbles move by it, so pause stops them. */
  readonly ranMs: number;
  readonly still: boolean;
  readonly selected?: string;
  readonly hovered?: string;
}

export interface Glyph<L = any> {
  readonly name: string;
  draw(pen: Pen, live: Live<L>, frame: Frame): void;
  /** Whether a point in world units is on it; default: never. */
  hit?(box: Box<L>, x: number, y: number): boolean;
  /** The part of the look whose change flashes and cross-fades. */
  state?(look: L): string;
}

/** Declares a glyph. `L` is the look its layout gives it. */
export function defineGlyph<L>(glyph: Glyph<L>): Glyph<L> {
  return glyph;
}
