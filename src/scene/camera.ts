// Where the eye is. One transform for all distances: d3-zoom turns wheel, drag and pinch into it; distances are stations on the way.
import { select } from 'd3-selection';
import { type ZoomBehavior, type ZoomTransform, zoom, zoomIdentity } from 'd3-zoom';
import type { Distance } from '../feed/commands.ts';
import type { Rect } from './layout/layout.ts';
import { ease } from './motion.ts';

export interface Eye {
  readonly k: number;
  readonly x: number;
  readonly y: number;
}

/** A tank is this wide in the world. */
const tankW = 330;
export const glyphsFrom = 140 / tankW;
const rackFrom = 46 / tankW;
const podFrom = 2.2;

export function distanceAt(k: number): Distance {
  if (k < rackFrom) return 'fleet';
  if (k < glyphsFrom) return 'rack';
  return k < podFrom ? 'node' : 'pod';
}

/** The eye that shows `bounds` whole and centred in a window, never closer than life size. */
export function eyeOver(bounds: Rect, width: number, height: number, margin = 16, top = margin): Eye {
  const k = Math.min(1, (width - 2 * margin) / bounds.w, (height - margin - top) / bounds.h);
  return { k, x: (width - bounds.w * k) / 2 - bounds.x * k, y: top + (height - margin - top - bounds.h * k) / 2 - bounds.y * k };
}

export class Camera {
  readonly #element: HTMLCanvasElement;
  readonly #zoom: ZoomBehavior<HTMLCanvasElement, unknown>;
  #eye: Eye = { k: 1, x: 0, y: 0 };
  #flight: { readonly from: Eye; readonly to: Eye; readonly start: number; readonly ms: number } | undefined;

  constructor(element: HTMLCanvasElement, moved: (byHand: boolean) => void) {
    this.#element = element;
    this.#zoom = zoom<HTMLCanvasElement, unknown>()
      .scaleExtent([0.004, 8])
      .on('zoom', (gesture: { transform: ZoomTransform; sourceEvent?: unknown }) => {
        const { k, x, y } = gesture.transform;
        this.#eye = { k, x, y };
        if (gesture.sourceEvent) this.#flight = undefined;
        moved(Boolean(gesture.sourceEvent));
      });
    select(element).call(this.#zoom).on('dblclick.zoom', null);
  }

  get eye(): Eye {
    return this.#eye;
  }

  get flying(): boolean {
    return this.#flight !== undefined;
  }

  limits(least: number): void {
    this.#zoom.scaleExtent([least, 8]);
  }

  /** Goes there in `ms`, or at once. */
  go(to: Eye, ms: number): void {
    if (ms <= 0) {
      this.#flight = undefined;
      this.#set(to);
    } else this.#flight = { from: this.#eye, to, start: -1, ms };
  }

  /** Scales around the middle of the window, as the keys + and − do. */
  scaleBy(factor: number): void {
    select(this.#element).call(this.#zoom.scaleBy, factor);
  }

  panBy(dx: number, dy: number): void {
    select(this.#element).call(this.#zoom.translateBy, dx / this.#eye.k, dy / this.#eye.k);
  }

  /** Advances a flight; call once per frame. */
  tick(wallMs: number): void {
    const flight = this.#flight;
    if (!flight) return;
    const start = flight.start < 0 ? wallMs : flight.start;
    if (flight.start < 0) this.#flight = { ...flight, start };
    const t = ease((wallMs - start) / flight.ms);
    const k = flight.from.k * (flight.to.k / flight.from.k) ** t;
    const s = Math.abs(flight.to.k - flight.from.k) < 1e-9 ? t : (k - flight.from.k) / (flight.to.k - flight.from.k);
    this.#set({ k, x: flight.from.x + (flight.to.x - flight.from.x) * s, y: flight.from.y + (flight.to.y - flight.from.y) * s });
    if (t >= 1) this.#flight = undefined;
  }

  #set(eye: Eye): void {
    select(this.#element).call(this.#zoom.transform, zoomIdentity.translate(eye.x, eye.y).scale(eye.k));
  }
}
