// What the API server asks a node's kubelet for on behalf of a client: logs, commands in containers, port-forwards. The kubelet of
// a node registers one under its node's name.
// Models: kubernetes v1.37 pkg/registry/core/pod/{rest,strategy}.go LogLocation, ExecLocation; the kubelet's HTTP server
import type { AnyObject } from './object.ts';
import type { ServerStream } from './rest.ts';

export interface LogRequest {
  readonly pod: AnyObject;
  readonly container: string;
  readonly follow: boolean;
  readonly previous: boolean;
  readonly timestamps: boolean;
  readonly tailLines?: number;
  readonly sinceSeconds?: number;
  /** RFC 3339. */
  readonly sinceTime?: string;
  readonly limitBytes?: number;
}

export interface ExecRequest {
  readonly pod: AnyObject;
  readonly container: string;
  /** Empty for attach. */
  readonly command: readonly string[];
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

/** A refusal passes on as the Status of that code and text. */
export interface NodeRefusal {
  readonly refused: { readonly code: number; readonly message: string };
}

export interface NodeProxy {
  /** The whole text for a finished request; a stream for `follow`. */
  log(request: LogRequest): string | ServerStream | NodeRefusal;
  exec(request: ExecRequest): ServerStream | NodeRefusal;
  attach?(request: ExecRequest): ServerStream | NodeRefusal;
  /** One stream per port; text frames both ways. */
  portForward?(pod: AnyObject, port: number): ServerStream | NodeRefusal;
}
