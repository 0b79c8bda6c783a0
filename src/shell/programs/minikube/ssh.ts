// minikube ssh: a login shell, or one command, on a node.
import type { Machine } from '../../../posix/machine.ts';
import { type Body, type ExitStatus, SystemError } from '../../../posix/program.ts';
import { MINIKUBE } from './driver.ts';
import type { FlagTable, Flags } from './flags.ts';
import type { Out } from './output.ts';
import { machineName, runningProfile } from './profiles.ts';

export const sshFlags: FlagTable = { 'n,node': 'string', 'native-ssh': 'bool' };

/** Ctrl-C is for what runs on the node. */
function* waitForShell(out: Out, pid: number): Body<ExitStatus> {
  yield* out.os.trap('INT', 'queue');
  for (;;) {
    try {
      return yield* out.os.wait(pid);
    } catch (error) {
      if (!(error instanceof SystemError) || error.errno !== 'EINTR') throw error;
      yield* out.os.pendingSignals();
    }
  }
}

export function* ssh(out: Out, flags: Flags, name: string): Body<number> {
  const profile = yield* runningProfile(out, name);
  if (profile.driver === 'none') yield* out.usage("'none' driver does not support 'minikube ssh' command");
  const target = flags.text('node');
  const node =
    target === undefined
      ? profile.nodes[0]
      : profile.nodes.find((entry) => entry.name === target || machineName(name, entry.name) === target);
  if (node === undefined) yield* out.fail({ id: 'GUEST_NODE_RETRIEVE', code: 85, message: `Node ${target} does not exist.`, box: true });
  const machine = machineName(name, node?.name ?? '');
  const system = (yield* out.os.device(MINIKUBE, 'machine', { profile: name, node: machine })) as Machine;
  const words = [...flags.operands, ...flags.rest];
  const env = {
    USER: 'docker',
    LOGNAME: 'docker',
    HOME: '/home/docker',
    PATH: '/usr/local/bin:/usr/bin:/bin:/usr/games:/usr/local/sbin:/usr/sbin:/sbin',
    SHELL: '/bin/bash',
    TERM: out.os.env['TERM'] ?? 'xterm',
    HOSTNAME: machine,
    ...(words.length === 0 ? { PS1: '\\u@\\h:\\w\\$ ' } : {}),
  };
  const argv = words.length === 0 ? ['-bash', '-i'] : ['bash', '-c', words.join(' ')];
  const pid = yield* out.os.spawn(argv[0] === '-bash' ? ['/bin/bash', '-i'] : ['/bin/bash', ...argv.slice(1)], {
    machine: system,
    cwd: '/home/docker',
    env,
  });
  const { code } = yield* waitForShell(out, pid);
  // Simplified: the real one adds `ssh: Process exited with status N` and ends with 1; the recordings pass the command's code on.
  return code;
}
