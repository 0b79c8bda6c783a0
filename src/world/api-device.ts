// kubectl's road to API servers: the device `kubernetes-api` of the user's machine. A request reaches the cluster whose address the
// kubeconfig names after the link's latency; streams are read frame by frame.
import type { ApiRequest, ApiResponse, ServerStream, StreamFrame } from '../cluster/apimachinery/rest.ts';
import type { Device } from '../posix/machine.ts';
import type { Plain } from '../sim/plain.ts';
import type { Handler, Sim, TimerId } from '../sim/sim.ts';
import type {
  CloseArgs,
  NextAnswer,
  NextArgs,
  OpenAnswer,
  RequestAnswer,
  ResizeArgs,
  SendArgs,
  ServerRequest,
} from '../shell/programs/kubectl/api.ts';

/** One way between the user's terminal and the API server: an idle answer takes about 8 ms. */
const LINK_MS = 3;

export interface ApiDeviceOptions {
  readonly sim: Sim;
  /** Answers a pending call of a process. */
  answer(ticket: number, result: unknown): void;
  /** The API server at that URL, or undefined when nobody listens there. */
  server(url: string): ((request: ApiRequest) => ApiResponse) | undefined;
}

interface OpenStream {
  readonly id: number;
  readonly server: ServerStream;
  readonly frames: StreamFrame[];
  ended: boolean;
}

interface Reader {
  readonly ticket: number;
  readonly streams: readonly number[];
  readonly timer: TimerId;
}

export class ApiDevice implements Device {
  readonly #options: ApiDeviceOptions;
  readonly #streams = new Map<number, OpenStream>();
  readonly #readers = new Map<number, Reader>();
  #nextStream = 1;
  readonly #arrive: Handler<any>;
  readonly #reply: Handler<any>;
  readonly #timeout: Handler<any>;
  readonly #deliver: Handler<any>;

  constructor(options: ApiDeviceOptions) {
    this.#options = options;
    const { sim } = options;
    this.#arrive = sim.handler<any>('terminal/request', ({ ticket, call, request }) => this.#handle(ticket, call, request));
    this.#reply = sim.handler<any>('terminal/reply', ({ ticket, answer }) => options.answer(ticket, answer));
    this.#timeout = sim.handler<any>('terminal/timeout', (ticket) => this.#timedOut(ticket));
    this.#deliver = sim.handler<any>('terminal/frame', ({ stream, frame }) => this.#arrived(stream, frame));
  }

  call(ticket: number, call: string, args: Plain): { readonly now: unknown } | 'later' {
    switch (call) {
      case 'request':
      case 'open':
        this.#options.sim.after(LINK_MS, this.#arrive, { ticket, call, request: args });
        return 'later';
      case 'next':
        return this.#next(ticket, args as unknown as NextArgs);
      case 'send': {
        const { stream, text } = args as unknown as SendArgs;
        this.#streams.get(stream)?.server.send?.(text);
        return { now: undefined };
      }
      case 'resize': {
        const { stream, columns, rows } = args as unknown as ResizeArgs;
        this.#streams.get(stream)?.server.resize?.(columns, rows);
        return { now: undefined };
      }
      case 'close':
        this.#close((args as unknown as CloseArgs).stream);
        return { now: undefined };
      default:
        throw new Error(`the Kubernetes API device has no call ${call}`);
    }
  }

  /** The process is gone or was interrupted: nobody reads what it waited for, so its streams are hung up. */
  abandon(ticket: number): void {
    const reader = this.#readers.get(ticket);
    if (reader === undefined) return;
    this.#readers.delete(ticket);
    this.#options.sim.cancel(reader.timer);
    for (const stream of reader.streams) this.#close(stream);
  }

  #handle(ticket: number, call: string, request: ServerRequest): void {
    const server = this.#options.server(request.server);
    if (server === undefined) {
      this.#answer(ticket, { unreachable: 'refused' });
      return;
    }
    const { server: _, ...rest } = request;
    const response = server(rest as ApiRequest);
    if (call === 'request' || response.stream === undefined) {
      response.stream?.close();
      this.#answer(ticket, call === 'request' ? response : { response });
      return;
    }
    this.#answer(ticket, { stream: this.#open(response.stream) });
  }

  #answer(ticket: number, answer: RequestAnswer | OpenAnswer): void {
    this.#options.sim.after(LINK_MS, this.#reply, { ticket, answer });
  }

  #open(server: ServerStream): number {
    const id = this.#nextStream++;
    const stream: OpenStream = { id, server, frames: [], ended: false };
    this.#streams.set(id, stream);
    const { sim } = this.#options;
    server.open({
      frame: (frame) => void sim.after(LINK_MS, this.#deliver, { stream: id, frame }),
      end: () => void sim.after(LINK_MS, this.#deliver, { stream: id, frame: null }),
    });
    return id;
  }

  /** A frame (null: the end) has crossed the link. */
  #arrived(id: number, frame: StreamFrame | null): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    if (frame === null) stream.ended = true;
    else stream.frames.push(frame);
    for (const reader of this.#readers.values()) {
      if (!reader.streams.includes(id)) continue;
      const answer = this.#take(reader.streams);
      if (answer === undefined) return;
      this.#readers.delete(reader.ticket);
      this.#options.sim.cancel(reader.timer);
      this.#options.answer(reader.ticket, answer);
      return;
    }
  }

  #take(streams: readonly number[]): NextAnswer | undefined {
    for (const id of streams) {
      const stream = this.#streams.get(id);
      if (stream === undefined) continue;
      const frame = stream.frames.shift();
      if (frame !== undefined) return { kind: 'frame', stream: id, frame };
      if (stream.ended) {
        this.#streams.delete(id);
        return { kind: 'end', stream: id };
      }
    }
    return undefined;
  }

  #next(ticket: number, { streams, timeoutMs }: NextArgs): { readonly now: unknown } | 'later' {
    const ready = this.#take(streams);
    if (ready !== undefined) return { now: ready };
    const known = streams.filter((id) => this.#streams.has(id));
    if (known.length === 0 && timeoutMs === undefined) return { now: { kind: 'end', stream: streams[0] ?? 0 } };
    const timer = timeoutMs === undefined ? 0 : this.#options.sim.after(timeoutMs, this.#timeout, ticket);
    this.#readers.set(ticket, { ticket, streams, timer });
    return 'later';
  }

  #timedOut(ticket: number): void {
    if (!this.#readers.delete(ticket)) return;
    this.#options.answer(ticket, { kind: 'timeout' } satisfies NextAnswer);
  }

  #close(id: number): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    this.#streams.delete(id);
    if (!stream.ended) stream.server.close();
  }
}
