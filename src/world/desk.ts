// A world on somebody's desk: the page's commands in, feed batches out, paced by the wall clock. What changes the world goes into the
// input log, so that seed + log make the same world again.
import type { AnyObject } from '../cluster/apimachinery/object.ts';
import type { ServerStream } from '../cluster/apimachinery/rest.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { FeedCommand } from '../feed/commands.ts';
import type { FeedBatch, Plain } from '../feed/records.ts';
import type { Session } from '../shell/shell.ts';
import { Pace, type PaceHost } from '../sim/pace.ts';
import { insightOf } from './insight.ts';
import { Publisher } from './publish.ts';
import { World } from './world.ts';

export interface DeskOptions {
  readonly host: Omit<PaceHost, 'changed'>;
  send(batch: FeedBatch): void;
}

interface Input {
  readonly at: number;
  readonly command: Plain;
}

const WATCHED = ['/api/v1/nodes', '/api/v1/pods', '/api/v1/services', '/apis/discovery.k8s.io/v1/endpointslices', '/api/v1/events'];
const COLUMNS = 120;
const ROWS = 24;
/** RIS, reset to initial state. */
const EMPTY_SCREEN = '\x1bc';
/** Commands that change the world. */
const LOGGED: ReadonlySet<FeedCommand['kind']> = new Set(['keys', 'resize', 'openTerminal', 'closeTerminal']);

export class Desk {
  readonly #options: DeskOptions;
  #world: World | undefined;
  #pace: Pace | undefined;
  #publisher: Publisher | undefined;
  #sessions = new Map<string, Session>();
  #inputs: Input[] = [];
  #watched: Cluster | undefined;
  #streams: ServerStream[] = [];
  #seed = 1;
  #reached = 0;
  #selected: string | undefined;
  #line = '';

  constructor(options: DeskOptions) {
    this.#options = options;
  }

  handle(command: FeedCommand): void {
    if (command.kind === 'open') {
      this.#open(command.seed, command.inputs ?? [], command.until ?? Number.POSITIVE_INFINITY);
      return;
    }
    const world = this.#world;
    if (world === undefined) throw new Error('the first command must be open');
    if (LOGGED.has(command.kind)) {
      this.#settle();
      this.#log(command);
    }
    world.sim.journal.because(0, () => this.#obey(command));
    this.#pace?.nudge();
  }

  /** Virtual time as it stands by the wall clock, before something enters the world. */
  #settle(): void {
    const { running } = this.#clock();
    if (running) this.#pace?.nudge();
  }

  #log(command: FeedCommand): void {
    const input = { at: this.#world!.now, command: command as unknown as Plain };
    this.#inputs.push(input);
    this.#publisher!.tell({ kind: 'input', ...input });
  }

