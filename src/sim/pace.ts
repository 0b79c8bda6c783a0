// Maps virtual time to real time: how fast a world lives, pause, single steps, run until. The only reader of the wall clock. The
// world never notices: whatever the pace, the same events run in the same order.
import type { Sim } from './sim.ts';

/** What the place the world runs in provides (a page's worker, Node, a test). */
export interface PaceHost {
  /** Milliseconds of the wall clock, from any beginning. Default `performance.now()`. */
  wallMs?(): number;
  /** Calls back once, after about `waitMs` real milliseconds; 0 means as soon as other work had its turn. */
  later(callback: () => void, waitMs: number): void;
  /** The world moved or the pace changed: time to draw or send. Called at most once per slice. */
  changed?(): void;
  /** Default 8: one slice never computes longer than this, apart from a single event that does. */
  readonly sliceMs?: number;
}

/** `speed` is virtual per real time; `Infinity` is as fast as it computes. */
export const SLOWEST = 0.1;
export const FASTEST = 1000;

/** Behind by more real time than this, the pace lets the lost time go instead of catching up. */
const PATIENCE_MS = 250;
/** While nothing is due the clock still moves on the page. */
const FRAME_MS = 16;
/** Reading the wall clock costs as much as a small event. */
const EVENTS_PER_LOOK = 8;

export class Pace {
  private readonly sim: Sim;
  private readonly host: PaceHost;
  private readonly wallMs: () => number;
  private readonly sliceMs: number;
  private currentSpeed = 1;
  private runs = false;
  /** Where a run ends by itself, and whom to tell. */
  private end = Number.POSITIVE_INFINITY;
  private reached: (() => void) | undefined;
  /** Virtual time `anchor` was at real time `anchorMs`; between them and now the speed did not change. */
  private anchor = 0;
  private anchorMs = 0;
  /** Slices asked for before a change of pace are not run. */
  private turn = 0;
  private late = false;

  constructor(sim: Sim, host: PaceHost) {
    this.sim = sim;
    this.host = host;
    this.wallMs = host.wallMs === undefined ? () => performance.now() : () => host.wallMs!();
    this.sliceMs = host.sliceMs ?? 8;
  }

  get speed(): number {
    return this.currentSpeed;
  }

  get running(): boolean {
    return this.runs;
  }

  /** The world computes slower than the speed asks for. Never true at `Infinity`. */
  get behind(): boolean {
    return this.late;
  }

  /** From 0.1 to 1000, or `Infinity`; takes effect at once. */
  setSpeed(speed: number): void {
    if (speed !== Number.POSITIVE_INFINITY && !(speed >= SLOWEST && speed <= FASTEST)) {
      throw new RangeError(`a speed is between ${SLOWEST} and ${FASTEST}, or Infinity, not ${speed}`);
    }
    const exact = this.settle();
    this.currentSpeed = speed;
    this.resume(exact);
  }

  /** Runs from here on. */
  play(): void {
    if (this.runs) return;
    this.runs = true;
    this.resume();
  }

  /** Stands still; a `runUntil` under way is given up. */
  pause(): void {
    this.settle();
    this.stop();
  }

  /** Runs one event, whenever it is due, and stands still there. False when nothing is waiting. */
  step(): boolean {
    this.pause();
    const ran = this.sim.step();
    this.host.changed?.();
    return ran;
  }

  /** Runs at the current speed until virtual `time`, then stands still and tells. */
  runUntil(time: number, reached?: () => void): void {
    this.settle();
    this.runs = true;
    this.end = time;
    this.reached = reached;
    this.resume();
  }

  /** To be called when the world was put to another moment, or something entered it that should not wait for the next slice. */
  nudge(): void {
    this.resume();
  }

  /** Counts from here and now, and asks for a slice. */
  private resume(exact = this.sim.now): void {
    this.anchor = exact;
    this.anchorMs = this.wallMs();
    this.late = false;
    const turn = ++this.turn;
    if (this.runs) this.host.later(() => this.slice(turn), 0);
    this.host.changed?.();
  }

  /** Catches up with the wall clock as far as nothing happens on the way (events are for slices); answers the fraction too. */
  private settle(): number {
    if (!this.runs || this.currentSpeed === Number.POSITIVE_INFINITY) return this.sim.now;
    const exact = Math.min(this.anchor + (this.wallMs() - this.anchorMs) * this.currentSpeed, this.end);
    const next = this.sim.nextTime() ?? Number.POSITIVE_INFINITY;
    const target = Math.min(Math.floor(exact), next - 1);
    if (target > this.sim.now) this.sim.runUntil(target);
    return exact >= this.sim.now && exact < this.sim.now + 1 ? exact : this.sim.now;
  }

  private targetAt(wallMs: number): number {
    if (this.currentSpeed === Number.POSITIVE_INFINITY) return this.currentSpeed;
    return Math.floor(this.anchor + (wallMs - this.anchorMs) * this.currentSpeed);
  }

  private stop(): void {
    this.runs = false;
    this.end = Number.POSITIVE_INFINITY;
    this.reached = undefined;
    this.resume();
  }

  private slice(turn: number): void {
    if (turn !== this.turn || !this.runs) return;
    const startMs = this.wallMs();
    const target = Math.min(this.targetAt(startMs), this.end);
    const done = this.runFor(target, startMs + this.sliceMs);
    // An event may have changed the pace through the host.
    if (turn !== this.turn || !this.runs) return;
    if (done && this.sim.now >= this.end) {
      const tell = this.reached;
      this.stop();
      tell?.();
      return;
    }
    if (!done) this.keepUp(target);
    else this.late = false;
    this.host.changed?.();
    this.host.later(() => this.slice(turn), done ? this.pauseMs() : 0);
  }

  /** Runs what is due up to `target`, as long as time is left. True when it stands there. */
  private runFor(target: number, untilMs: number): boolean {
    for (;;) {
      for (let events = 0; events < EVENTS_PER_LOOK; events++) {
        if (this.sim.step(target)) continue;
        if (target !== Number.POSITIVE_INFINITY) this.sim.runUntil(target);
        return true;
      }
      if (this.wallMs() >= untilMs) return false;
    }
  }

  private keepUp(target: number): void {
    if (target === Number.POSITIVE_INFINITY) return;
    const behindMs = (target - this.sim.now) / this.currentSpeed;
    this.late = behindMs > 2 * this.sliceMs;
    if (behindMs <= PATIENCE_MS) return;
    this.anchor = this.sim.now;
    this.anchorMs = this.wallMs();
  }

  /** Real time until the next event is due, at most a frame. */
  private pauseMs(): number {
    const next = this.sim.nextTime();
    if (this.currentSpeed === Number.POSITIVE_INFINITY || next === undefined) return FRAME_MS;
    const dueMs = this.anchorMs + (Math.min(next, this.end) - this.anchor) / this.currentSpeed;
    return Math.min(FRAME_MS, Math.max(0, dueMs - this.wallMs()));
  }
}
