// kubectl port-forward: ports of this machine that lead into one pod.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/portforward, client-go/tools/portforward
import { type Body, type Os, SystemError } from '../../../../posix/program.ts';
import type { NextAnswer, OpenAnswer, ServerRequest } from '../api.ts';
import { KUBERNETES_API } from '../api.ts';
import { defineCommand, type Kubectl } from '../command.ts';
import { Failure } from '../errors.ts';
import { duration, strings } from '../flags.ts';
import { onePod } from '../pods.ts';
import { build } from '../resource-builder.ts';

export const portForward = defineCommand({
  name: 'port-forward',
  short: 'Forward one or more local ports to a pod',
  use: 'TYPE/NAME [options] [LOCAL_PORT:]REMOTE_PORT [...[LOCAL_PORT_N:]REMOTE_PORT_N]',
  long: `Forward one or more local ports to a pod.

 Use resource type/name such as deployment/mydeployment to select a pod. Resource type defaults to 'pod' if omitted.

 If there are multiple pods matching the criteria, a pod will be selected automatically. The forwarding session ends when the selected pod terminates, and a rerun of the command is needed to resume forwarding.`,
  examples: `  # Listen on ports 5000 and 6000 locally, forwarding data to/from ports 5000 and 6000 in the pod
  kubectl port-forward pod/mypod 5000 6000
  
  # Listen on port 8443 locally, forwarding to the targetPort of the service's port named "https" in a pod selected by the service
  kubectl port-forward service/myservice 8443:https
  
  # Listen on a random port locally, forwarding to 5000 in the pod
  kubectl port-forward pod/mypod :5000`,
  flags: [
    strings(
      'address',
      'Addresses to listen on (comma separated). Only accepts IP addresses or localhost as a value. When localhost is supplied, kubectl will try to bind on both 127.0.0.1 and ::1 and will fail if neither of these addresses are available to bind.',
      { value: 'localhost' },
    ),
    duration('pod-running-timeout', 'The length of time (like 5s, 2m, or 3h, higher than zero) to wait until at least one pod is running', {
      value: '1m0s',
    }),
  ],
  *run(k) {
    if (k.args.length < 2) throw k.usage('TYPE/NAME and list of ports are required for port-forward');
    const built = yield* build(k, { args: [k.args[0]!], defaultType: 'pods', flatten: true, latest: true });
    if (built.errors.length > 0) throw built.errors[0]!;
    const info = built.infos[0]!;
    const pod = yield* onePod(k, info, k.flags.duration('pod-running-timeout'), 'attach');
    const words = k.args.slice(1);
    const translated =
      info.resource.kind === 'Service' ? words.map((one) => servicePort(one, info.object, pod)) : words.map((one) => named(one, pod));
    const ports = translated.map(parsePort);
    if (pod.status?.phase !== 'Running')
      throw new Failure(`unable to forward port because pod is not running. Current status=${pod.status?.phase}`);
    return yield* forward(k, pod, ports);
  },
});

/** Time in which what a client has just sent arrives. */
const SETTLE_MS = 20;

export interface ForwardedPort {
  /** 0 = any free one. */
  readonly local: number;
  readonly remote: number;
}

const split = (word: string): readonly [string, string] => {
  const [local, remote] = word.split(':');
  return remote === undefined ? [word, word] : [local!, remote];
};
const join = (local: string, remote: string): string => (local === remote ? remote : `${local}:${remote}`);

/** A service's port as the port of the pod it leads to. @throws Failure */
function servicePort(word: string, service: any, pod: any): string {
  const [local, remote] = split(word);
  const found = (service.spec.ports ?? []).find((one: any) => (/^\d+$/.test(remote) ? one.port === Number(remote) : one.name === remote));
  if (found === undefined) {
    throw new Failure(
      /^\d+$/.test(remote)
        ? `Service ${service.metadata.name} does not have a service port ${remote}`
        : `Service ${service.metadata.name} does not have a service port ${JSON.stringify(remote)}`,
    );
  }
  const target = found.targetPort ?? found.port;
  const port = service.spec.clusterIP === 'None' ? found.port : typeof target === 'number' ? target : containerPort(pod, target);
  const wanted = local === remote && !/^\d+$/.test(local) ? String(found.port) : local;
  return `${wanted}:${port}`;
}

