// A component's road to the API server: a request leaves now, is handled after the link's latency, and its answer comes back after it
// again. Replies go to a registered handler with the caller's own plain context, so that requests in flight survive a keyframe.
import type { Handler, Sim } from '../../sim/sim.ts';
import type { Plain } from '../../sim/plain.ts';
import type { ApiRequest, ApiResponse, StreamFrame } from '../apimachinery/rest.ts';

/** What a client needs of the API server; `apiserver.handle` is one, a test double another. */
export type Transport = (request: ApiRequest) => ApiResponse;

export interface Reply<C extends Plain> {
  readonly context: C;
  readonly response: ApiResponse;
}

export interface Client {
  /** Who asks: a service account or component, as audit and managedFields name it. */
  readonly userAgent: string;
  /** `reply` undefined = nobody waits for the answer (events). */
  send<C extends Plain>(request: ApiRequest, reply?: Handler<any>, context?: C): void;
  /** Opens a watch (or other stream). Frames arrive after the link latency, in order. */
  stream(request: ApiRequest, sink: { frame(frame: StreamFrame): void; end(response: ApiResponse): void }): { close(): void };
}

export interface ClientOptions {
  readonly sim: Sim;
  readonly transport: Transport;
  readonly userAgent: string;
  readonly user?: ApiRequest['user'];
  /** One way, milliseconds. */
  readonly latencyMs: number;
}
