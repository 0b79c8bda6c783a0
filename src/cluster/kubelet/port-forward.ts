// One forwarded port: bytes from the client into a connection inside the pod's network, and back.
// Models: kubernetes v1.37 pkg/kubelet/server (portforward), containerd's cri portforward (dials localhost in the pod)
import type { ProcessEvents } from '../../posix/machine.ts';
import { type Body, type Os, type Program, SystemError } from '../../posix/program.ts';
import type { ServerStream, StreamFrame } from '../apimachinery/rest.ts';
import type { NodeKubelet } from './kubelet.ts';
import { digestOf } from './puller.ts';
import type { PodRow } from './rows.ts';

/** Copies standard input to the port and what comes back to standard output, like `socat - TCP:localhost:port`. */
const relay: Program = {
  name: 'portforward',
  *run(os: Os): Body<number> {
    const port = Number(os.argv[1]);
    let connection: number;
    try {
      connection = yield* os.net.connect({ ip: '127.0.0.1', port });
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      const [, , namespace, sandbox] = os.argv;
      const why = `failed to connect to localhost:${port} inside namespace "${sandbox}", IPv4: dial tcp4 127.0.0.1:${port}: connect: connection refused IPv6 dial tcp6: address localhost: no suitable address found `;
      yield* os.write(
        2,
        `error forwarding port ${port} to pod ${sandbox}, uid : failed to execute portforward in network namespace "${namespace}": ${why}`,
      );
      return 1;
    }
    yield* os.spawn(['send'], {
      body: function* (child: Os): Body<number> {
        for (;;) {
          const text = yield* child.read(0);
          if (text === undefined) return 0;
          yield* child.net.send(connection, text);
        }
      },
    });
    for (;;) {
      const text = yield* os.net.receive(connection);
      if (text === undefined) return 0;
      yield* os.write(1, text);
    }
  },
};

/** The runtime's name of the pod's sandbox. */
export function sandboxId(pod: PodRow): string {
  return digestOf(`sandbox ${pod.pod.metadata.uid} ${pod.startTime}`);
}

export function forwardPort(node: NodeKubelet, pod: PodRow, port: number): ServerStream {
  let sink: { frame(frame: StreamFrame): void; end(): void } | undefined;
  const waiting: StreamFrame[] = [];
  let ended = false;
  const send = (frame: StreamFrame): void => {
    if (sink === undefined) waiting.push(frame);
    else sink.frame(frame);
  };
  const owner = node.fleet.takeOwner();
  const events: ProcessEvents = {
    output: (fd, text) => send(fd === 1 ? { kind: 'stdout', text } : { kind: 'stderr', text }),
    exit: () => {
      ended = true;
      sink?.end();
    },
  };
  const machine = { ...node.machine, network: pod.stack, lookup: () => relay };
  const sandbox = sandboxId(pod);
  const id = digestOf(`network ${sandbox}`);
  const namespace = `/var/run/netns/cni-${id.slice(0, 8)}-${id.slice(8, 12)}-${id.slice(12, 16)}-${id.slice(16, 20)}-${id.slice(20, 32)}`;
  const handle = node.processes.start(
    { machine, argv: ['portforward', String(port), namespace, sandbox], env: {}, cwd: '/', owner, stdin: 'open' },
    events,
  );
  return {
    open: (opened) => {
      sink = opened;
      for (const frame of waiting) opened.frame(frame);
      if (ended) opened.end();
    },
    send: (text) => node.processes.input(handle, text),
    close: () => node.processes.killOwner(owner),
  };
}

/** What is forwarded to a pod whose sandbox is gone. */
export function closedSandbox(pod: PodRow, port: number): ServerStream {
  const sandbox = sandboxId(pod);
  return {
    open: (sink) => {
      sink.frame({
        kind: 'stderr',
        text: `error forwarding port ${port} to pod ${sandbox}, uid : network namespace for sandbox "${sandbox}" is closed`,
      });
      sink.end();
    },
    close: () => {},
  };
}
