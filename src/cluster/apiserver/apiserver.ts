// The API server: one door, `handle(request)`, behind which REST requests are routed, admitted, defaulted, validated, stored and
// answered. In the page clients call it over a simulated link; in Node an HTTP server stands in front of it.
// Simplified: whoever asks may do everything; authorization comes with the kinds of RBAC.
// Models: kubernetes v1.37 kube-apiserver
import type { Sim } from '../../sim/sim.ts';
import type { NodeProxy } from '../apimachinery/node-proxy.ts';
import type { Plain } from '../apimachinery/object.ts';
import type { ApiRequest, ApiResponse } from '../apimachinery/rest.ts';
import { internalFailure, methodNotAllowed, noSuchResource, notAcceptable, StatusError } from '../apimachinery/status-error.ts';
import { printYaml } from '../apimachinery/yaml.ts';
import type { Kind } from '../kinds/kind.ts';
import { Core } from './core.ts';
import { create } from './create.ts';
import { remove, removeCollection } from './delete.ts';
import { Discovery } from './discovery.ts';
import { HEALTH_PATHS, healthAnswer, VERSION } from './health.ts';
import { patch } from './patch.ts';
import { negotiate, presentStatus } from './present.ts';
import { get, list, readListOptions } from './read.ts';
import type { Route } from './routes.ts';
import { Scope } from './scope.ts';
import { scale } from './subresources/scale.ts';
import { actions } from './subresources/subresources.ts';
import { update } from './update.ts';
import { watch } from './watch.ts';

export interface ApiServerOptions {
  readonly sim: Sim;
  readonly kinds: readonly Kind<any>[];
}

export interface ApiServer {
  /**
   * Answers one request now. Refusals are answers (a Status of kind Failure), never exceptions. Objects in bodies and answers are
   * shared and must not be changed.
   */
  handle(request: ApiRequest): ApiResponse;
  /** Where log, exec, attach and portforward of pods on this node go. */
  registerNode(name: string, proxy: NodeProxy): void;
  unregisterNode(name: string): void;
  /** Revision of the last write. */
  readonly revision: number;
}

export function createApiServer(options: ApiServerOptions): ApiServer {
  return new KubeApiServer(options);
}

const NOT_FOUND_PAGE: ApiResponse = { status: 404, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: '404 page not found\n' };
const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

class KubeApiServer implements ApiServer {
  readonly #core: Core;
  readonly #discovery: Discovery;

  constructor({ sim, kinds }: ApiServerOptions) {
    this.#core = new Core(sim, kinds);
    this.#discovery = new Discovery(kinds);
  }

  get revision(): number {
    return this.#core.store.revision;
  }

  registerNode(name: string, proxy: NodeProxy): void {
    this.#core.nodes.set(name, proxy);
  }

  unregisterNode(name: string): void {
    this.#core.nodes.delete(name);
  }

  handle(request: ApiRequest): ApiResponse {
    const response = this.#answer(request);
    return request.headers?.['accept']?.startsWith('application/yaml') ? asYaml(response) : response;
  }

  #answer(request: ApiRequest): ApiResponse {
    if ((request.method as string) === 'HEAD') return { status: 405, headers: { 'content-type': 'application/json' }, body: '' };
    const route = this.#core.routes.resolve(request.path);
    if (typeof route === 'string') return this.#handleOther(request, route);
    const scope = new Scope(this.#core, request, route);
    this.#core.sim.journal.record('apiserver', 'Requested', subjectOf(route), requestData(request));
    if (route.kind.deprecation !== undefined) scope.warn(route.kind.deprecation);
    try {
      const response = serve(scope);
      if (scope.dryRun) scope.rollback();
      return response;
    } catch (error) {
      scope.rollback();
      if (error instanceof StatusError) return presentStatus(error.status, scope.warnings);
      throw error;
    }
  }

  /** Paths that are no resources: discovery, health, version. */
  #handleOther(request: ApiRequest, why: 'none' | 'unknown'): ApiResponse {
    try {
      negotiateOther(request);
      const path = request.path.length > 1 && request.path.endsWith('/') ? request.path.slice(0, -1) : request.path;
      const body = this.#otherBody(request, path);
      if (body !== undefined) {
        if (request.method !== 'GET') throw methodNotAllowed();
        if (typeof body === 'string') return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body };
        const aggregated = (body as { kind?: string }).kind === 'APIGroupDiscoveryList';
        return { status: 200, headers: { 'content-type': aggregated ? AGGREGATED : 'application/json' }, body };
      }
      if (why === 'none' && path !== '/api' && !path.startsWith('/api/')) return NOT_FOUND_PAGE;
      throw noSuchResource();
    } catch (error) {
      if (error instanceof StatusError) return presentStatus(error.status, []);
      throw error;
    }
  }

  #otherBody(request: ApiRequest, path: string): Plain | undefined {
    if (path === '/version') return VERSION;
    if (HEALTH_PATHS.test(path)) return healthAnswer(path, request.query?.['verbose'] !== undefined);
    if (path !== '/api' && path !== '/apis' && !path.startsWith('/api/') && !path.startsWith('/apis/')) return undefined;
    return this.#discovery.answer(path, wantsAggregated(request.headers?.['accept'] ?? ''));
  }
}

