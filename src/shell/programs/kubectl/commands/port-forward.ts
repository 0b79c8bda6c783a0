// kubectl port-forward: a local port whose connections go to a port of a pod.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/portforward/portforward.go, client-go/tools/portforward
import { type Body, type Os, SystemError } from '../../../../posix/program.ts';
import { KUBERNETES_API } from '../api.ts';
import { defineCommand, type Kubectl } from '../command.ts';
import { Failure } from '../errors.ts';
import { duration, strings } from '../flags.ts';
import { onePod } from '../pods.ts';
import { build } from '../resource-builder.ts';

interface Pair {
  readonly local: number;
  readonly remote: number;
}

export const portForward = defineCommand({
  name: 'port-forward',
  short: 'Forward one or more local ports to a pod',
  use: 'TYPE/NAME [options] [LOCAL_PORT:]REMOTE_PORT [...[LOCAL_PORT_N:]REMOTE_PORT_N]',
  flags: [
    strings('address', 'Addresses to listen on (comma separated). Only accepts IP addresses or localhost as a value.', {
      value: 'localhost',
    }),
    duration('pod-running-timeout', 'The length of time (like 5s, 2m, or 3h, higher than zero) to wait until at least one pod is running', {
      value: '1m0s',
    }),
  ],
  *run(k) {
    if (k.args.length < 2) throw k.usage('TYPE/NAME and list of ports are required for port-forward');
    const built = yield* build(k, { args: [k.args[0]!], defaultType: 'pods', flatten: true });
    if (built.errors.length > 0) throw built.errors[0]!;
    const info = built.infos[0]!;
    const pod = yield* onePod(k, info, k.flags.duration('pod-running-timeout'), 'port-forward');
    const pairs = k.args.slice(1).map((spec) => parsePair(spec, info.object, pod));
    if (pod.status?.phase !== 'Running')
      throw new Failure(`unable to forward port because pod is not running. Current status=${pod.status?.phase}`);
    yield* forward(k, pod, pairs);
  },
});

function portOf(text: string, side: 'local' | 'remote'): number {
  if (!/^\d+$/.test(text))
    throw new Failure(`error parsing ${side} port '${text}': strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`);
  const port = Number(text);
  if (port > 65535)
    throw new Failure(`error parsing ${side} port '${text}': strconv.ParseUint: parsing ${JSON.stringify(text)}: value out of range`);
  return port;
}

function parsePair(spec: string, object: any, pod: any): Pair {
  const parts = spec.split(':');
  if (parts.length > 2) throw new Failure(`invalid port format '${spec}'`);
  const remoteText = parts.at(-1)!;
  let remote = /^\d+$/.test(remoteText) ? Number(remoteText) : namedPort(remoteText, object, pod);
  const localText = parts.length === 2 ? parts[0]! : /^\d+$/.test(remoteText) ? remoteText : String(remote);
  const local = localText === '' ? 0 : portOf(localText, 'local');
  if (remote === undefined) remote = portOf(remoteText, 'remote');
  if (remote === 0) throw new Failure('remote port must be > 0');
  return { local, remote: object.kind === 'Service' ? targetPort(object, pod, remote) : remote };
}

function namedPort(name: string, object: any, pod: any): number | undefined {
  if (object.kind === 'Service') {
    const port = (object.spec.ports ?? []).find((one: any) => one.name === name);
    if (port === undefined) throw new Failure(`Service '${object.metadata.name}' does not have a named port '${name}'`);
    return port.port;
  }
  for (const container of pod.spec.containers) for (const port of container.ports ?? []) if (port.name === name) return port.containerPort;
  throw new Failure(`Pod '${pod.metadata.name}' does not have a named port '${name}'`);
}

/** The pod's port behind a Service's. @throws Failure */
function targetPort(service: any, pod: any, port: number): number {
  const found = (service.spec.ports ?? []).find((one: any) => one.port === port);
  if (found === undefined) throw new Failure(`Service ${service.metadata.name} does not have a service port ${port}`);
  if (service.spec.clusterIP === 'None') return port;
  if (typeof found.targetPort === 'string') return namedPort(found.targetPort, pod, pod)!;
  return found.targetPort || port;
}

