// Times as the page says them.
import { useEffect, useState } from 'react';
import { shownNow, usePage } from './store.ts';

const two = (n: number): string => String(n).padStart(2, '0');

/** `00:04:12.384` */
export function sayTime(ms: number, digits = 3): string {
  const whole = Math.max(0, Math.floor(ms));
  const s = Math.floor(whole / 1000);
  const clock = `${two(Math.floor(s / 3600))}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
  return digits === 0
    ? clock
    : `${clock}.${String(whole % 1000)
        .padStart(3, '0')
        .slice(0, digits)}`;
}

/** `71s`, `4m12s`, `2h`: as kubectl's AGE. */
export function sayAge(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 120) return `${s}s`;
  const m = Math.floor(s / 60);
  if (m < 10) return s % 60 === 0 ? `${m}m` : `${m}m${s % 60}s`;
  if (m < 180) return `${m}m`;
  const h = Math.floor(m / 60);
  if (h < 8) return m % 60 === 0 ? `${h}h` : `${h}h${m % 60}m`;
  return h < 48 ? `${h}h` : `${Math.floor(h / 24)}d`;
}

/** `4.1 s`, `23 s`, `2 min 5 s`. */
export function sayWait(ms: number): string {
  const s = Math.max(0, ms / 1000);
  if (s < 60) return `${s.toFixed(1)} s`;
  return `${Math.floor(s / 60)} min ${Math.floor(s % 60)} s`;
}

/** Virtual now, `hertz` times a second while time runs: for texts that count. */
export function useNow(hertz = 10): number {
  const page = usePage();
  const [now, setNow] = useState(() => shownNow(page.store.getState(), performance.now()));
  useEffect(() => {
    const read = () => setNow(shownNow(page.store.getState(), performance.now()));
    const ticking = setInterval(read, 1000 / hertz);
    read();
    return () => clearInterval(ticking);
  }, [page, hertz]);
  return now;
}
