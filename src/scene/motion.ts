// Durations and easing of the visual language. Real time for what the hand does and for growing and fading; run time (wall time while
// the world runs) for water; virtual time for packets and timers.

export const quickMs = 120;
export const calmMs = 280;
export const levelMs = 600;

/** cubic-bezier(.2, .7, .2, 1): quick to start, calm to arrive. */
export function ease(t: number): number {
  if (t <= 0) return 0;
  if (t >= 1) return 1;
  let s = t;
  for (let i = 0; i < 5; i++) {
    const x = 3 * (1 - s) * (1 - s) * s * 0.2 + 3 * (1 - s) * s * s * 0.2 + s * s * s;
    const dx = 3 * (1 - s) * (1 - s) * 0.2 + 3 * s * s * 0.8;
    s -= (x - t) / dx;
  }
  return 3 * (1 - s) * (1 - s) * s * 0.7 + 3 * (1 - s) * s * s + s * s * s;
}

/** Wall milliseconds one hop is shown for: as long as it takes, but long enough to be seen; 1.5 s at 0.1×, a blink at 10×. */
export function hopMs(virtualMs: number, speed: number): number {
  const shown = 1500 / (1 + 2.6 * Math.max(0, Math.log10(speed / 0.1)) ** 1.6);
  return Math.min(1500, Math.max(shown, virtualMs / speed));
}

/** A number that only depends on a word: where grains and bubbles lie. */
export function grain(word: string): () => number {
  let state = 2166136261;
  for (let i = 0; i < word.length; i++) state = Math.imul(state ^ word.charCodeAt(i), 16777619);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
