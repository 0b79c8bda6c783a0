// A component's road to the API server: a request leaves now, is handled after the link's latency, and its answer comes back after it
// again. Replies go to a registered handler with the caller's own plain context, so that requests in flight survive a keyframe.
// Models: kubernetes v1.37 client-go rest (request, watch stream, client-side flow control)
import type { Plain } from '../../sim/plain.ts';
import type { Handler, Sim } from '../../sim/sim.ts';
import { type ApiRequest, type ApiResponse, type ServerStream, type StreamFrame, WATCH_NUMBER } from '../apimachinery/rest.ts';
import { oncePerSim } from './once-per-sim.ts';

/** What a client needs of the API server; `apiserver.handle` is one, a test double another. */
export type Transport = (request: ApiRequest) => ApiResponse;

export interface Reply<C> {
  readonly context: C;
  readonly response: ApiResponse;
}

export interface StreamSink {
  frame(frame: StreamFrame): void;
  /** The server ended the stream, or refused it (`response.status` ≠ 200). */
  end(response: ApiResponse): void;
}

export interface ClientStream {
  /** Names the stream in a keyframe; see {@link Client.reopen}. */
  readonly id: number;
  close(): void;
  send(text: string | undefined): void;
  resize(columns: number, rows: number): void;
}

export interface Client {
  readonly sim: Sim;
  /** Unique in the world; informers and keyframes name the client by it. */
  readonly name: string;
  /** Who asks: a service account or component, as audit and managedFields name it. */
  readonly userAgent: string;
  /** `reply` undefined = nobody waits for the answer (events). */
  send<C extends Plain>(request: ApiRequest, reply?: Handler<any>, context?: C): void;
  /** Opens a watch (or other stream). Frames arrive after the link latency, in order. */
  stream(request: ApiRequest, sink: StreamSink): ClientStream;
  /**
   * Takes over a stream of a restored keyframe: frames in flight still arrive. `request` asks for what follows the last frame
   * sent; it is not used while the stream's own request is still under way (`opened` false).
   */
  reopen(saved: SavedStream, request: ApiRequest, sink: StreamSink): ClientStream;
  /** The stream as a keyframe keeps it. */
  saveStream(stream: ClientStream): SavedStream;
}

export interface ClientOptions {
  readonly sim: Sim;
  readonly transport: Transport;
  readonly userAgent: string;
  /** Default: the user agent. Kubelets of many nodes share a user agent and differ in name. */
  readonly name?: string;
  readonly user?: ApiRequest['user'];
  /** One way, milliseconds. */
  readonly latencyMs: number;
  /** Client-side flow control; absent = none. */
  readonly limit?: { readonly qps: number; readonly burst: number };
}

export interface SavedStream {
  readonly id: number;
  /** The server has opened it. */
  readonly opened: boolean;
  /** resourceVersion of the newest watch frame the server has sent, `''` before the first. */
  readonly sentVersion: string;
  /** The server's number of a watch. */
  readonly number?: number;
}

interface Stream {
  readonly id: number;
  readonly client: ComponentClient;
  readonly sink: StreamSink;
  server: ServerStream | undefined;
  opened: boolean;
  closed: boolean;
  sentVersion: string;
}

type Arrival = {
  readonly client: string;
  readonly request: ApiRequest;
  readonly reply: Handler<any> | undefined;
  readonly context: Plain;
};

/** What all clients of one world share: the queue handlers (one per kind of event, not one per client) and the streams. */
class Link {
  readonly sim: Sim;
  readonly clients = new Map<string, ComponentClient>();
  readonly streams = new Map<number, Stream>();
  nextStream = 1;
  readonly arrive: Handler<any>;
  readonly open: Handler<any>;
  readonly frame: Handler<any>;
  readonly end: Handler<any>;

  constructor(sim: Sim) {
    this.sim = sim;
    this.arrive = sim.handler<any>('client/arrive', (arrival: Arrival) => {
      const client = this.clients.get(arrival.client);
      if (client === undefined) return;
      const response = client.transport(arrival.request);
      response.stream?.close();
      if (arrival.reply !== undefined) {
        sim.after(client.latencyMs, arrival.reply, { context: arrival.context, response } as never);
      }
    });
    this.open = sim.handler<any>('client/open', ({ stream, request }: { stream: number; request: ApiRequest }) => {
      const target = this.streams.get(stream);
      if (target !== undefined) this.connect(target, request);
    });
    this.frame = sim.handler<any>('client/frame', ({ stream, frame }: { stream: number; frame: StreamFrame }) => {
      this.streams.get(stream)?.sink.frame(frame);
    });
    this.end = sim.handler<any>('client/end', ({ stream, response }: { stream: number; response: ApiResponse }) => {
      const target = this.streams.get(stream);
      if (target === undefined) return;
      this.streams.delete(stream);
      target.sink.end(response);
    });
    sim.keep('client', {
      save: () => ({
        nextStream: this.nextStream,
        paces: [...this.clients.values()].filter((one) => one.pace > 0).map((one) => [one.name, one.pace]),
      }),
      restore: (state) => {
        const saved = state as { nextStream: number; paces: [string, number][] };
        this.nextStream = saved.nextStream;
        // Whoever owned a stream of the keyframe reopens it in its own restore.
        this.streams.clear();
        for (const client of this.clients.values()) client.pace = 0;
        for (const [name, pace] of saved.paces) {
          const client = this.clients.get(name);
          if (client !== undefined) client.pace = pace;
        }
      },
    });
  }