function named(word: string, pod: any): string {
  const [local, remote] = split(word);
  if (/^\d*$/.test(remote) || word.split(':').length > 2) return word;
  const port = String(containerPort(pod, remote));
  return local === remote ? port : join(local, port);
}

function containerPort(pod: any, name: string): number {
  for (const container of [...(pod.spec.containers ?? []), ...(pod.spec.initContainers ?? [])]) {
    const found = (container.ports ?? []).find((one: any) => one.name === name);
    if (found !== undefined) return found.containerPort;
  }
  throw new Failure(`Pod '${pod.metadata.name}' does not have a named port '${name}'`);
}

function parsePort(word: string): ForwardedPort {
  const parts = word.split(':');
  if (parts.length > 2) throw new Failure(`invalid port format '${word}'`);
  const [local, remote] = parts.length === 1 ? [word, word] : (parts as [string, string]);
  const localPort = local === '' ? 0 : unsigned(local, 'local', local);
  const remotePort = unsigned(remote, 'remote', remote);
  if (remotePort === 0) throw new Failure('remote port must be > 0');
  return { local: localPort, remote: remotePort };
}

function unsigned(word: string, side: string, text: string): number {
  const fail = (why: string) =>
    new Failure(`error parsing ${side} port '${text}': strconv.ParseUint: parsing ${JSON.stringify(word)}: ${why}`);
  if (!/^\d+$/.test(word)) throw fail('invalid syntax');
  if (Number(word) > 65_535) throw fail('value out of range');
  return Number(word);
}

/** Listens and serves until the pod is lost. */
function* forward(k: Kubectl, pod: any, ports: readonly ForwardedPort[]): Body<number> {
  const listeners: { id: number; port: ForwardedPort }[] = [];
  for (const port of ports) {
    const opened = yield* listen(k, port);
    if (opened !== undefined) listeners.push(opened);
  }
  if (listeners.length === 0) {
    const all = ports.map((one) => `{${one.local} ${one.remote}}`).join(' ');
    throw new Failure(`unable to listen on any of the requested ports: [${all}]`);
  }
  const path = `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}/portforward`;
  const server = (yield* k.client()).server;
  const children: number[] = [];
  for (const { id, port } of listeners) {
    children.push(yield* k.os.spawn(['kubectl'], { body: (os) => acceptAll(os, id, port, server, path) }));
  }
  // An accept loop ends only when a connection found no pod any more.
  yield* k.os.waitAny();
  for (const child of children) {
    try {
      yield* k.os.kill(child, 'KILL');
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
    }
  }
  throw new Failure('lost connection to pod');
}

function* listen(k: Kubectl, port: ForwardedPort): Body<{ id: number; port: ForwardedPort } | undefined> {
  const addresses = k.flags.list('address');
  // Simplified: of the IPv6 loopback only the line is printed; one listener serves all addresses of a port.
  const local = addresses.every((one) => one === 'localhost' || one.startsWith('127.') || one === '::1');
  const shown = addresses.flatMap((one) => (one === 'localhost' ? ['127.0.0.1', '[::1]'] : [one.includes(':') ? `[${one}]` : one]));
  for (let tries = 0; tries < 100; tries++) {
    const number = port.local === 0 ? 32_768 + (yield* k.os.random(28_232)) : port.local;
    try {
      const id = yield* k.os.net.listen(number, local ? { ip: '127.0.0.1' } : {});
      for (const one of shown) yield* k.out(`Forwarding from ${one}:${number} -> ${port.remote}\n`);
      return { id, port: { local: number, remote: port.remote } };
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      if (port.local === 0 && error.errno === 'EADDRINUSE') continue;
      const why = error.errno === 'EADDRINUSE' ? 'bind: address already in use' : 'bind: cannot assign requested address';
      const each = shown.map((one) => {
        const family = one.startsWith('[') ? 'tcp6' : 'tcp4';
        return `unable to create listener: Error listen ${family} ${one}:${number}: ${why}`;
      });
      yield* k.err(`Unable to listen on port ${number}: Listeners failed to create with the following errors: [${each.join(' ')}]\n`);
      return undefined;
    }
  }
  return undefined;
}

