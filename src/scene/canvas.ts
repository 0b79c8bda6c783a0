// The few canvas operations the picture uses, behind a narrow type, so that tests can draw onto paper and compare the log.

export type Pen = Pick<
  CanvasRenderingContext2D,
  | 'save'
  | 'restore'
  | 'translate'
  | 'scale'
  | 'beginPath'
  | 'closePath'
  | 'moveTo'
  | 'lineTo'
  | 'quadraticCurveTo'
  | 'bezierCurveTo'
  | 'arc'
  | 'rect'
  | 'roundRect'
  | 'clip'
  | 'fill'
  | 'stroke'
  | 'fillRect'
  | 'fillText'
  | 'strokeText'
  | 'setLineDash'
> & {
  fillStyle: string | CanvasGradient | CanvasPattern;
  strokeStyle: string | CanvasGradient | CanvasPattern;
  globalAlpha: number;
  lineWidth: number;
  lineCap: CanvasLineCap;
  lineJoin: CanvasLineJoin;
  lineDashOffset: number;
  font: string;
  textAlign: CanvasTextAlign;
  createLinearGradient(x0: number, y0: number, x1: number, y1: number): CanvasGradient;
};

export interface Stroke {
  readonly colour: string;
  readonly width: number;
  readonly alpha?: number;
  readonly dash?: readonly number[];
  readonly dashOffset?: number;
  readonly cap?: CanvasLineCap;
}

const solid: number[] = [];

/** Strokes the path built since `beginPath`. */
export function stroke(pen: Pen, { colour, width, alpha = 1, dash, dashOffset = 0, cap = 'butt' }: Stroke): void {
  const before = pen.globalAlpha;
  pen.globalAlpha = before * alpha;
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.lineCap = cap;
  pen.lineJoin = 'round';
  if (dash) {
    pen.setLineDash(dash as number[]);
    pen.lineDashOffset = dashOffset;
  }
  pen.stroke();
  if (dash) {
    pen.setLineDash(solid);
    pen.lineDashOffset = 0;
  }
  pen.globalAlpha = before;
}

export function fill(pen: Pen, colour: string | CanvasGradient, alpha = 1): void {
  const before = pen.globalAlpha;
  pen.globalAlpha = before * alpha;
  pen.fillStyle = colour;
  pen.fill();
  pen.globalAlpha = before;
}

export interface Lettering {
  readonly font: string;
  readonly colour: string;
  readonly align?: CanvasTextAlign;
  readonly halo?: string;
  readonly haloWidth?: number;
  readonly haloAlpha?: number;
  readonly alpha?: number;
}

/** Text with the soft halo that lifts captions off water and glass. */
export function letter(pen: Pen, text: string, x: number, y: number, how: Lettering): void {
  const before = pen.globalAlpha;
  pen.globalAlpha = before * (how.alpha ?? 1);
  pen.font = how.font;
  pen.textAlign = how.align ?? 'left';
  if (how.halo) {
    pen.globalAlpha = before * (how.haloAlpha ?? 0.55);
    pen.strokeStyle = how.halo;
    pen.lineWidth = how.haloWidth ?? 3;
    pen.lineJoin = 'round';
    pen.strokeText(text, x, y);
    pen.globalAlpha = before * (how.alpha ?? 1);
  }
  pen.fillStyle = how.colour;
  pen.fillText(text, x, y);
  pen.globalAlpha = before;
}

const logged = [
  'save',
  'restore',
  'translate',
  'scale',
  'beginPath',
  'closePath',
  'moveTo',
  'lineTo',
  'quadraticCurveTo',
  'bezierCurveTo',
  'arc',
  'rect',
  'roundRect',
  'clip',
  'fill',
  'stroke',
  'fillRect',
  'fillText',
  'strokeText',
  'setLineDash',
] as const;

/** A pen that writes down what it is asked to draw, one line per call, with the style it is drawn in. */
export function recordingPen(): { readonly pen: Pen; readonly log: string[] } {
  const log: string[] = [];
  const say = (value: unknown): string =>
    typeof value === 'number' ? String(Math.round(value * 10) / 10) : Array.isArray(value) ? `[${value.map(say)}]` : String(value);
  const pen: Record<string, unknown> = {
    fillStyle: '',
    strokeStyle: '',
    globalAlpha: 1,
    lineWidth: 1,
    lineCap: 'butt',
    lineJoin: 'miter',
    lineDashOffset: 0,
    font: '',
    textAlign: 'left',
  };
  const style: Record<string, () => string> = {
    fill: () => ` ${pen['fillStyle']} ${say(pen['globalAlpha'])}`,
    fillRect: () => ` ${pen['fillStyle']} ${say(pen['globalAlpha'])}`,
    fillText: () => ` ${pen['fillStyle']} ${pen['textAlign']} ${pen['font']}`,
    stroke: () => ` ${pen['strokeStyle']} ${say(pen['globalAlpha'])} ${say(pen['lineWidth'])}`,
  };
  for (const name of logged) pen[name] = (...args: unknown[]) => log.push(`${name}(${args.map(say).join(' ')})${style[name]?.() ?? ''}`);
  pen['createLinearGradient'] = () => {
    const stops: string[] = [];
    return { addColorStop: (at: number, colour: string) => stops.push(`${at}:${colour}`), toString: () => `gradient(${stops.join(' ')})` };
  };
  return { pen: pen as unknown as Pen, log };
}