function* forward(k: Kubectl, pod: any, pairs: readonly Pair[]): Body<void> {
  const address = k.flags.list('address')[0] ?? 'localhost';
  const ip = address === 'localhost' ? '127.0.0.1' : address;
  const listeners: { listener: number; pair: Pair; local: number }[] = [];
  for (const pair of pairs) {
    const local = pair.local === 0 ? 30_000 + (yield* k.os.random(30_000)) : pair.local;
    try {
      const listener = yield* k.os.net.listen(local, { ip });
      listeners.push({ listener, pair, local });
      yield* k.out(`Forwarding from ${ip}:${local} -> ${pair.remote}\n`);
      if (address === 'localhost') yield* k.out(`Forwarding from [::1]:${local} -> ${pair.remote}\n`);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      const second =
        address === 'localhost' ? ` unable to create listener: Error listen tcp6 [::1]:${local}: bind: address already in use` : '';
      yield* k.err(
        `Unable to listen on port ${local}: Listeners failed to create with the following errors: [unable to create listener: Error listen tcp4 ${ip}:${local}: bind: address already in use${second}]\n`,
      );
    }
  }
  if (listeners.length === 0)
    throw new Failure(`unable to listen on any of the requested ports: [${pairs.map((one) => `{${one.local} ${one.remote}}`).join(' ')}]`);
  const path = `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}/portforward`;
  const { server } = yield* k.target();
  const children: number[] = [];
  for (const { listener, pair, local } of listeners.slice(1)) {
    children.push(yield* k.os.spawn(['kubectl'], { body: (os) => serve(os, server, path, listener, pair, local) }));
  }
  const first = listeners[0]!;
  yield* serve(k.os, server, path, first.listener, first.pair, first.local);
  for (const child of children) yield* k.os.wait(child);
}

/** Accepts for ever; every connection is a process of its own. */
function* serve(os: Os, server: string, path: string, listener: number, pair: Pair, local: number): Body<number> {
  for (;;) {
    const { connection } = yield* os.net.accept(listener);
    yield* os.write(1, `Handling connection for ${local}\n`);
    yield* os.spawn(['kubectl'], { body: (child) => carry(child, server, path, connection, pair, local) });
  }
}

function* carry(os: Os, server: string, path: string, connection: number, pair: Pair, local: number): Body<number> {
  const answer = yield* os.device(KUBERNETES_API, 'open', { server, method: 'GET', path, query: { ports: String(pair.remote) } });
  if (!('stream' in answer)) {
    yield* os.net.close(connection);
    return 1;
  }
  const { stream } = answer;
  const pump = yield* os.spawn(['kubectl'], { body: (child) => toPod(child, connection, stream) });
  for (;;) {
    const next = yield* os.device(KUBERNETES_API, 'next', { streams: [stream] });
    if (next.kind !== 'frame') break;
    if (next.frame.kind === 'text' || next.frame.kind === 'stdout') yield* os.net.send(connection, next.frame.text);
    else if (next.frame.kind === 'stderr') {
      yield* os.write(
        2,
        `${yield* stamp(os)} portforward.go:549] "An error occurred forwarding" err="${next.frame.text.replaceAll('"', '\\"')}" localPort=${local} remotePort=${pair.remote}\nerror: lost connection to pod\n`,
      );
      break;
    } else if (next.frame.kind === 'status') break;
  }
  yield* os.net.close(connection);
  yield* os.device(KUBERNETES_API, 'close', { stream });
  try {
    yield* os.kill(pump, 'KILL');
  } catch {
    // It saw the end itself.
  }
  return 0;
}

function* toPod(os: Os, connection: number, stream: number): Body<number> {
  try {
    for (;;) {
      const text = yield* os.net.receive(connection);
      yield* os.device(KUBERNETES_API, 'send', text === undefined ? { stream } : { stream, text });
      if (text === undefined) return 0;
    }
  } catch {
    return 1;
  }
}

function* stamp(os: Os): Body<string> {
  const now = new Date(yield* os.time());
  const two = (value: number) => String(value).padStart(2, '0');
  return `E${two(now.getUTCMonth() + 1)}${two(now.getUTCDate())} ${now.toISOString().slice(11, 23)}000 ${String(os.pid).padStart(7)}`;
}
