// conntrack: lists, counts and deletes the flows a node knows. Simplified: no event stream (-E) and no other tables.
// Models: conntrack-tools 1.4.7
import { type Body, defineProgram, type Os } from '../../../posix/program.ts';
import { type FlowAnswer, NETFILTER_DEVICE } from './device.ts';

const VERSION = 'conntrack v1.4.7 (conntrack-tools)';

type Filter = (flow: FlowAnswer) => boolean;

/** Options with a value, and what they ask of a flow. */
const FILTERS: Readonly<Record<string, (value: string) => Filter>> = {
  '-p': (value) => (flow) => flow.protocol === value.toLowerCase(),
  '-s': (value) => (flow) => flow.source === value,
  '-d': (value) => (flow) => flow.destination === value,
  '-r': (value) => (flow) => flow.replySource === value,
  '-q': (value) => (flow) => flow.replyDestination === value,
  '--sport': (value) => (flow) => flow.sourcePort === Number(value),
  '--dport': (value) => (flow) => flow.destinationPort === Number(value),
  '--state': (value) => (flow) => flow.state === value,
};

const LONG: Readonly<Record<string, string>> = {
  '--proto': '-p',
  '--orig-src': '-s',
  '--src': '-s',
  '--orig-dst': '-d',
  '--dst': '-d',
  '--reply-src': '-r',
  '--reply-dst': '-q',
  '--orig-port-src': '--sport',
  '--orig-port-dst': '--dport',
  '--dump': '-L',
  '--count': '-C',
  '--delete': '-D',
  '--version': '-V',
};

export const conntrack = defineProgram({
  name: 'conntrack',
  *run(os) {
    let command = '';
    const filters: Filter[] = [];
    let extended = false;
    const args = os.argv
      .slice(1)
      .flatMap((arg) => (/^--[\w-]+=/.test(arg) ? [arg.slice(0, arg.indexOf('=')), arg.slice(arg.indexOf('=') + 1)] : [arg]));
    for (let i = 0; i < args.length; i++) {
      const arg = LONG[args[i]!] ?? args[i]!;
      const filter = FILTERS[arg];
      if (['-L', '-C', '-D', '-V'].includes(arg)) command = arg;
      else if (filter !== undefined) filters.push(filter(args[++i] ?? ''));
      else if (arg === '-o' || arg === '--output') extended = (args[++i] ?? '').includes('extended');
      else if (arg === '-f' || arg === '--family') i++;
      else if (arg === 'conntrack' && command !== '') continue;
      else return yield* fail(os, `unknown ${arg.startsWith('-') ? 'option' : 'argument'} \`${args[i]}'`, 2);
    }
    if (command === '-V') {
      yield* os.write(1, `${VERSION}\n`);
      return 0;
    }
    if (command === '') return yield* fail(os, 'You need to supply an operation', 2);
    if (os.uid !== 0) return yield* fail(os, 'Operation failed: sorry, you must be root or get CAP_NET_ADMIN capability to do this', 1);
    const all: readonly FlowAnswer[] = yield* os.device(NETFILTER_DEVICE, 'flows', null);
    const flows = all.filter((flow) => filters.every((filter) => filter(flow)));
    if (command === '-C') {
      yield* os.write(1, `${all.length}\n`);
      return 0;
    }
    const gone: number =
      command === '-D' && flows.length > 0 ? yield* os.device(NETFILTER_DEVICE, 'delete', { rows: flows.map(({ row }) => row) }) : 0;
    for (const { line } of flows) yield* os.write(1, `${extended ? 'ipv4     2 ' : ''}${line}\n`);
    const count = command === '-D' ? gone : flows.length;
    yield* os.write(2, `${VERSION}: ${count} flow entries have been ${command === '-D' ? 'deleted' : 'shown'}.\n`);
    return command === '-D' && count === 0 ? 1 : 0;
  },
});

function* fail(os: Os, message: string, code: number): Body<number> {
  yield* os.write(2, `${VERSION}: ${message}\n`);
  return code;
}
