// The design tokens as the canvas needs them: read once from the page's custom properties, again when the theme changes.

export const colourNames = [
  'water-0',
  'water-1',
  'water-2',
  'glass',
  'glass-edge',
  'line',
  'ink',
  'ink-2',
  'ink-3',
  'running',
  'ready',
  'pending',
  'creating',
  'terminating',
  'failed',
  'succeeded',
  'unknown',
  'packet-request',
  'packet-reply',
  'packet-dns',
  'packet-probe',
  'packet-rst',
  'packet-control',
  'vip',
  'focus',
  'accent',
  'tank-water',
  'sediment',
  'sediment-edge',
  'kelp',
] as const;
export type ColourName = (typeof colourNames)[number];

export interface Theme {
  readonly colour: Readonly<Record<ColourName, string>>;
  readonly ui: string;
  readonly mono: string;
}

/** `read` is `getComputedStyle(root).getPropertyValue`. */
export function readTheme(read: (property: string) => string): Theme {
  const colour = Object.fromEntries(colourNames.map((name) => [name, read(`--${name}`).trim()])) as Record<ColourName, string>;
  return { colour, ui: read('--font-ui').trim(), mono: read('--font-mono').trim() };
}

/** Colours are their own names: what a draw-call log shows. */
export const namedTheme: Theme = {
  colour: Object.fromEntries(colourNames.map((name) => [name, name])) as Record<ColourName, string>,
  ui: 'ui',
  mono: 'mono',
};
