// Which tags Docker Hub has of nginx: the minor releases since 1.7 with their patches, moving names and variants.

/** Highest patch release per minor. */
const PATCHES: Readonly<Record<number, number>> = {
  7: 12,
  8: 1,
  9: 15,
  10: 3,
  11: 13,
  12: 2,
  13: 12,
  14: 2,
  15: 12,
  16: 1,
  17: 10,
  18: 0,
  19: 10,
  20: 2,
  21: 6,
  22: 1,
  23: 4,
  24: 0,
  25: 5,
  26: 3,
  27: 5,
  28: 0,
  29: 3,
};
const MOVING = new Set(['latest', 'stable', 'mainline', 'alpine', 'stable-alpine', 'mainline-alpine', 'perl', '1', 'bookworm', 'trixie']);
const VARIANT = /-(alpine|perl|bookworm|bullseye|trixie|alpine-slim|alpine-perl|otel)$/;

export function acceptable(tag: string): boolean {
  if (MOVING.has(tag)) return true;
  const match = /^1\.(\d+)(?:\.(\d+))?$/.exec(tag.replace(VARIANT, ''));
  if (match === null) return false;
  const patches = PATCHES[Number(match[1])];
  return patches !== undefined && (match[2] === undefined || Number(match[2]) <= patches);
}