  #open(seed: number, inputs: readonly Input[], until: number): void {
    this.#seed = seed;
    this.#pace?.pause();
    this.#compose();
    this.#replay(inputs, until);
    this.#pace!.setSpeed(1);
    this.#pace!.play();
    this.#publish();
  }

  /** A fresh world from the seed, with one terminal. */
  #compose(): void {
    this.#streams = [];
    this.#sessions = new Map();
    this.#watched = undefined;
    this.#inputs = [];
    const world = new World({ seed: this.#seed });
    this.#world = world;
    this.#publisher = new Publisher({ sim: world.sim, insight: insightOf(() => this.#watched) });
    this.#pace = new Pace(world.sim, { ...this.#options.host, changed: () => this.#publish() });
    this.#tellWorld();
    this.#openTerminal('main', 'Terminal');
  }

  /** Runs earlier inputs at top speed up to `until`; later ones are forgotten. */
  #replay(inputs: readonly Input[], until: number): void {
    const world = this.#world!;
    for (const { at, command } of inputs) {
      if (at > until) break;
      world.sim.runUntil(at);
      this.#log(command as unknown as FeedCommand);
      world.sim.journal.because(0, () => this.#obey(command as unknown as FeedCommand));
    }
    if (Number.isFinite(until)) world.sim.runUntil(until);
  }

  #obey(command: FeedCommand): void {
    const pace = this.#pace!;
    switch (command.kind) {
      case 'keys':
        this.#keys(command.terminal, command.data);
        break;
      case 'resize':
        this.#sessions.get(command.terminal)?.resize(command.columns, command.rows);
        break;
      case 'openTerminal':
        this.#openTerminal(command.terminal, command.title);
        if (command.line !== undefined) this.#sessions.get(command.terminal)?.key(`${command.line}\r`);
        break;
      case 'closeTerminal':
        this.#sessions.get(command.terminal)?.close();
        this.#sessions.delete(command.terminal);
        this.#publisher!.tell({ kind: 'terminal', terminal: command.terminal, title: '', idle: false, closed: true });
        break;
      case 'pace':
        if (command.speed !== undefined) pace.setSpeed(command.speed);
        if (command.running === true) pace.play();
        if (command.running === false) pace.pause();
        break;
      case 'step':
        if (command.steps > 0) for (let i = 0; i < command.steps; i++) pace.step();
        else this.#seek(Math.max(0, this.#world!.now - 1));
        break;
      case 'seek':
        this.#seek(command.to === 'now' ? this.#reached : command.to);
        break;
      case 'select':
        this.#selected = command.subject;
        this.#publisher!.select(command.subject);
        break;
      case 'why':
        this.#publisher!.why(command.subject);
        break;
      case 'look':
        this.#publisher!.look(command.distance, command.nodes);
        break;
      case 'log':
        this.#publisher!.tell({
          kind: 'log',
          name: `kubarium-seed-${this.#seed}.json`,
          text: JSON.stringify({ seed: this.#seed, inputs: this.#inputs }, null, 1),
        });
        break;
      default:
        break;
    }
  }

  /** Forwards by running, backwards by replaying the log from the beginning. */
  #seek(to: number): void {
    const world = this.#world!;
    if (to >= world.now) {
      world.sim.runUntil(to);
      return;
    }
    const inputs = this.#inputs;
    const { speed } = this.#clock();
    this.#pace!.pause();
    this.#compose();
    this.#publisher!.reset();
    this.#tellWorld();
    this.#replay(inputs, to);
    this.#pace!.setSpeed(speed);
    if (this.#selected !== undefined) this.#publisher!.select(this.#selected);
  }

  #keys(terminal: string, data: string): void {
    this.#sessions.get(terminal)?.key(data);
    this.#noteCommand(terminal, data);
  }

  /** Lines typed on the main terminal become flags on the time bar. */
  #noteCommand(terminal: string, data: string): void {
    if (terminal !== 'main') return;
    for (const char of data.replace(/\x1b\[[0-9;]*[A-Za-z~]/g, '')) {
      if (char === '\r' || char === '\n') {
        const text = this.#line.trim();
        if (text !== '') this.#publisher!.tell({ kind: 'flag', at: this.#world!.now, text, sort: 'command' });
        this.#line = '';
      } else if (char === '\x7f') this.#line = this.#line.slice(0, -1);
      else if (char === '\x03' || char === '\x15') this.#line = '';
      else if (char >= ' ') this.#line += char;
    }
  }

  #openTerminal(terminal: string, title: string): void {
    const publisher = this.#publisher!;
    let prompted = false;
    // A world made again prints again what it printed: the screen begins anew.
    publisher.tell({ kind: 'output', terminal, text: EMPTY_SCREEN });
    const output = (text: string): void => {
      publisher.tell({ kind: 'output', terminal, text });
      // Keys that came before the first prompt would be echoed twice, as on any terminal.
      if (!prompted) publisher.tell({ kind: 'terminal', terminal, title, idle: true });
      prompted = true;
    };
    this.#sessions.set(
      terminal,
      this.#world!.openSession(COLUMNS, ROWS, output, () =>
        publisher.tell({ kind: 'terminal', terminal, title, idle: false, closed: true }),
      ),
    );
    if (!prompted) publisher.tell({ kind: 'terminal', terminal, title, idle: false });
  }

  #tellWorld(): void {
    const world = this.#world!;
    const cluster = this.#watched;
    this.#publisher!.world({
      seed: this.#seed,
      epoch: world.sim.epoch,
      cluster: cluster !== undefined,
      ...(cluster === undefined
        ? {}
        : {
            context: [...world.clusters.keys()].at(-1),
            version: cluster.options.kubernetesVersion,
            proxyMode: cluster.options.proxyMode,
            nodeNetwork: '192.168.49.0/24',
          }),
    });
  }

  /** Follows the newest cluster: when it changes, everything is told anew. */
  #follow(): void {
    const cluster = [...this.#world!.clusters.values()].at(-1)?.cluster;
    if (cluster === this.#watched) return;
    for (const stream of this.#streams) stream.close();
    this.#streams = [];
    if (this.#watched !== undefined) this.#publisher!.reset();
    this.#watched = cluster;
    this.#tellWorld();
    if (cluster === undefined) return;
    for (const path of WATCHED) this.#watch(cluster, path);
  }

  #watch(cluster: Cluster, path: string): void {
    const publisher = this.#publisher!;
    const response = cluster.transport({
      method: 'GET',
      path,
      query: { watch: 'true', timeoutSeconds: '2147483' },
      headers: { 'user-agent': 'kubarium-page' },
    });
    if (response.stream === undefined)
      throw new Error(`cannot watch ${path}: ${JSON.stringify((response.body as AnyObject | undefined) ?? response.status)}`);
    this.#streams.push(response.stream);
    response.stream.open({
      frame: (frame) => {
        if (frame.kind === 'watch') publisher.watched(frame.event);
      },
      end: () => {
        if (this.#watched === cluster) this.#watch(cluster, path);
      },
    });
  }

  #clock() {
    const pace = this.#pace!;
    const now = this.#world!.now;
    this.#reached = Math.max(this.#reached, now);
    return { now, running: pace.running, speed: pace.speed, reached: this.#reached, next: this.#world!.sim.nextTime() };
  }

  #publish(): void {
    if (this.#world === undefined || this.#publisher === undefined || this.#pace === undefined) return;
    this.#follow();
    const batch = this.#publisher.batch(this.#clock());
    if (batch !== undefined) this.#options.send(batch);
  }
}
