// The port through which kubectl reaches an API server: the calls of the device `kubernetes-api` and what they answer. Whoever
// composes a machine implements it (in the page a function call with simulated latency, in Node a socket).
// Models: kubernetes v1.37 staging/src/k8s.io/client-go/rest, transport/websocket
import type { Status } from '../../../cluster/apimachinery/object.ts';
import type { ApiRequest, ApiResponse, StreamFrame } from '../../../cluster/apimachinery/rest.ts';

/** Name of the device. */
export const KUBERNETES_API = 'kubernetes-api';

/** A request and where it goes: `server` is the URL of the kubeconfig's cluster, `https://192.168.49.2:8443`. */
export type ServerRequest = ApiRequest & { readonly server: string };

/**
 * The server did not answer at all. `refused`: nobody listens there (a stopped cluster, no kubeconfig: `http://localhost:8080`).
 * Else `text` is Go's error, as in `dial tcp 192.168.49.2:8443: i/o timeout`.
 */
export type Unreachable = { readonly unreachable: 'refused' } | { readonly unreachable: 'other'; readonly text: string };

/** Call `request`: one exchange without a stream. The answer is given once the server's response has come back. */
export type RequestAnswer = ApiResponse | Unreachable;

/**
 * Call `open`, args {@link ServerRequest}: a watch (`watch=true`), `log?follow=true`, exec, attach or portforward. Answered when the
 * response's head is back: the stream, or the response when it was refused (a status of 400 and above) or is no stream.
 */
export type OpenAnswer = { readonly stream: StreamId } | { readonly response: ApiResponse } | Unreachable;

export type StreamId = number;

/**
 * Call `next`: the next frame of whichever of the streams has one first; answered when it has come. With `timeoutMs`, `timeout` is
 * answered when none came in that time. A finished stream answers `end` once and then no more.
 */
export interface NextArgs {
  readonly streams: readonly StreamId[];
  readonly timeoutMs?: number;
}

export type NextAnswer =
  | { readonly kind: 'frame'; readonly stream: StreamId; readonly frame: StreamFrame }
  | { readonly kind: 'end'; readonly stream: StreamId }
  | { readonly kind: 'timeout' };

/** Call `send`: standard input of exec and attach, bytes to a forwarded port; no `text` = end of input. Answers nothing. */
export interface SendArgs {
  readonly stream: StreamId;
  readonly text?: string;
}

/** Call `resize`: the terminal's size has changed (or is now known). */
export interface ResizeArgs {
  readonly stream: StreamId;
  readonly columns: number;
  readonly rows: number;
}

/** Call `close`: hang up. The device does the same for every stream a process had opened when that process ends. Any process of the
 *  machine may use an id (kubectl's own child processes pump standard input). */
export interface CloseArgs {
  readonly stream: StreamId;
}

/** An exec or attach frame's `status` as kubectl reads it. */
export type ExitReport = Extract<StreamFrame, { kind: 'status' }> & { readonly status: Status };
