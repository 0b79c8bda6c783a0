// date: the simulated time, UTC.
import { type Flavour, parseArguments, usageError } from '../arguments.ts';
import { defineProgram } from '../program.ts';

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];

const two = (value: number) => String(value).padStart(2, '0');

/** strftime of milliseconds since 1970, UTC, C locale. */
export function formatTime(ms: number, format: string): string {
  const date = new Date(ms);
  const hours = date.getUTCHours();
  const day = date.getUTCDay();
  const month = date.getUTCMonth();
  const yearDay =
    Math.floor((Date.UTC(date.getUTCFullYear(), month, date.getUTCDate()) - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000) + 1;
  const fields: Readonly<Record<string, () => string>> = {
    a: () => (days[day] as string).slice(0, 3),
    A: () => days[day] as string,
    b: () => (months[month] as string).slice(0, 3),
    h: () => (months[month] as string).slice(0, 3),
    B: () => months[month] as string,
    c: () => formatTime(ms, '%a %b %e %H:%M:%S %Y'),
    C: () => two(Math.floor(date.getUTCFullYear() / 100)),
    d: () => two(date.getUTCDate()),
    D: () => formatTime(ms, '%m/%d/%y'),
    e: () => String(date.getUTCDate()).padStart(2),
    F: () => formatTime(ms, '%Y-%m-%d'),
    H: () => two(hours),
    I: () => two(hours % 12 || 12),
    j: () => String(yearDay).padStart(3, '0'),
    k: () => String(hours).padStart(2),
    l: () => String(hours % 12 || 12).padStart(2),
    m: () => two(month + 1),
    M: () => two(date.getUTCMinutes()),
    n: () => '\n',
    N: () => `${String(date.getUTCMilliseconds()).padStart(3, '0')}000000`,
    p: () => (hours < 12 ? 'AM' : 'PM'),
    P: () => (hours < 12 ? 'am' : 'pm'),
    r: () => formatTime(ms, '%I:%M:%S %p'),
    R: () => formatTime(ms, '%H:%M'),
    s: () => String(Math.floor(ms / 1000)),
    S: () => two(date.getUTCSeconds()),
    t: () => '\t',
    T: () => formatTime(ms, '%H:%M:%S'),
    u: () => String(day || 7),
    w: () => String(day),
    x: () => formatTime(ms, '%m/%d/%y'),
    X: () => formatTime(ms, '%H:%M:%S'),
    y: () => two(date.getUTCFullYear() % 100),
    Y: () => String(date.getUTCFullYear()),
    z: () => '+0000',
    Z: () => 'UTC',
    '%': () => '%',
  };
  return format.replace(/%([-_0]?)(\d*)([a-zA-Z%])/g, (all, flag: string, width: string, letter: string) => {
    const field = fields[letter];
    if (field === undefined) return all;
    const text = field();
    if (letter === 'N' && width !== '') return text.slice(0, Number(width));
    return flag === '-'
      ? text.replace(/^[0 ]+(?=\d)/, '')
      : flag === '_'
        ? text.replace(/^0+(?=\d)/, (zeros) => ' '.repeat(zeros.length))
        : text;
  });
}

/** What `date -d` understands of dates: ISO forms, `@seconds`, `now`, `N units ago`. */
function parseDate(text: string, now: number): number | undefined {
  if (/^@-?\d+$/.test(text)) return Number(text.slice(1)) * 1000;
  const units: Readonly<Record<string, number>> = {
    sec: 1000,
    second: 1000,
    min: 60_000,
    minute: 60_000,
    hour: 3_600_000,
    day: 86_400_000,
    week: 604_800_000,
  };
  if (text === 'now' || text === 'today' || text === '') return now;
  if (text === 'yesterday') return now - 86_400_000;
  if (text === 'tomorrow') return now + 86_400_000;
  const relative = /^([-+]?\d+)\s*(sec|second|min|minute|hour|day|week)s?(\s+ago)?$/.exec(text);
  if (relative !== null) return now + Number(relative[1]) * (units[relative[2] as string] as number) * (relative[3] === undefined ? 1 : -1);
  const parsed = Date.parse(/^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?$/.test(text) ? `${text.replace(' ', 'T')}Z` : text);
  return Number.isNaN(parsed) ? undefined : parsed;
}

export const date = (flavour: Flavour) =>
  defineProgram({
    name: 'date',
    *run(os) {
      const long = { utc: 'u', universal: 'u', 'date=': 'd', 'iso-8601=?': 'I', 'rfc-3339=': 'rfc', 'rfc-email': 'R', 'reference=': 'r' };
      const args = parseArguments(
        os.argv.slice(1).map((word) => (/^-I./.test(word) ? `--iso-8601=${word.slice(2)}` : word)),
        { short: 'ud:IRr:s:', long },
      );
      if (args.error !== undefined) return yield* usageError(os, 'date', flavour, args.error);
      const now = yield* os.time();
      let ms: number | undefined = now;
      const given = args.value('d');
      const file = args.value('r');
      if (given !== undefined) ms = parseDate(given, now);
      if (file !== undefined) ms = (yield* os.stat(file)).mtime;
      if (ms === undefined) {
        yield* os.write(2, flavour === 'gnu' ? `date: invalid date ‘${given}’\n` : `date: invalid date '${given}'\n`);
        return 1;
      }
      const operand = args.operands[0];
      let format = flavour === 'gnu' ? '%a %b %e %H:%M:%S %Z %Y' : '%a %b %e %H:%M:%S %Z %Y';
      if (operand?.startsWith('+')) format = operand.slice(1);
      else if (operand !== undefined) {
        yield* os.write(2, flavour === 'gnu' ? `date: invalid date ‘${operand}’\n` : `date: invalid date '${operand}'\n`);
        return 1;
      } else if (args.has('R')) format = '%a, %d %b %Y %H:%M:%S %z';
      else if (args.has('I')) format = isoFormat(args.value('I') ?? '');
      else if (args.has('rfc')) format = args.value('rfc') === 'date' ? '%F' : '%F %T+00:00';
      yield* os.write(1, `${formatTime(ms, format)}\n`);
      return 0;
    },
  });

function isoFormat(precision: string): string {
  if (precision === '' || precision === 'date') return '%F';
  return precision.startsWith('s') ? '%FT%T+00:00' : precision.startsWith('m') ? '%FT%H:%M+00:00' : '%FT%H+00:00';
}
