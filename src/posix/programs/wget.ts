// wget: busybox's and GNU's. Texts of busybox 1.35 and wget 1.21.
import { type Arguments, type Flavour, parseArguments, usageError } from '../arguments.ts';
import { errorMessage } from '../errno.ts';
import { byteLength, header, type HttpHeaders, parseUrl, type Url } from '../http.ts';
import { type ExchangeFailure, type ExchangeResult, exchangeHttp } from '../httpclient.ts';
import { type Body, defineProgram, type Os, SystemError } from '../program.ts';
import { formatTime } from './date.ts';

const long = {
  quiet: 'q',
  'output-document=': 'O',
  'timeout=': 'T',
  'header=': 'header',
  'post-data=': 'post',
  'post-file=': 'post-file',
  spider: 'spider',
  'server-response': 'S',
  'no-check-certificate': 'k',
  'user-agent=': 'U',
  'tries=': 't',
  'no-verbose': 'nv',
  'directory-prefix=': 'P',
  continue: 'c',
  'method=': 'method',
  'body-data=': 'body',
};

function requestHeaders(args: Arguments, flavour: Flavour, url: Url, body: string | undefined): HttpHeaders {
  const given = args.values('header').map((line): readonly [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  const mine = (name: string) => given.some(([key]) => key.toLowerCase() === name);
  const host = url.port === (url.scheme === 'https' ? 443 : 80) ? url.host : `${url.host}:${url.port}`;
  const headers: (readonly [string, string])[] = [];
  if (!mine('host')) headers.push(['Host', host]);
  if (!mine('user-agent')) headers.push(['User-Agent', args.value('U') ?? (flavour === 'busybox' ? 'Wget' : 'Wget/1.21.3')]);
  if (flavour === 'gnu') headers.push(['Accept', '*/*'], ['Accept-Encoding', 'identity'], ['Connection', 'Keep-Alive']);
  else headers.push(['Connection', 'close']);
  headers.push(...given);
  if (body !== undefined) {
    if (!mine('content-type')) headers.push(['Content-Type', 'application/x-www-form-urlencoded']);
    headers.push(['Content-Length', String(byteLength(body))]);
  }
  return headers;
}

interface Outcome {
  readonly result?: ExchangeResult;
  readonly failure?: ExchangeFailure;
  readonly url: Url;
}

function* request(os: Os, args: Arguments, flavour: Flavour, url: Url, announce: (ip: string) => Body<void>): Body<Outcome> {
  const body =
    args.value('post') ?? args.value('body') ?? (args.has('post-file') ? yield* os.readFile(args.value('post-file') ?? '') : undefined);
  const timeout = args.value('T');
  const idleTimeoutMs = timeout === undefined ? 900_000 : Number(timeout) * 1000;
  const method = args.value('method') ?? (args.has('spider') && flavour === 'gnu' ? 'HEAD' : body !== undefined ? 'POST' : 'GET');
  const outcome = yield* exchangeHttp(
    os,
    {
      url,
      method,
      headers: requestHeaders(args, flavour, url, body),
      body: body ?? '',
      idleTimeoutMs,
      ...(timeout === undefined ? {} : { connectTimeoutMs: idleTimeoutMs }),
    },
    { trying: announce },
  );
  return 'failure' in outcome ? { failure: outcome.failure, url } : { result: outcome, url };
}

function busyboxError(failure: ExchangeFailure, url: Url): string {
  switch (failure.kind) {
    case 'resolve':
    case 'resolve-timeout':
      return `bad address '${url.host}'`;
    case 'connect':
      return `can't connect to remote host (${failure.ip}): ${errorMessage(failure.errno)}`;
    case 'connect-timeout':
    case 'timeout':
      return 'download timed out';
    case 'reset':
      return 'error getting response: Connection reset by peer';
    default:
      return 'error getting response';
  }
}

function* follow(
  os: Os,
  args: Arguments,
  flavour: Flavour,
  start: Url,
  announce: (url: Url, ip: string) => Body<void>,
  moved: (location: string) => Body<void>,
): Body<Outcome> {
  let url = start;
  for (let hop = 0; ; hop++) {
    const here = url;
    const outcome = yield* request(os, args, flavour, url, (ip) => announce(here, ip));
    const response = outcome.result?.response;
    const location = response === undefined ? undefined : header(response.headers, 'location');
    if (response === undefined || location === undefined || response.status < 300 || response.status > 399 || hop >= 20) return outcome;
    yield* moved(location);
    url = parseUrl(/^\w+:\/\//.test(location) ? location : `${url.scheme}://${url.host}:${url.port}${location}`) ?? url;
  }
}

function fileName(args: Arguments, url: Url): string {
  const name = url.target.replace(/[?#].*/, '').replace(/.*\//, '');
  const folder = args.value('P');
  return `${folder === undefined ? '' : `${folder}/`}${name === '' ? 'index.html' : name}`;
}

function* busybox(os: Os, args: Arguments, url: Url): Body<number> {
  const quiet = args.has('q');
  const say = function* (text: string): Body<void> {
    if (!quiet) yield* os.write(2, text);
  };
  const complain = function* (text: string): Body<number> {
    yield* os.write(2, `wget: ${text}\n`);
    return 1;
  };
  const target = args.value('O') ?? fileName(args, url);
  if (args.value('O') === undefined && !args.has('spider')) {
    try {
      yield* os.stat(target);
      return yield* complain(`can't open '${target}': File exists`);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
    }
  }
  const {
    result,
    failure,
    url: reached,
  } = yield* follow(
    os,
    args,
    'busybox',
    url,
    (at, ip) => say(`Connecting to ${at.host} (${ip}:${at.port})\n`),
    () => say(''),
  );
  if (result === undefined) return yield* complain(busyboxError(failure as ExchangeFailure, reached));
  const { response } = result;
  if (args.has('S')) {
    const rows = [
      `${response.version} ${response.status} ${response.reason}`,
      ...response.headers.map(([name, value]) => `${name}: ${value}`),
      '',
    ];
    yield* os.write(2, rows.map((row) => `  ${row}\n`).join(''));
  }
  if (response.status >= 400) return yield* complain(`server returned error: ${response.version} ${response.status} ${response.reason}`);
  if (args.has('spider')) {
    yield* say('remote file exists\n');
    return 0;
  }
  const size = byteLength(response.body);
  const bar = (name: string) => `${name.padEnd(20)} 100% |********************************| ${String(size).padStart(5)}  0:00:00 ETA\n`;
  if (target === '-') {
    yield* say('writing to stdout\n');
    yield* os.write(1, response.body);
    yield* say(`${bar('-')}written to stdout\n`);
    return 0;
  }
  yield* say(`saving to '${target}'\n`);
  try {
    yield* os.writeFile(target, response.body);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return yield* complain(`can't open '${target}': ${errorMessage(error.errno)}`);
  }
  yield* say(`${bar(target.replace(/.*\//, ''))}'${target}' saved\n`);
  return 0;
}

function* gnu(os: Os, args: Arguments, url: Url, text: string): Body<number> {
  const quiet = args.has('q');
  const say = function* (line: string): Body<void> {
    if (!quiet) yield* os.write(2, line);
  };
  const stamp = function* (): Body<string> {
    return formatTime(yield* os.time(), '%F %T');
  };
  const full = `${url.scheme}://${url.host}${url.port === (url.scheme === 'https' ? 443 : 80) ? '' : `:${url.port}`}${url.target}`;
  yield* say(`--${yield* stamp()}--  ${text.includes('://') ? full : full}\n`);
  let announced = false;
  const announce = function* (at: Url, ip: string): Body<void> {
    if (at.host !== ip && !announced) yield* say(`Resolving ${at.host} (${at.host})... ${ip}\n`);
    announced = true;
    yield* say(`Connecting to ${at.host === ip ? at.host : `${at.host} (${at.host})|${ip}|`}:${at.port}... `);
  };
  const {
    result,
    failure,
    url: reached,
  } = yield* follow(os, args, 'gnu', url, announce, (location) =>
    say(`connected.\nHTTP request sent, awaiting response... 302 Found\nLocation: ${location} [following]\n`),
  );
  if (result === undefined) return yield* gnuFailure(failure as ExchangeFailure, reached, say);
  const { response } = result;
  yield* say(`connected.\nHTTP request sent, awaiting response... ${response.status} ${response.reason}\n`);
  if (args.has('S')) yield* os.write(2, response.headers.map(([name, value]) => `  ${name}: ${value}\n`).join(''));
  if (response.status >= 400) {
    yield* say(`${yield* stamp()} ERROR ${response.status}: ${response.reason}.\n\n`);
    return 8;
  }
  if (args.has('spider')) {
    yield* say('Remote file exists.\n\n');
    return 0;
  }
  const target = args.value('O') ?? fileName(args, url);
  const size = byteLength(response.body);
  const type = header(response.headers, 'content-type');
  yield* say(
    `Length: ${header(response.headers, 'content-length') === undefined ? 'unspecified' : size}${type === undefined ? '' : ` [${type.split(';')[0]}]`}\nSaving to: ‘${target === '-' ? 'STDOUT' : target}’\n\n`,
  );
  if (target === '-') yield* os.write(1, response.body);
  else yield* os.writeFile(target, response.body);
  yield* say(
    `\n     0K ${' '.repeat(50)} 100% 1.00M=0s\n\n${yield* stamp()} (1.00 MB/s) - ${target === '-' ? 'written to stdout' : `‘${target}’ saved`} [${size}/${size}]\n\n`,
  );
  return 0;
}

function* gnuFailure(failure: ExchangeFailure, url: Url, say: (text: string) => Body<void>): Body<number> {
  switch (failure.kind) {
    case 'resolve':
    case 'resolve-timeout': {
      const reason = failure.kind === 'resolve' && !failure.again ? 'Name or service not known' : 'Temporary failure in name resolution';
      yield* say(`Resolving ${url.host} (${url.host})... failed: ${reason}.\nwget: unable to resolve host address ‘${url.host}’\n`);
      return 4;
    }
    case 'connect':
      yield* say(`failed: ${errorMessage(failure.errno)}.\n`);
      return 4;
    case 'connect-timeout':
      yield* say('failed: Connection timed out.\n');
      return 4;
    default:
      yield* say('connected.\nHTTP request sent, awaiting response... No data received.\n');
      return 4;
  }
}

export const wget = (flavour: Flavour) =>
  defineProgram({
    name: 'wget',
    *run(os) {
      // `-nv` is an option of its own.
      const words = os.argv.slice(1).map((word) => (word === '-nv' ? '--no-verbose' : word));
      const args = parseArguments(words, { short: 'qO:T:SU:t:P:cY:k', long });
      if (args.error !== undefined) return yield* usageError(os, 'wget', flavour, args.error, flavour === 'gnu' ? 2 : 1);
      const text = args.operands[0];
      if (text === undefined) return yield* usageError(os, 'wget', flavour, 'missing URL');
      const url = parseUrl(text);
      if (url === undefined || (url.scheme !== 'http' && url.scheme !== 'https')) {
        yield* os.write(
          2,
          flavour === 'busybox' ? `wget: not an http or ftp url: ${text}\n` : `${text}: Unsupported scheme ‘${text.split(':')[0]}’.\n`,
        );
        return 1;
      }
      return yield* flavour === 'busybox' ? busybox(os, args, url) : gnu(os, args, url, text);
    },
  });