  /** Asks the server for the stream and forwards what it sends. */
  connect(stream: Stream, request: ApiRequest): void {
    const { sim } = this;
    const { latencyMs } = stream.client;
    const response = stream.client.transport(request);
    stream.opened = true;
    if (response.stream === undefined) {
      sim.after(latencyMs, this.end, { stream: stream.id, response } as never);
      return;
    }
    stream.server = response.stream;
    const { stream: _server, ...head } = response;
    response.stream.open({
      frame: (frame) => {
        if (stream.closed) return;
        if (frame.kind === 'watch') stream.sentVersion = frame.event.object.metadata?.['resourceVersion' as never] ?? stream.sentVersion;
        sim.after(latencyMs, this.frame, { stream: stream.id, frame } as never);
      },
      end: () => {
        if (!stream.closed) sim.after(latencyMs, this.end, { stream: stream.id, response: head } as never);
      },
    });
  }
}

const linkOf = oncePerSim((sim) => new Link(sim));

export function createClient(options: ClientOptions): Client {
  return new ComponentClient(options);
}

class ComponentClient implements Client {
  readonly sim: Sim;
  readonly name: string;
  readonly userAgent: string;
  readonly transport: Transport;
  readonly latencyMs: number;
  /** Theoretical time of the next request under flow control. */
  pace = 0;
  readonly #link: Link;
  readonly #user: ApiRequest['user'];
  readonly #intervalMs: number;
  readonly #allowanceMs: number;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(options: ClientOptions) {
    this.sim = options.sim;
    this.userAgent = options.userAgent;
    this.name = options.name ?? options.userAgent;
    this.transport = options.transport;
    this.latencyMs = options.latencyMs;
    this.#user = options.user;
    this.#intervalMs = options.limit === undefined ? 0 : 1000 / options.limit.qps;
    this.#allowanceMs = options.limit === undefined ? 0 : (options.limit.burst - 1) * this.#intervalMs;
    this.#headers = { 'user-agent': options.userAgent };
    this.#link = linkOf(options.sim);
    if (this.#link.clients.has(this.name)) throw new Error(`a client is already called ${this.name}`);
    this.#link.clients.set(this.name, this);
  }

  send<C extends Plain>(request: ApiRequest, reply?: Handler<any>, context?: C): void {
    const arrival: Arrival = { client: this.name, request: this.#signed(request), reply, context };
    this.sim.after(this.#wait() + this.latencyMs, this.#link.arrive, arrival as never);
  }

  stream(request: ApiRequest, sink: StreamSink): ClientStream {
    const stream = this.#stream(this.#link.nextStream++, sink);
    this.sim.after(this.#wait() + this.latencyMs, this.#link.open, { stream: stream.id, request: this.#signed(request) } as never);
    return this.#handle(stream);
  }

  reopen(saved: SavedStream, request: ApiRequest, sink: StreamSink): ClientStream {
    const stream = this.#stream(saved.id, sink);
    stream.sentVersion = saved.sentVersion;
    if (saved.opened) {
      const headers = saved.number === undefined ? request.headers : { ...request.headers, [WATCH_NUMBER]: String(saved.number) };
      this.#link.connect(stream, this.#signed({ ...request, headers }));
    }
    return this.#handle(stream);
  }

  saveStream(handle: ClientStream): SavedStream {
    const stream = this.#link.streams.get(handle.id);
    if (stream === undefined) return { id: handle.id, opened: true, sentVersion: '' };
    const number = stream.server?.number;
    return { id: stream.id, opened: stream.opened, sentVersion: stream.sentVersion, ...(number === undefined ? {} : { number }) };
  }

  #stream(id: number, sink: StreamSink): Stream {
    const stream: Stream = { id, client: this, sink, server: undefined, opened: false, closed: false, sentVersion: '' };
    this.#link.streams.set(id, stream);
    return stream;
  }

  #handle(stream: Stream): ClientStream {
    return {
      id: stream.id,
      close: () => {
        stream.closed = true;
        this.#link.streams.delete(stream.id);
        stream.server?.close();
      },
      send: (text) => stream.server?.send?.(text),
      resize: (columns, rows) => stream.server?.resize?.(columns, rows),
    };
  }

  #signed({ method, path, query, headers, body, user }: ApiRequest): ApiRequest {
    const signed = headers === undefined ? this.#headers : { ...this.#headers, ...headers };
    return { method, path, query, headers: signed, body, user: this.#user ?? user };
  }

  /** Milliseconds the flow control holds the next request: a token bucket as one number. */
  #wait(): number {
    if (this.#intervalMs === 0) return 0;
    const { now } = this.sim;
    const due = Math.max(this.pace, now);
    this.pace = due + this.#intervalMs;
    return Math.max(0, due - now - this.#allowanceMs);
  }
}