/** One listening port: every connection gets a process of its own. Ends once one of them has lost the pod. */
function* acceptAll(os: Os, listener: number, port: ForwardedPort, server: string, path: string): Body<number> {
  const parent = os.pid;
  yield* os.trap('USR1', 'queue');
  for (;;) {
    let connection: number;
    try {
      ({ connection } = yield* os.net.accept(listener));
    } catch (error) {
      // The signal of a connection that has lost the pod.
      if (error instanceof SystemError) return 1;
      throw error;
    }
    yield* os.write(1, `Handling connection for ${port.local}\n`);
    yield* os.spawn(['kubectl'], {
      body: function* (child: Os): Body<number> {
        const lost = yield* carry(child, connection, port, server, path);
        if (lost) yield* child.kill(parent, 'USR1');
        return 0;
      },
    });
  }
}

/** Bytes of one connection, both ways. True when the pod could not be reached. */
function* carry(os: Os, connection: number, port: ForwardedPort, server: string, path: string): Body<boolean> {
  const query = { ports: String(port.remote) };
  const request: ServerRequest = { server, method: 'GET', path, headers: {}, query };
  const opened: OpenAnswer = yield* os.device(KUBERNETES_API, 'open', request as never);
  if (!('stream' in opened)) {
    // What came is read before the connection is closed, so that its other end sees an end and no reset.
    try {
      yield* os.net.receive(connection, SETTLE_MS);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
    }
    yield* complain(os, port, yield* refusalText(os, opened, port));
    yield* os.net.close(connection);
    return true;
  }
  const { stream } = opened;
  const pump = yield* os.spawn(['kubectl'], { body: (child) => sendOn(child, connection, stream) });
  let failed = '';
  for (;;) {
    const next: NextAnswer = yield* os.device(KUBERNETES_API, 'next', { streams: [stream] });
    if (next.kind !== 'frame') break;
    const { frame } = next;
    if (frame.kind === 'stdout' || frame.kind === 'text') yield* os.net.send(connection, frame.text);
    else if (frame.kind === 'stderr') failed += frame.text;
  }
  if (failed !== '') {
    yield* os.sleep(SETTLE_MS);
    yield* complain(os, port, failed);
  }
  try {
    yield* os.kill(pump, 'KILL');
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
  }
  yield* os.net.close(connection);
  yield* os.device(KUBERNETES_API, 'close', { stream });
  return failed !== '';
}

/** From the connection into the stream. */
function* sendOn(os: Os, connection: number, stream: number): Body<number> {
  for (;;) {
    let text: string | undefined;
    try {
      text = yield* os.net.receive(connection);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
    }
    yield* os.device(KUBERNETES_API, 'send', text === undefined ? { stream } : { stream, text });
    if (text === undefined) return 0;
  }
}

/**
 * Why no stream came. Simplified: the real tool keeps one connection to the node from the beginning, and a pod that has gone is said by
 * the node with its sandbox's number; here every connection asks anew and the number is made up.
 */
function* refusalText(os: Os, answer: Exclude<OpenAnswer, { stream: number }>, port: ForwardedPort): Body<string> {
  if (!('response' in answer)) return 'error upgrading connection';
  const body = answer.response.body as { message?: string } | undefined;
  if (answer.response.status !== 404) return body?.message ?? 'error upgrading connection';
  let sandbox = '';
  while (sandbox.length < 64) sandbox += (yield* os.random(16)).toString(16);
  return `error forwarding port ${port.remote} to pod ${sandbox}, uid : network namespace for sandbox ${JSON.stringify(sandbox)} is closed`;
}

function* complain(os: Os, port: ForwardedPort, message: string): Body<void> {
  const now = new Date(yield* os.time());
  const two = (value: number) => String(value).padStart(2, '0');
  const stamp = `${two(now.getUTCMonth() + 1)}${two(now.getUTCDate())} ${now.toISOString().slice(11, 23)}000 ${String(os.pid).padStart(7)}`;
  yield* os.write(
    2,
    `E${stamp} portforward.go:549] "An error occurred forwarding" err=${JSON.stringify(message)} localPort=${port.local} remotePort=${port.remote}\n`,
  );
}
