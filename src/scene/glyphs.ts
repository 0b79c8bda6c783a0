// The alphabet, in the order it is drawn: what stands below comes first.
import type { Glyph } from './glyph.ts';
import { callout } from './glyphs/callout.ts';
import { caption } from './glyphs/caption.ts';
import { lane, packet, saying, ticket, trail } from './glyphs/packet.ts';
import { control, stalk, stem, wire } from './glyphs/plumbing.ts';
import { pod } from './glyphs/pod.ts';
import { ring } from './glyphs/ring.ts';
import { tank } from './glyphs/tank.ts';

export const glyphs: readonly Glyph[] = [
  wire,
  tank,
  control,
  stem,
  stalk,
  ring,
  lane,
  trail,
  pod,
  caption,
  ticket,
  packet,
  saying,
  callout,
];

export const glyphsByName: ReadonlyMap<string, Glyph> = new Map(glyphs.map((glyph) => [glyph.name, glyph]));
export const glyphOrder: ReadonlyMap<string, number> = new Map(glyphs.map((glyph, i) => [glyph.name, i]));
