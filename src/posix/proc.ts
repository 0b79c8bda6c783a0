// The few files under /proc that people read: command lines, memory, load, mounts. Generated when asked for.
import type { Kernel } from './kernel.ts';
import type { Process } from './process.ts';

const memoryTotalKiB = 24683620;

/** The text of a file under /proc, or undefined when it is none of those kept here. */
export function procFile(kernel: Kernel, process: Process, path: string): string | undefined {
  if (!path.startsWith('/proc/')) return undefined;
  const own = /^\/proc\/(self|\d+)\/(cmdline|comm|environ|status)$/.exec(path);
  if (own !== null) {
    const target = own[1] === 'self' ? process : process.namespace.get(Number(own[1]));
    return target === undefined ? undefined : processFile(target, own[2] as string);
  }
  switch (path) {
    case '/proc/uptime':
      return `${(kernel.sim.now / 1000).toFixed(2)} ${(kernel.sim.now / 500).toFixed(2)}\n`;
    case '/proc/loadavg':
      return `0.12 0.18 0.16 1/${process.namespace.size} ${process.pid}\n`;
    case '/proc/meminfo':
      return `MemTotal:       ${memoryTotalKiB} kB\nMemFree:        ${memoryTotalKiB - 1962336} kB\nMemAvailable:   ${memoryTotalKiB - 1362836} kB\n`;
    case '/proc/cpuinfo':
      return [0, 1].map((cpu) => `processor\t: ${cpu}\nmodel name\t: Simulated CPU\ncpu cores\t: 2\n\n`).join('');
    case '/proc/version':
      return 'Linux version 6.18.44 (kubarium) #1 SMP PREEMPT_DYNAMIC\n';
    case '/proc/sys/kernel/hostname':
      return `${process.machine.hostname}\n`;
    case '/proc/mounts':
    case '/proc/self/mounts':
      return process.machine.files
        .mounts()
        .map((mount) => `${mount.source} ${mount.target} ${mount.type} ${mount.options} 0 0\n`)
        .join('');
    default:
      return undefined;
  }
}

function processFile(target: Process, name: string): string {
  const command = (target.argv[0] ?? '').replace(/.*\//, '');
  switch (name) {
    case 'cmdline':
      return target.argv.map((word) => `${word}\0`).join('');
    case 'comm':
      return `${command.slice(0, 15)}\n`;
    case 'environ':
      return Object.entries(target.env)
        .map(([key, value]) => `${key}=${value}\0`)
        .join('');
    default:
      return `Name:\t${command}\nState:\tS (sleeping)\nPid:\t${target.pid}\nPPid:\t${target.parent?.pid ?? 0}\nUid:\t${target.uid}\t${target.uid}\t${target.uid}\t${target.uid}\n`;
  }
}

/** Names in a folder under /proc, or undefined when it is none. */
export function procList(process: Process, path: string): readonly string[] | undefined {
  const folder = path.replace(/\/+$/, '');
  if (folder === '/proc') {
    const pids = process.namespace.list().map((other) => String(other.pid));
    return [...pids, 'cpuinfo', 'loadavg', 'meminfo', 'mounts', 'self', 'uptime', 'version'];
  }
  const own = /^\/proc\/(self|\d+)(\/fd)?$/.exec(folder);
  if (own === null) return undefined;
  const target = own[1] === 'self' ? process : process.namespace.get(Number(own[1]));
  if (target === undefined) return undefined;
  if (own[2] === undefined) return ['cmdline', 'comm', 'environ', 'fd', 'status'];
  return target.fds.flatMap((file, fd) => (file === undefined ? [] : [String(fd)]));
}
