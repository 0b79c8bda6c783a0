// The smallest programs: true, false, yes, clear, hostname, whoami, basename, dirname, pwd, nproc, sync, tty.
import { type Flavour, missingOperand, usageError } from '../arguments.ts';
import { type Body, defineProgram, type Os } from '../program.ts';
import { parseHosts } from '../resolver.ts';
import { userName } from '../users.ts';

export const trueProgram = () =>
  defineProgram({
    name: 'true',
    *run() {
      return 0;
    },
  });
export const falseProgram = () =>
  defineProgram({
    name: 'false',
    *run() {
      return 1;
    },
  });
export const sync = () =>
  defineProgram({
    name: 'sync',
    *run() {
      return 0;
    },
  });

export const yes = () =>
  defineProgram({
    name: 'yes',
    *run(os) {
      const line = `${os.argv.slice(1).join(' ') || 'y'}\n`;
      const block = line.repeat(Math.max(1, Math.floor(4096 / line.length)));
      for (;;) yield* os.write(1, block);
    },
  });

export const clear = () =>
  defineProgram({
    name: 'clear',
    *run(os) {
      yield* os.write(1, '\x1b[H\x1b[2J\x1b[3J');
      return 0;
    },
  });

export const hostname = (flavour: Flavour) =>
  defineProgram({
    name: 'hostname',
    *run(os) {
      const name = yield* os.hostname();
      const [option] = os.argv.slice(1);
      if (option === undefined) yield* os.write(1, `${name}\n`);
      else if (option === '-s' || option === '--short') yield* os.write(1, `${name.split('.')[0]}\n`);
      else if (option === '-f' || option === '--fqdn') yield* os.write(1, `${yield* qualified(os, name)}\n`);
      else if (option === '-i' || option === '-I' || option === '--all-ip-addresses' || option === '--ip-address') {
        const addresses = (yield* os.net.interfaces()).filter(({ ip }) => !ip.startsWith('127.')).map(({ ip }) => ip);
        yield* os.write(1, `${addresses.join(' ')}${option === '-I' || option.startsWith('--all') ? ' ' : ''}\n`);
      } else if (option === '-d') yield* os.write(1, `${name.split('.').slice(1).join('.')}\n`);
      else if (option.startsWith('-')) return yield* usageError(os, 'hostname', flavour, `invalid option -- '${option[1]}'`);
      else {
        yield* os.write(
          2,
          flavour === 'gnu' ? 'hostname: you must be root to change the host name\n' : 'hostname: sethostname: Operation not permitted\n',
        );
        return 1;
      }
      return 0;
    },
  });

/** The first name of the host's line in /etc/hosts, as `hostname -f` finds it. */
function* qualified(os: Os, name: string): Body<string> {
  const entry = parseHosts(yield* os.readFile('/etc/hosts')).find(({ names }) => names.includes(name));
  return entry?.names[0] ?? name;
}

export const whoami = () =>
  defineProgram({
    name: 'whoami',
    *run(os) {
      const name = yield* userName(os, os.uid);
      if (name === undefined) {
        yield* os.write(2, `whoami: cannot find name for user ID ${os.uid}\n`);
        return 1;
      }
      yield* os.write(1, `${name}\n`);
      return 0;
    },
  });

export const basename = (flavour: Flavour) =>
  defineProgram({
    name: 'basename',
    *run(os) {
      const [path, suffix] = os.argv.slice(1);
      if (path === undefined) return yield* missingOperand(os, 'basename', flavour);
      let name = path.replace(/\/+$/, '').replace(/.*\//, '') || (path.startsWith('/') ? '/' : '');
      if (suffix !== undefined && name !== suffix && name.endsWith(suffix)) name = name.slice(0, -suffix.length);
      yield* os.write(1, `${name}\n`);
      return 0;
    },
  });

export const dirname = (flavour: Flavour) =>
  defineProgram({
    name: 'dirname',
    *run(os) {
      if (os.argv.length < 2) return yield* missingOperand(os, 'dirname', flavour);
      for (const path of os.argv.slice(1)) {
        const trimmed = path.replace(/\/+$/, '');
        const folder = trimmed.includes('/') ? trimmed.replace(/\/+[^/]*$/, '') || '/' : path.startsWith('/') ? '/' : '.';
        yield* os.write(1, `${folder}\n`);
      }
      return 0;
    },
  });

export const pwd = () =>
  defineProgram({
    name: 'pwd',
    *run(os) {
      yield* os.write(1, `${os.cwd}\n`);
      return 0;
    },
  });

export const nproc = () =>
  defineProgram({
    name: 'nproc',
    *run(os) {
      yield* os.write(1, '2\n');
      return 0;
    },
  });

export const tty = () =>
  defineProgram({
    name: 'tty',
    *run(os) {
      const terminal = yield* os.isTty(0);
      yield* os.write(1, terminal ? '/dev/pts/0\n' : 'not a tty\n');
      return terminal ? 0 : 1;
    },
  });
