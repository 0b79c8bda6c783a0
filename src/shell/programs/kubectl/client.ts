// kubectl's REST client: one request in, its answer or a failure in kubectl's words out; warnings of the server go to standard error.
// Models: kubernetes v1.37 staging/src/k8s.io/client-go/rest/{request,warnings}.go
import type { AnyObject, Status } from '../../../cluster/apimachinery/object.ts';
import type { ApiRequest, ApiResponse } from '../../../cluster/apimachinery/rest.ts';
import type { Body, Os } from '../../../posix/program.ts';
import {
  KUBERNETES_API,
  type NextAnswer,
  type OpenAnswer,
  type RequestAnswer,
  type ServerRequest,
  type StreamId,
  type Unreachable,
} from './api.ts';
import { ConnectionFailure, Failure, StatusFailure, UpgradeFailure } from './errors.ts';
import type { Flags } from './flags.ts';
import type { Target } from './kubeconfig.ts';

export type Query = Record<string, string | readonly string[]>;

export interface RequestOptions {
  readonly query?: Query;
  readonly body?: ApiRequest['body'];
  readonly contentType?: string;
  readonly accept?: string;
}

export const TABLE_ACCEPT =
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json';
const UPGRADED = /\/(exec|attach|portforward)$/;

export const PATCH_TYPES = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

