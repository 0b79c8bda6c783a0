// The scene's marks as SVG, for words and lists: the same shapes by the same measures.
import type { Mark, Purpose } from '../feed/records.ts';
import { colourOfPurpose } from '../scene/glyphs/packet.ts';
import { colourOfMark } from '../scene/shapes.ts';

/** A rounded heptagon of radius `r` around (c, c) as a path. */
export function heptagonPath(c: number, r: number): string {
  const point = (i: number): [number, number] => {
    const angle = -Math.PI / 2 + (i * 2 * Math.PI) / 7;
    return [c + r * Math.cos(angle), c + r * Math.sin(angle)];
  };
  const cut = 0.3 / (2 * Math.sin(Math.PI / 7));
  const say = (n: number): string => n.toFixed(1);
  let path = '';
  for (let i = 0; i < 7; i++) {
    const [a, b, d] = [point((i + 6) % 7), point(i), point((i + 1) % 7)];
    path += `${i === 0 ? 'M' : 'L'}${say(b[0] + (a[0] - b[0]) * cut)} ${say(b[1] + (a[1] - b[1]) * cut)}`;
    path += `Q${say(b[0])} ${say(b[1])} ${say(b[0] + (d[0] - b[0]) * cut)} ${say(b[1] + (d[1] - b[1]) * cut)}`;
  }
  return `${path}Z`;
}

interface Cut {
  readonly line?: string;
  readonly solid?: string;
}

/** Marks in a field from −1 to 1. */
const cuts: Readonly<Record<Mark, Cut>> = {
  none: { line: 'M-.8 0H.8' },
  unknown: { line: 'M-.8 0H.8' },
  ready: { line: 'M-1 .05L-.3 .75L1 -.75' },
  running: { solid: 'M-.6 -.95L1 0L-.6 .95Z' },
  creating: {
    solid:
      'M-1.12 0a.28 .28 0 1 0 .56 0a.28 .28 0 1 0 -.56 0M-.28 0a.28 .28 0 1 0 .56 0a.28 .28 0 1 0 -.56 0M.56 0a.28 .28 0 1 0 .56 0a.28 .28 0 1 0 -.56 0',
  },
  pending: { line: 'M-1 0a1 1 0 1 0 2 0a1 1 0 1 0 -2 0M0 -.55V0H.45' },
  restarting: { line: 'M.85 -.36A.92 .92 0 1 0 .85 .36', solid: 'M1.15 -1.1V-.05H.1Z' },
  failed: { line: 'M-.8 -.8L.8 .8M.8 -.8L-.8 .8' },
  unreachable: { line: 'M-.8 -.8L.8 .8M.8 -.8L-.8 .8' },
  succeeded: { solid: 'M-.7 -.7H.7V.7H-.7Z' },
  terminating: { line: 'M-.95 .8H.95M0 .8V-.9' },
};

export function MarkShape({ mark, r, fill = 'var(--water-0)' }: { readonly mark: Mark; readonly r: number; readonly fill?: string }) {
  const h = 0.52 * r;
  const cut = cuts[mark];
  return (
    <g transform={`scale(${h})`}>
      {cut.line && <path d={cut.line} fill="none" stroke={fill} strokeWidth={0.42} strokeLinecap="round" strokeLinejoin="round" />}
      {cut.solid && <path d={cut.solid} fill={fill} />}
    </g>
  );
}

/** A solid kernel with its mark. */
export function MarkIcon({ mark, size = 16 }: { readonly mark: Mark; readonly size?: number }) {
  const colour = `var(--${colourOfMark[mark]})`;
  return (
    <svg width={size} height={size} viewBox={`${-size / 2} ${-size / 2} ${size} ${size}`} aria-hidden="true">
      <circle r={size / 2} fill={colour} />
      <MarkShape mark={mark} r={size / 2} />
    </svg>
  );
}

/** A whole pod with one kernel. */
export function PodIcon({ mark, size = 44 }: { readonly mark: Mark; readonly size?: number }) {
  const colour = `var(--${colourOfMark[mark]})`;
  const r = size / 2 - 2;
  const dashes =
    mark === 'creating' || mark === 'pending'
      ? `${0.42 * r} ${0.2 * r}`
      : mark === 'terminating'
        ? `${0.3 * r} ${0.22 * r}`
        : mark === 'restarting'
          ? `${0.23 * r} ${0.09 * r}`
          : undefined;
  const path = heptagonPath(size / 2, r);
  return (
    <svg width={size} height={size} viewBox={`0 0 ${size} ${size}`} aria-hidden="true" style={{ flex: 'none' }}>
      <path d={path} fill="var(--water-0)" fillOpacity={0.55} />
      <path d={path} fill={colour} fillOpacity={0.17} stroke={colour} strokeWidth={1.5} strokeDasharray={dashes} />
      <g transform={`translate(${size / 2} ${size / 2 + 0.5})`}>
        <circle r={0.46 * r} fill={colour} />
        <MarkShape mark={mark} r={0.46 * r} />
      </g>
    </svg>
  );
}

/** A ring with one arc: a Service. */
export function ServiceIcon({ size = 16 }: { readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="-12 -12 24 24" aria-hidden="true" style={{ flex: 'none' }}>
      <circle
        r="9"
        fill="none"
        stroke="var(--vip)"
        strokeOpacity="0.6"
        strokeWidth="2.5"
        strokeDasharray="10.5 3.64"
        transform="rotate(-128)"
      />
      <path d="M0 -9A9 9 0 0 1 8.5 -2.8" fill="none" stroke="var(--vip)" strokeWidth="5" />
    </svg>
  );
}

export function PacketIcon({ purpose, notch = false }: { readonly purpose: Purpose; readonly notch?: boolean }) {
  const colour = `var(--${colourOfPurpose[purpose]})`;
  return (
    <svg width="14" height="14" viewBox="-7 -7 14 14" aria-hidden="true">
      {purpose === 'request' && <circle r="5" fill={colour} />}
      {purpose === 'reply' && <rect x="-4.4" y="-4.4" width="8.8" height="8.8" rx="1.5" fill={colour} />}
      {purpose === 'dns' && <path d="M0 -6.2L6.2 0L0 6.2L-6.2 0Z" fill={colour} />}
      {purpose === 'probe' && <path d="M0 -5V5" stroke={colour} strokeWidth="3" strokeLinecap="round" />}
      {purpose === 'control' && <path d="M-3.5 -4L4.5 0L-3.5 4Z" fill={colour} />}
      {purpose === 'reset' && <path d="M-4 -4L4 4M4 -4L-4 4" stroke={colour} strokeWidth="3" strokeLinecap="round" />}
      {notch && <path d="M-2.4 -7H2.4L0 -.5Z" fill="var(--water-0)" />}
    </svg>
  );
}

export function Logo() {
  return (
    <svg width="24" height="24" viewBox="0 0 24 24" aria-hidden="true">
      <path d={heptagonPath(12, 10.6)} fill="none" stroke="var(--ink)" strokeWidth="1.7" transform="translate(0 .4)" />
      <path d="M2.6 13.2Q5 11.2 7.3 13.2T12 13.2T16.7 13.2T21.4 13.2" fill="none" stroke="var(--accent)" strokeWidth="1.7" />
      <circle cx="14.8" cy="8.4" r="1.7" fill="var(--vip)" />
    </svg>
  );
}
