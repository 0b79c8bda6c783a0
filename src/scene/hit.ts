// What is under a point: glyphs from the top down, or, where nodes are cells, plain arithmetic.
import type { Box } from './glyph.ts';
import { glyphOrder, glyphsByName } from './glyphs.ts';
import { arcAt } from './glyphs/ring.ts';
import { cell, type FleetPlan, fleetScale } from './layout/fleet.ts';
import type { RingLook } from './layout/tank.ts';

/** Subject of the topmost box under a point in world units. */
export function subjectAt(boxes: Iterable<Box>, x: number, y: number): string | undefined {
  let best: Box | undefined;
  for (const box of boxes) {
    if (box.subject === undefined || !glyphsByName.get(box.glyph)?.hit?.(box, x, y)) continue;
    if (!best || glyphOrder.get(box.glyph)! >= glyphOrder.get(best.glyph)!) best = box;
  }
  if (best?.glyph === 'ring') {
    const arc = arcAt(best.look as RingLook, best.x, best.y, x, y);
    if (arc?.includes('/')) return `services/${arc}`;
  }
  return best?.subject;
}

/** Index of the node whose cell holds a point in world units. */
export function nodeAt(plan: FleetPlan, x: number, y: number): number | undefined {
  const fx = x / fleetScale;
  const fy = y / fleetScale;
  for (let i = 0; i < plan.x.length; i++) {
    if (fx >= plan.x[i]! && fx < plan.x[i]! + cell.w && fy >= plan.y[i]! && fy < plan.y[i]! + cell.h) return i;
  }
  return undefined;
}