/** Clients that want YAML get the text; everybody else gets data and encodes it at the edge. */
function asYaml(response: ApiResponse): ApiResponse {
  if (typeof response.body !== 'object' || response.body === null) return response;
  return { ...response, headers: { ...response.headers, 'content-type': 'application/yaml' }, body: printYaml(response.body) };
}

/** Discovery, health and version refuse what they cannot speak, as resources do. */
function negotiateOther(request: ApiRequest): void {
  if (!request.headers?.['accept']?.includes('apidiscovery.k8s.io')) negotiate(request);
}

const ACCEPTABLE = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';

function wantsAggregated(accept: string): boolean {
  const clauses = accept.split(',').map((clause) => clause.replaceAll(' ', ''));
  for (const clause of clauses) {
    if (clause.includes('as=APIGroupDiscoveryList')) {
      if (clause.includes('g=apidiscovery.k8s.io') && (clause.includes('v=v2;') || clause.endsWith('v=v2'))) return true;
    } else return false;
  }
  throw notAcceptable(`only the following media types are accepted: ${ACCEPTABLE}`);
}

function subjectOf(route: Route): string {
  const name = route.name === undefined ? '' : `/${route.name}`;
  const namespace = route.namespace === undefined ? '' : `/${route.namespace}`;
  return `${route.kind.resource}${namespace}${name}${route.subresource === '' ? '' : `/${route.subresource}`}`;
}

function requestData(request: ApiRequest): Plain {
  const agent = request.headers?.['user-agent'];
  return agent === undefined ? { method: request.method } : { method: request.method, userAgent: agent };
}

function serve(scope: Scope): ApiResponse {
  const { route, request } = scope;
  if (route.subresource !== '') return serveSubresource(scope);
  const { verbs } = route.kind;
  if (route.name === undefined) {
    if (request.method === 'GET') return serveList(scope);
    if (request.method === 'POST' && verbs.includes('create')) {
      if (route.kind.namespaced && route.namespace === undefined) throw methodNotAllowed();
      return create(scope);
    }
    if (request.method === 'DELETE' && verbs.includes('deletecollection')) return removeCollection(scope);
    throw methodNotAllowed();
  }
  if (route.watchPath && request.method === 'GET') return serveList(scope);
  if (request.method === 'GET' && verbs.includes('get')) return get(scope);
  if (request.method === 'PUT' && verbs.includes('update')) return update(scope);
  if (request.method === 'PATCH' && verbs.includes('patch')) return patch(scope);
  if (request.method === 'DELETE' && verbs.includes('delete')) return remove(scope);
  throw methodNotAllowed();
}

function serveList(scope: Scope): ApiResponse {
  const { verbs } = scope.route.kind;
  if (!verbs.includes('list')) throw methodNotAllowed();
  const options = readListOptions(scope);
  if (!options.watch) return list(scope, options);
  if (!verbs.includes('watch')) throw methodNotAllowed();
  return watch(scope, options);
}

function serveSubresource(scope: Scope): ApiResponse {
  const { route, request } = scope;
  const name = route.subresource.split('/')[0]!;
  const subresource = route.kind.subresources[name]!;
  switch (subresource.type) {
    case 'scale':
      return scale(scope, subresource);
    case 'action': {
      const action = actions[`${route.kind.resource}/${name}`];
      if (action === undefined) throw internalFailure(`${route.kind.resource}/${name} is not simulated`);
      return action(scope);
    }
    default: {
      const verbs = subresource.type === 'status' ? ['get', 'patch', 'update'] : subresource.verbs;
      if (request.method === 'GET' && verbs.includes('get')) return get(scope);
      if (request.method === 'PUT' && verbs.includes('update')) return update(scope);
      if (request.method === 'PATCH' && verbs.includes('patch')) return patch(scope);
      throw methodNotAllowed();
    }
  }
}
