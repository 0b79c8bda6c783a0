// The grammar of one REST exchange with the API server. In the page the transport is a function call with simulated latency, in
// Node an HTTP server: both speak these two types, so that neither side knows which it is.
// Models: kubernetes v1.37 API conventions (verbs, content types, watch and streaming answers)
import type { AnyObject, Plain, Status } from './object.ts';

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path without query, as in `/apis/apps/v1/namespaces/default/deployments/web/scale`. */
  readonly path: string;
  /** Query parameters; a repeated one (`command=a&command=b`) is an array. */
  readonly query?: Readonly<Record<string, string | readonly string[]>>;
  /** Names in lower case: `accept`, `content-type`, `user-agent`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** An object where the client is in-process (never mutated afterwards), text where it came over a wire or from a file. */
  readonly body?: Plain | AnyObject;
  /** Who asks; absent = the cluster administrator of the kubeconfig (`minikube-user`, group system:masters). */
  readonly user?: { readonly name: string; readonly groups: readonly string[] };
}

export interface ApiResponse {
  readonly status: number;
  /** Names in lower case; `warning` may hold several, joined by a newline. */
  readonly headers?: Readonly<Record<string, string>>;
  /** An object, a Status, or text (`/healthz`, `…/log`). Absent while `stream` delivers it. */
  readonly body?: AnyObject | Status | Plain;
  /** Present for watch, `log?follow=true`, exec, attach, port-forward. */
  readonly stream?: ServerStream;
}

/** What a watch delivers, one per change. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: AnyObject | Status;
}

/** A frame of a streaming answer: a watch event, log text, or exec output. */
export type StreamFrame =
  | { readonly kind: 'watch'; readonly event: WatchEvent }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'stdout' | 'stderr'; readonly text: string }
  /** Exec and attach: how it ended, as the v5.channel.k8s.io error channel says it. */
  | { readonly kind: 'status'; readonly status: Status };

/** Header of a request that takes over a watch of a restored keyframe: its number, so that the watch keeps its time-out. */
export const WATCH_NUMBER = 'x-watch-number';

export interface ServerStream {
  /** Of a watch: names its timers in a keyframe. */
  readonly number?: number;
  /** Called once by the client side; frames made before are delivered first, in order. */
  open(sink: { frame(frame: StreamFrame): void; end(): void }): void;
  /** Client to server: stdin text of exec and attach; undefined = end of input. */
  send?(text: string | undefined): void;
  resize?(columns: number, rows: number): void;
  /** The client hangs up (Ctrl-C). No frame follows. */
  close(): void;
}