/** Host and port of a server's URL. */
export function hostOf(server: string): string {
  return server.replace(/^[a-z]+:\/\//, '').replace(/\/.*$/, '');
}

export class Client {
  readonly #os: Os;
  readonly #target: Target;
  readonly #flags: Flags;
  readonly #shownWarnings: Set<string>;
  readonly #userAgent: string;

  constructor(os: Os, target: Target, flags: Flags, path: string, shownWarnings: Set<string>) {
    this.#os = os;
    this.#target = target;
    this.#flags = flags;
    this.#shownWarnings = shownWarnings;
    this.#userAgent = path.split(' ')[0] + '/v1.37.2 (linux/amd64) kubernetes/0000000';
  }

  get server(): string {
    return this.#target.server;
  }

  *get(path: string, options: RequestOptions = {}): Body<any> {
    return (yield* this.exchange('GET', path, options)).body;
  }

  *post(path: string, body: ApiRequest['body'], query: Query = {}): Body<any> {
    return (yield* this.exchange('POST', path, { body, query })).body;
  }

  *put(path: string, body: ApiRequest['body'], query: Query = {}): Body<any> {
    return (yield* this.exchange('PUT', path, { body, query })).body;
  }

  *patch(path: string, type: keyof typeof PATCH_TYPES, body: ApiRequest['body'], query: Query = {}): Body<any> {
    return (yield* this.exchange('PATCH', path, { body, query, contentType: PATCH_TYPES[type] })).body;
  }

  *delete(path: string, body?: ApiRequest['body'], query: Query = {}): Body<any> {
    return (yield* this.exchange('DELETE', path, { body, query })).body;
  }

  /** @throws StatusFailure, ConnectionFailure */
  *exchange(method: ApiRequest['method'], path: string, options: RequestOptions = {}): Body<ApiResponse> {
    const answer: RequestAnswer = yield* this.#os.device(KUBERNETES_API, 'request', this.#request(method, path, options) as never);
    const response = this.#reached(answer, method, path);
    yield* this.#warn(response);
    if (response.status >= 400) throw refusal(response);
    return response;
  }

  /** Opens a stream. @throws StatusFailure when refused */
  *open(path: string, query: Query, options: RequestOptions = {}): Body<StreamId> {
    const request = this.#request('GET', path, { ...options, query });
    const answer: OpenAnswer = yield* this.#os.device(KUBERNETES_API, 'open', request as never);
    if ('stream' in answer) return answer.stream;
    const response = 'response' in answer ? answer.response : this.#reached(answer, 'GET', path);
    yield* this.#warn(response);
    if (response.status < 400) throw new Failure('the server answered without a stream');
    const refused = refusal(response);
    // What the kubelet answers is no Status: it comes as text through the upgrade.
    if (UPGRADED.test(path) && /^container .*not found/.test(refused.message)) throw new UpgradeFailure(refused.message);
    throw refused;
  }

  *next(streams: readonly StreamId[], timeoutMs?: number): Body<NextAnswer> {
    const args = timeoutMs === undefined ? { streams } : { streams, timeoutMs: Math.max(0, timeoutMs) };
    return yield* this.#os.device(KUBERNETES_API, 'next', args as never);
  }

  *send(stream: StreamId, text: string | undefined): Body<void> {
    yield* this.#os.device(KUBERNETES_API, 'send', text === undefined ? { stream } : { stream, text });
  }

  *resize(stream: StreamId, columns: number, rows: number): Body<void> {
    yield* this.#os.device(KUBERNETES_API, 'resize', { stream, columns, rows });
  }

  *close(stream: StreamId): Body<void> {
    yield* this.#os.device(KUBERNETES_API, 'close', { stream });
  }

  #request(method: ApiRequest['method'], path: string, options: RequestOptions): ServerRequest {
    const headers: Record<string, string> = { accept: options.accept ?? 'application/json', 'user-agent': this.#userAgent };
    if (options.body !== undefined) headers['content-type'] = options.contentType ?? 'application/json';
    const token = this.#flags.text('token') || this.#target.user['token'];
    if (typeof token === 'string' && token !== '' && this.#target.user['client-certificate-data'] === undefined)
      headers['authorization'] = `Bearer ${token}`;
    const query = options.query === undefined || Object.keys(options.query).length === 0 ? undefined : options.query;
    const as = this.#flags.text('as');
    const groups = this.#flags.list('as-group');
    const user =
      as === '' ? undefined : { name: as, groups: [...(groups.length > 0 ? groups : serviceAccountGroups(as)), 'system:authenticated'] };
    return {
      server: this.#target.server,
      method,
      path,
      headers,
      ...(query === undefined ? {} : { query }),
      ...(options.body === undefined ? {} : { body: options.body }),
      ...(user === undefined ? {} : { user }),
    };
  }

  #reached(answer: ApiResponse | Unreachable, method: string, path: string): ApiResponse {
    if (!('unreachable' in answer)) return answer;
    void method;
    void path;
    if (answer.unreachable === 'refused') {
      throw new ConnectionFailure(
        `The connection to the server ${hostOf(this.#target.server)} was refused - did you specify the right host or port?`,
      );
    }
    throw new ConnectionFailure(`Unable to connect to the server: ${answer.text}`);
  }

  *#warn(response: ApiResponse): Body<void> {
    for (const line of (response.headers?.['warning'] ?? '').split('\n')) {
      if (line === '') continue;
      const match = /^299 - "((?:[^"\\]|\\.)*)"/.exec(line);
      const text = match === null ? line : match[1]!.replace(/\\(.)/g, '$1');
      if (this.#shownWarnings.has(text)) continue;
      this.#shownWarnings.add(text);
      yield* this.#os.write(2, `Warning: ${text}\n`);
    }
  }
}

function serviceAccountGroups(name: string): readonly string[] {
  const match = /^system:serviceaccount:([^:]+):[^:]+$/.exec(name);
  return match === null ? [] : ['system:serviceaccounts', `system:serviceaccounts:${match[1]}`];
}

function refusal(response: ApiResponse): StatusFailure {
  const body = response.body as Status | string | undefined;
  if (typeof body === 'object' && body !== null && body.kind === 'Status') return new StatusFailure(body);
  const message = response.status === 404 ? 'the server could not find the requested resource' : String(body ?? '').trim();
  return new StatusFailure({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason: response.status === 404 ? 'NotFound' : response.status >= 500 ? 'InternalError' : 'BadRequest',
    details: {},
    code: response.status,
  });
}

export type AnyList = {
  readonly items: readonly AnyObject[];
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
};
