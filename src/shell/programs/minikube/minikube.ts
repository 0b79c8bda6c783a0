// minikube: makes and looks after simulated clusters through the device `minikube`.
// Models: kubernetes/minikube v1.38.1 cmd/minikube
import { type Body, defineProgram, type Os } from '../../../posix/program.ts';
import { type FlagTable, type Flags, globalFlags, parseFlags } from './flags.ts';
import { deleteCluster, deleteFlags, pause, pauseFlags, stop, stopFlags } from './lifecycle.ts';
import { node, nodeFlags } from './node.ts';
import { MinikubeExit, Out } from './output.ts';
import { addons, config, ip, ipFlags, kubectl, profile, profileFlags, updateContext, version, versionFlags } from './profile.ts';
import { listProfiles, loadSettings } from './profiles.ts';
import { service, serviceFlags, tunnel } from './service.ts';
import { ssh, sshFlags } from './ssh.ts';
import { start, startFlags } from './start.ts';
import { status, statusFlags } from './status.ts';

interface Command {
  readonly about: string;
  readonly flags: FlagTable;
  run(out: Out, flags: Flags, profile: string): Body<number>;
}

/** In the order of `minikube --help`. */
const commands: Readonly<Record<string, Command>> = {
  start: { about: 'Starts a local Kubernetes cluster', flags: startFlags, run: start },
  status: { about: 'Gets the status of a local Kubernetes cluster', flags: statusFlags, run: status },
  stop: { about: 'Stops a running local Kubernetes cluster', flags: stopFlags, run: stop },
  delete: { about: 'Deletes a local Kubernetes cluster', flags: deleteFlags, run: deleteCluster },
  pause: { about: 'pause Kubernetes', flags: pauseFlags, run: (out, flags, name) => pause(out, flags, name, true) },
  unpause: { about: 'unpause Kubernetes', flags: pauseFlags, run: (out, flags, name) => pause(out, flags, name, false) },
  addons: { about: 'Enable or disable a minikube addon', flags: { 'o,output': 'string' }, run: addons },
  config: { about: 'Modify persistent configuration values', flags: {}, run: (out, flags) => config(out, flags) },
  profile: { about: 'Get or list the current profiles (clusters)', flags: profileFlags, run: profile },
  'update-context': {
    about: 'Update kubeconfig in case of an IP or port change',
    flags: {},
    run: (out, _flags, name) => updateContext(out, name),
  },
  service: { about: 'Returns a URL to connect to a service', flags: serviceFlags, run: service },
  tunnel: {
    about: 'Connect to LoadBalancer services',
    flags: { 'c,cleanup': 'bool', 'bind-address': 'string' },
    run: (out, _flags, name) => tunnel(out, name),
  },
  node: { about: 'Add, remove, or list additional nodes', flags: nodeFlags, run: node },
  ssh: { about: 'Log into the minikube environment (for debugging)', flags: sshFlags, run: ssh },
  kubectl: {
    about: 'Run a kubectl binary matching the cluster version',
    flags: { ssh: 'bool' },
    run: (out, flags, name) => kubectl(out, [...flags.operands, ...flags.rest], name),
  },
  ip: { about: 'Retrieves the IP address of the specified node', flags: ipFlags, run: ip },
  version: { about: 'Print the version of minikube', flags: versionFlags, run: (out, flags) => version(out, flags) },
};

/** Flags that stand before the command belong to it as well. */
function splitCommand(words: readonly string[]): { readonly name: string | undefined; readonly args: readonly string[] } {
  for (let index = 0; index < words.length; index++) {
    const word = words[index] as string;
    if (word === '-p' || word === '--profile' || word === '-b' || word === '-v') index++;
    else if (!word.startsWith('-')) return { name: word, args: [...words.slice(0, index), ...words.slice(index + 1)] };
  }
  return { name: undefined, args: words };
}

function help(): string {
  const rows = Object.entries(commands).map(([name, { about }]) => `  ${name.padEnd(16)} ${about}\n`);
  return `minikube provisions and manages local Kubernetes clusters optimized for development workflows.\n\nCommands:\n${rows.join('')}\nUse "minikube <command> --help" for more information about a given command.\n`;
}

/** Simplified: a command's help is its one line and its flags. */
function commandHelp(name: string, command: Command): string {
  const rows = Object.entries(command.flags).map(([key, kind]) => {
    const [short = '', long] = key.split(',');
    return `    ${long === undefined ? `--${short}` : `-${short}, --${long}`}${kind === 'bool' ? '' : `=${kind}`}\n`;
  });
  return `${command.about}\n\nOptions:\n${rows.join('')}\nUsage:\n  minikube ${name} [flags] [options]\n`;
}

function* run(os: Os): Body<number> {
  const { name, args } = splitCommand(os.argv.slice(1));
  const out = yield* Out.create(os);
  if (name === undefined || name === 'help') {
    yield* os.write(1, help());
    return 0;
  }
  const command = commands[name];
  if (command === undefined) {
    yield* os.write(2, `Error: unknown command "${name}" for "minikube"\nRun 'minikube --help' for usage.\n`);
    return 1;
  }
  // What follows `kubectl` or a command for ssh is not minikube's.
  const flags = parseFlags(args, [command.flags, globalFlags]);
  if (flags.error !== undefined) {
    yield* os.write(2, `Error: ${flags.error}\nSee 'minikube ${name} --help' for usage.\n`);
    return 1;
  }
  if (flags.bool('help', false)) {
    yield* os.write(1, commandHelp(name, command));
    return 0;
  }
  const active = flags.text('profile') ?? os.env['MINIKUBE_PROFILE'] ?? (yield* loadSettings(os))['profile'] ?? 'minikube';
  try {
    return yield* command.run(out, flags, active);
  } catch (error) {
    if (error instanceof MinikubeExit) return error.code;
    throw error;
  }
}

export const minikube = defineProgram({
  name: 'minikube',
  run,
  *complete(os, words, index) {
    const word = words[index] ?? '';
    const fits = (candidates: readonly string[]) => candidates.filter((candidate) => candidate.startsWith(word));
    if (index === 1) return fits(Object.keys(commands));
    const command = commands[words[1] ?? ''];
    if (word.startsWith('-')) {
      const names = Object.keys({ ...command?.flags, ...globalFlags }).map((key) => `--${key.split(',').pop()}`);
      return fits(names);
    }
    if (words[1] === 'node' && index === 2) return fits(['add', 'delete', 'list', 'start', 'stop']);
    if (words[1] === 'profile' && index === 2) return fits(['list', ...(yield* listProfiles(os)).map((entry) => entry.profile)]);
    if (words[index - 1] === '--driver' || words[index - 1] === '--vm-driver') return fits(['docker', 'none', 'kvm2', 'virtualbox']);
    return [];
  },
});
