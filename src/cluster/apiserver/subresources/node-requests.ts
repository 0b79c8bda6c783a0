// log, exec, attach, portforward: the server finds the pod's node and passes the request on to its kubelet.
// Models: kubernetes v1.37 pkg/registry/core/pod/strategy.go LogLocation, streamLocation; rest/{log,subresources}.go
import { type FieldError, invalid } from '../../apimachinery/field.ts';
import { NOT_NEGATIVE } from '../../apimachinery/names.ts';
import type { ExecRequest, NodeProxy, NodeRefusal } from '../../apimachinery/node-proxy.ts';
import type { AnyObject } from '../../apimachinery/object.ts';
import type { ApiResponse, ServerStream } from '../../apimachinery/rest.ts';
import { badRequest, failure, invalidObject, methodNotAllowed, notFound } from '../../apimachinery/status-error.ts';
import { storeKey } from '../core.ts';
import { queryValue, queryValues } from '../routes.ts';
import { booleanQuery, integerQuery, type Scope } from '../scope.ts';

const TEXT_HEADERS = { 'content-type': 'text/plain' } as const;

function podOf(scope: Scope): AnyObject {
  const { core, route } = scope;
  const pod = core.store.get('pods', storeKey(route.namespace, route.name!));
  if (pod === undefined) throw notFound('', 'pods', route.name!);
  return pod;
}

function containerNames(pod: AnyObject): { app: string[]; init: string[]; ephemeral: string[] } {
  const names = (list: readonly { name: string }[] | undefined) => (list ?? []).map((one) => one.name);
  const { spec } = pod as any;
  return { app: names(spec.containers), init: names(spec.initContainers), ephemeral: names(spec.ephemeralContainers) };
}

/** The container asked for, or the only one. */
function containerOf(scope: Scope, pod: AnyObject): string {
  const given = queryValue(scope.request, 'container') ?? '';
  const { app, init, ephemeral } = containerNames(pod);
  const name = pod.metadata.name;
  if (given !== '') {
    if (![...app, ...init, ...ephemeral].includes(given)) throw badRequest(`container ${given} is not valid for pod ${name}`);
    return given;
  }
  if (app.length === 1) return app[0]!;
  if (app.length === 0) throw badRequest(`a container name must be specified for pod ${name}`);
  const inits = init.length === 0 ? '' : ` or one of the init containers: [${init.join(' ')}]`;
  throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${app.join(' ')}]${inits}`);
}

function nodeOf(scope: Scope, pod: AnyObject): NodeProxy {
  const nodeName: string = pod['spec'].nodeName;
  const proxy = scope.core.nodes.get(nodeName);
  // The real server words a missing node as a missing pod of the node's name.
  if (proxy === undefined) throw notFound('', 'pods', nodeName);
  return proxy;
}

function passedOn(answer: ServerStream | NodeRefusal): ApiResponse {
  if ('refused' in answer) throw failure(answer.refused.code, reasonOf(answer.refused.code), answer.refused.message);
  return { status: 101, stream: answer };
}

function reasonOf(code: number): string {
  if (code === 400) return 'BadRequest';
  return code === 404 ? 'NotFound' : code === 500 ? 'InternalError' : '';
}

export function log(scope: Scope): ApiResponse {
  if (scope.request.method !== 'GET') throw methodNotAllowed();
  const pod = podOf(scope);
  const { request } = scope;
  const integers = {
    tailLines: integerQuery(request, 'tailLines'),
    limitBytes: integerQuery(request, 'limitBytes'),
    sinceSeconds: integerQuery(request, 'sinceSeconds'),
  };
  const errors: FieldError[] = [];
  if ((integers.tailLines ?? 0) < 0) errors.push(invalid('tailLines', integers.tailLines, NOT_NEGATIVE));
  if (integers.limitBytes !== undefined && integers.limitBytes < 1)
    errors.push(invalid('limitBytes', integers.limitBytes, 'must be greater than 0'));
  if (integers.sinceSeconds !== undefined && integers.sinceSeconds < 1)
    errors.push(invalid('sinceSeconds', integers.sinceSeconds, 'must be greater than 0'));
  if (errors.length > 0) throw invalidObject('', 'PodLogOptions', pod.metadata.name, errors);
  const container = containerOf(scope, pod);
  if (!pod['spec'].nodeName) return { status: 204, headers: TEXT_HEADERS, body: '' };
  const answer = nodeOf(scope, pod).log({
    pod,
    container,
    follow: booleanQuery(request, 'follow'),
    previous: booleanQuery(request, 'previous'),
    timestamps: booleanQuery(request, 'timestamps'),
    tailLines: integers.tailLines,
    limitBytes: integers.limitBytes,
    sinceSeconds: integers.sinceSeconds,
    sinceTime: queryValue(request, 'sinceTime'),
  });
  if (typeof answer === 'string') return { status: 200, headers: TEXT_HEADERS, body: answer };
  if ('refused' in answer) return passedOn(answer);
  return { status: 200, headers: TEXT_HEADERS, stream: answer };
}

function execRequest(scope: Scope, pod: AnyObject): ExecRequest {
  const { request } = scope;
  return {
    pod,
    container: containerOf(scope, pod),
    command: queryValues(request, 'command'),
    stdin: booleanQuery(request, 'stdin'),
    stdout: booleanQuery(request, 'stdout'),
    stderr: booleanQuery(request, 'stderr'),
    tty: booleanQuery(request, 'tty'),
  };
}

function assignedPod(scope: Scope): AnyObject {
  if (scope.request.method !== 'GET' && scope.request.method !== 'POST') throw methodNotAllowed();
  const pod = podOf(scope);
  if (!pod['spec'].nodeName) throw badRequest(`pod ${pod.metadata.name} does not have a host assigned`);
  return pod;
}

export function exec(scope: Scope): ApiResponse {
  const pod = assignedPod(scope);
  const request = execRequest(scope, pod);
  if (request.command.length === 0) throw failure(400, 'BadRequest', 'you must specify at least 1 command for the container');
  return passedOn(nodeOf(scope, pod).exec(request));
}

export function attach(scope: Scope): ApiResponse {
  const pod = assignedPod(scope);
  const request = execRequest(scope, pod);
  const proxy = nodeOf(scope, pod);
  return passedOn(proxy.attach?.(request) ?? { refused: { code: 501, message: 'attach is not supported by this node' } });
}

export function portForward(scope: Scope): ApiResponse {
  const pod = assignedPod(scope);
  const proxy = nodeOf(scope, pod);
  const port = integerQuery(scope.request, 'ports') ?? integerQuery(scope.request, 'port') ?? 0;
  return passedOn(proxy.portForward?.(pod, port) ?? { refused: { code: 501, message: 'port-forward is not supported by this node' } });
}
