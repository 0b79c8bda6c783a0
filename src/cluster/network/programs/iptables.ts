// iptables: lists chains and rules of a table. Simplified: rules cannot be changed by hand. Models: iptables 1.8.9 (nf_tables)
import { type Body, defineProgram, type Os } from '../../../posix/program.ts';
import { NETFILTER_DEVICE, type PrintAnswer } from './device.ts';

const VERSION = 'v1.8.9 (nf_tables)';
const COMMANDS: Readonly<Record<string, string>> = {
  '-A': 'RULE_APPEND',
  '--append': 'RULE_APPEND',
  '-I': 'RULE_INSERT',
  '--insert': 'RULE_INSERT',
  '-D': 'RULE_DELETE',
  '--delete': 'RULE_DELETE',
  '-R': 'RULE_REPLACE',
  '-F': 'CHAIN_FLUSH',
  '--flush': 'CHAIN_FLUSH',
  '-X': 'CHAIN_DEL',
  '-N': 'CHAIN_ADD',
  '-P': 'CHAIN_UPDATE',
  '-Z': 'CHAIN_ZERO',
};

interface Wish {
  table: string;
  list: 'L' | 'S' | undefined;
  chain: string | undefined;
  numeric: boolean;
  verbose: boolean;
  lineNumbers: boolean;
}

export const iptables = defineProgram({
  name: 'iptables',
  *run(os) {
    const wish: Wish = { table: 'filter', list: undefined, chain: undefined, numeric: false, verbose: false, lineNumbers: false };
    const args = spread(os.argv.slice(1));
    for (let i = 0; i < args.length; i++) {
      const arg = args[i]!;
      const next = args[i + 1];
      if (arg === '-V' || arg === '--version') return yield* say(os, 1, `iptables ${VERSION}`, 0);
      if (arg === '-t' || arg === '--table') {
        wish.table = next ?? '';
        i++;
      } else if (arg === '-L' || arg === '--list' || arg === '-S' || arg === '--list-rules') {
        wish.list = arg === '-L' || arg === '--list' ? 'L' : 'S';
        if (next !== undefined && !next.startsWith('-')) {
          wish.chain = next;
          i++;
        }
      } else if (arg === '-n' || arg === '--numeric') wish.numeric = true;
      else if (arg === '-v' || arg === '--verbose') wish.verbose = true;
      else if (arg === '--line-numbers') wish.lineNumbers = true;
      else if (arg in COMMANDS) return yield* refuse(os, COMMANDS[arg]!, next ?? '');
      else if (!['-x', '--exact', '-w', '--wait'].includes(arg)) return yield* unknown(os, arg);
    }
    if (wish.list === undefined)
      return yield* say(
        os,
        2,
        `iptables ${VERSION}: no command specified\nTry \`iptables -h' or 'iptables --help' for more information.`,
        2,
      );
    if (os.uid !== 0)
      return yield* say(os, 2, `iptables ${VERSION}: Could not fetch rule set generation id: Permission denied (you must be root)`, 4);
    return yield* list(os, wish);
  },
});

/** `-nvL` → `-n -v -L`. */
function spread(args: readonly string[]): string[] {
  return args.flatMap((arg) => (/^-[A-Za-z]{2,}$/.test(arg) ? [...arg.slice(1)].map((letter) => `-${letter}`) : [arg]));
}

function* say(os: Os, fd: 1 | 2, text: string, code: number): Body<number> {
  yield* os.write(fd, `${text}\n`);
  return code;
}

function* unknown(os: Os, arg: string): Body<number> {
  const what = arg.startsWith('--') ? `unknown option "${arg}"` : `unknown option "${arg}"`;
  const text = arg.startsWith('-') ? what : `Bad argument \`${arg}'`;
  return yield* say(os, 2, `iptables ${VERSION}: ${text}\nTry \`iptables -h' or 'iptables --help' for more information.`, 2);
}

function* refuse(os: Os, command: string, chain: string): Body<number> {
  return yield* say(os, 2, `iptables ${VERSION}:  ${command} failed (Operation not supported): rule in chain ${chain}`, 4);
}

function* list(os: Os, wish: Wish): Body<number> {
  const { table, chain } = wish;
  const flags = `${wish.numeric ? 'n' : ''}${wish.verbose ? 'v' : ''}${wish.lineNumbers ? 'l' : ''}`;
  const tool = wish.list === 'S' ? 'iptables -S' : `iptables -L:${flags}`;
  const lines: PrintAnswer = yield* os.device(NETFILTER_DEVICE, 'print', { tool, table });
  if (lines === null) {
    return yield* say(
      os,
      2,
      `iptables ${VERSION}: table '${table}' does not exist\nPerhaps iptables or your kernel needs to be upgraded.`,
      3,
    );
  }
  const shown = chain === undefined ? lines : wish.list === 'S' ? rulesOf(lines, chain) : sectionOf(lines, chain);
  if (shown.length === 0) {
    return yield* say(os, 2, `iptables ${VERSION}: chain \`${chain}' in table \`${table}' is incompatible, use 'nft' tool.`, 1);
  }
  yield* os.write(1, `${shown.join('\n')}\n`);
  return 0;
}

function rulesOf(lines: readonly string[], chain: string): readonly string[] {
  return lines.filter((line) => line.split(' ')[1] === chain);
}

function sectionOf(lines: readonly string[], chain: string): readonly string[] {
  const start = lines.findIndex((line) => line.startsWith(`Chain ${chain} (`));
  if (start < 0) return [];
  const end = lines.indexOf('', start);
  return lines.slice(start, end < 0 ? undefined : end);
}
