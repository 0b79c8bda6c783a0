// curl 7.88.1: HTTP over the simulated network. Texts and exit codes of the real one.
import { parseArguments } from '../arguments.ts';
import { byteLength, header, type HttpHeaders, type HttpResponse, parseUrl, type Url } from '../http.ts';
import { type ExchangeFailure, type ExchangeResult, exchangeHttp } from '../httpclient.ts';
import { type Body, defineProgram, type Os, SystemError } from '../program.ts';
import { encodeBase64 } from './text.ts';

const long = {
  silent: 's',
  'show-error': 'S',
  fail: 'f',
  'fail-with-body': 'fail-with-body',
  include: 'i',
  head: 'I',
  location: 'L',
  'output=': 'o',
  'remote-name': 'O',
  'data=': 'd',
  'data-raw=': 'raw',
  'data-binary=': 'binary',
  'data-urlencode=': 'urlencode',
  'json=': 'json',
  'request=': 'X',
  'header=': 'H',
  verbose: 'v',
  'write-out=': 'w',
  'max-time=': 'm',
  'connect-timeout=': 'connect-timeout',
  insecure: 'k',
  'user=': 'u',
  'user-agent=': 'A',
  'referer=': 'e',
  get: 'G',
  'cacert=': 'cacert',
  'capath=': 'capath',
  'cert=': 'E',
  'key=': 'key',
  'retry=': 'retry',
  'retry-delay=': 'retry-delay',
  'retry-connrefused': 'retry-connrefused',
  'retry-all-errors': 'retry-all-errors',
  'resolve=': 'resolve',
  'max-redirs=': 'max-redirs',
  ipv4: '4',
  ipv6: '6',
  'no-progress-meter': 'no-progress-meter',
  'progress-bar': '#',
  'http1.1': 'http1.1',
  'http1.0': '0',
  compressed: 'compressed',
  'no-buffer': 'N',
  version: 'V',
  'upload-file=': 'T',
  'form=': 'F',
  'cookie=': 'b',
  'cookie-jar=': 'c',
  'noproxy=': 'noproxy',
  'proxy=': 'x',
  'url=': 'url',
  globoff: 'g',
  'interface=': 'interface',
  'local-port=': 'local-port',
};

/** An error of the options: its text and code. */
class CurlError extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

interface Settings {
  readonly has: (option: string) => boolean;
  readonly value: (option: string) => string | undefined;
  readonly values: (option: string) => readonly string[];
}

function seconds(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Math.round(Number(text) * 1000);
}

function* bodyOf(os: Os, given: readonly (readonly [string, string])[]): Body<string | undefined> {
  const parts: string[] = [];
  for (const [option, value] of given) {
    if (option === 'raw') parts.push(value);
    else if (option === 'urlencode') {
      const equals = value.indexOf('=');
      parts.push(equals < 0 ? encodeURIComponent(value) : `${value.slice(0, equals + 1)}${encodeURIComponent(value.slice(equals + 1))}`);
    } else if (option === 'd' || option === 'binary' || option === 'json') {
      if (!value.startsWith('@')) parts.push(value);
      else {
        const file = value.slice(1);
        const text = yield* file === '-' ? os.readAll(0) : readData(os, file);
        parts.push(option === 'd' ? text.replace(/[\r\n]/g, '') : text);
      }
    }
  }
  return parts.length === 0 ? undefined : parts.join(given.some(([option]) => option === 'json') ? '' : '&');
}

function* readData(os: Os, file: string): Body<string> {
  try {
    return yield* os.readFile(file);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    throw new CurlError(26, `Failed to open ${file}`);
  }
}

function headersOf(settings: Settings, url: Url, body: string | undefined): HttpHeaders {
  const given = settings.values('H').map((line): readonly [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  const mine = (name: string) => given.some(([key]) => key.toLowerCase() === name);
  const standard = url.port === (url.scheme === 'https' ? 443 : 80);
  const headers: [string, string][] = [];
  if (!mine('host')) headers.push(['Host', standard ? url.host : `${url.host}:${url.port}`]);
  const user = settings.value('u') ?? url.user;
  if (user !== undefined && !mine('authorization')) headers.push(['Authorization', `Basic ${encodeBase64(user)}`]);
  if (!mine('user-agent')) headers.push(['User-Agent', settings.value('A') ?? 'curl/7.88.1']);
  if (!mine('accept')) headers.push(['Accept', settings.has('json') ? 'application/json' : '*/*']);
  const referer = settings.value('e');
  if (referer !== undefined) headers.push(['Referer', referer]);
  const cookie = settings.value('b');
  if (cookie?.includes('=')) headers.push(['Cookie', cookie]);
  headers.push(...given.filter(([, value]) => value !== '').map(([name, value]): [string, string] => [name, value]));
  // `-H 'Host: x'` stands first, as curl sends it.
  headers.sort(([a], [b]) => Number(b.toLowerCase() === 'host') - Number(a.toLowerCase() === 'host'));
  if (body !== undefined) {
    headers.push(['Content-Length', String(byteLength(body))]);
    if (!mine('content-type'))
      headers.push(['Content-Type', settings.has('json') ? 'application/json' : 'application/x-www-form-urlencoded']);
  }
  return headers;
}

function failureText(failure: ExchangeFailure, url: Url, settings: Settings): readonly [number, string] {
  switch (failure.kind) {
    case 'resolve':
      return [6, `Could not resolve host: ${url.host}`];
    case 'resolve-timeout':
      return [28, `Resolving timed out after ${seconds(settings.value('m'))} milliseconds`];
    case 'connect':
      return [7, `Failed to connect to ${url.host} port ${url.port} after ${failure.ms} ms: Couldn't connect to server`];
    case 'connect-timeout':
      return settings.has('connect-timeout') &&
        (seconds(settings.value('connect-timeout')) ?? 0) <= (seconds(settings.value('m')) ?? Number.POSITIVE_INFINITY)
        ? [28, `Failed to connect to ${url.host} port ${url.port} after ${failure.ms} ms: Timeout was reached`]
        : [28, `Connection timed out after ${failure.ms} milliseconds`];
    case 'timeout':
      return [28, `Operation timed out after ${failure.ms} milliseconds with ${failure.received} bytes received`];
    case 'reset':
      return [56, 'Recv failure: Connection reset by peer'];
    case 'empty':
      return [52, 'Empty reply from server'];
    case 'not-tls':
      return [35, 'OpenSSL/3.0.19: error:0A00010B:SSL routines::wrong version number'];
    case 'malformed':
      return [1, 'Received HTTP/0.9 when not allowed'];
  }
}

const certificateText = `SSL certificate problem: unable to get local issuer certificate
More details here: https://curl.se/docs/sslcerts.html

curl failed to verify the legitimacy of the server and therefore could not
establish a secure connection to it. To learn more about this situation and
how to fix it, please visit the web page mentioned above.`;

const meterHead =
  '  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n                                 Dload  Upload   Total   Spent    Left  Speed\n';
const emptyMeter = '\r  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0';

function meterRow(size: number, ms: number): string {
  const speed = Math.round((size * 1000) / Math.max(1, ms));
  const cell = String(size).padStart(5);
  return `\r100 ${cell}  100 ${cell}    0     0 ${String(speed).padStart(6)}      0 --:--:-- --:--:-- --:--:-- ${String(speed).padStart(5)}\n`;
}

function writeOut(format: string, result: ExchangeResult | undefined, url: string, code: number): string {
  const time = (ms: number | undefined) => ((ms ?? 0) / 1000).toFixed(6);
  const fields: Readonly<Record<string, string>> = {
    http_code: String(result?.response.status ?? 0).padStart(3, '0'),
    response_code: String(result?.response.status ?? 0).padStart(3, '0'),
    time_total: time(result?.totalMs),
    time_connect: time(result?.connectedMs),
    time_namelookup: time(result?.resolvedMs),
    time_starttransfer: time(result?.firstByteMs),
    time_pretransfer: time(result?.connectedMs),
    time_appconnect: time(result?.identity === undefined ? 0 : result.connectedMs),
    size_download: String(byteLength(result?.response.body ?? '')),
    remote_ip: result?.ip ?? '',
    remote_port: String(parseUrl(url)?.port ?? 0),
    url_effective:
      parseUrl(url) === undefined
        ? url
        : url.includes('://')
          ? url.replace(/^\w+:\/\//, '').includes('/')
            ? url
            : `${url}/`
          : `http://${url}${url.includes('/') ? '' : '/'}`,
    content_type: result === undefined ? '' : (header(result.response.headers, 'content-type') ?? ''),
    num_redirects: '0',
    num_connects: result === undefined ? '0' : '1',
    exitcode: String(code),
    http_version: result === undefined ? '0' : '1.1',
    scheme: 'HTTP',
    errormsg: '',
  };
  return format
    .replace(/%\{(\w+)\}/g, (all, name: string) => fields[name] ?? all)
    .replace(/\\n/g, '\n')
    .replace(/\\t/g, '\t')
    .replace(/\\r/g, '\r')
    .replace(/%%/g, '%');
}

function headText(response: HttpResponse): string {
  return `${response.version} ${response.status} ${response.reason}\r\n${response.headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
}

class Transfer {
  readonly #os: Os;
  readonly #settings: Settings;
  readonly #body: string | undefined;
  result: ExchangeResult | undefined;

  constructor(os: Os, settings: Settings, body: string | undefined) {
    this.#os = os;
    this.#settings = settings;
    this.#body = body;
  }

  *#verbose(mark: string, text: string): Body<void> {
    if (!this.#settings.has('v')) return;
    yield* this.#os.write(
      2,
      text
        .split('\n')
        .map((line) => `${mark} ${line}\n`)
        .join(''),
    );
  }

  /** One URL with its redirections; returns the exit code and the error's text. */
  *run(text: string): Body<readonly [number, string | undefined]> {
    let target = text;
    const limit = Number(this.#settings.value('max-redirs') ?? 50);
    for (let hop = 0; ; hop++) {
      const url = parseUrl(target);
      if (url === undefined) return [3, 'URL using bad/illegal format or missing URL'];
      if (url.scheme !== 'http' && url.scheme !== 'https') return [1, `Protocol "${url.scheme}" not supported or disabled in libcurl`];
      const failed = yield* this.#once(url, hop > 0);
      if (failed !== undefined) return failed;
      const { response } = this.result as ExchangeResult;
      const location = header(response.headers, 'location');
      if (!this.#settings.has('L') || location === undefined || response.status < 300 || response.status > 399) return [0, undefined];
      if (hop >= limit) return [47, `Maximum (${limit}) redirects followed`];
      if (this.#settings.has('i') || this.#settings.has('I')) yield* this.#os.write(1, headText(response));
      target = /^\w+:\/\//.test(location)
        ? location
        : `${url.scheme}://${url.host}:${url.port}${location.startsWith('/') ? '' : '/'}${location}`;
    }
  }

  *#once(url: Url, redirected: boolean): Body<readonly [number, string] | undefined> {
    const settings = this.#settings;
    const body = redirected ? undefined : this.#body;
    const inUrl = settings.has('G') && body !== undefined;
    const goal: Url = inUrl ? { ...url, target: `${url.target}${url.target.includes('?') ? '&' : '?'}${body}` } : url;
    const sent = inUrl ? undefined : body;
    const method = settings.value('X') ?? (settings.has('I') ? 'HEAD' : sent !== undefined ? 'POST' : settings.has('T') ? 'PUT' : 'GET');
    const headers = headersOf(settings, goal, sent);
    const self = this;
    const connectTimeoutMs = seconds(settings.value('connect-timeout'));
    const totalTimeoutMs = seconds(settings.value('m'));
    const override = settings.values('resolve').find((entry) => entry.startsWith(`${url.host}:${url.port}:`));
    const outcome = yield* exchangeHttp(
      this.#os,
      {
        url: goal,
        method,
        headers,
        body: sent ?? '',
        ...(connectTimeoutMs === undefined ? {} : { connectTimeoutMs }),
        ...(totalTimeoutMs === undefined ? {} : { totalTimeoutMs }),
        ...(override === undefined ? {} : { address: override.split(':').slice(2).join(':') }),
        ...(settings.has('4') ? { family: 4 as const } : settings.has('6') ? { family: 6 as const } : {}),
      },
      {
        trying: (ip) => self.#verbose('*', `  Trying ${ip}:${url.port}...`),
        *connected(ip) {
          yield* self.#verbose('*', `Connected to ${url.host} (${ip}) port ${url.port} (#0)`);
          if (url.scheme === 'http')
            yield* self.#verbose(
              '>',
              `${method} ${goal.target} HTTP/1.1\n${headers.map(([name, value]) => `${name}: ${value}`).join('\n')}\n`,
            );
        },
        *secured() {
          if (!settings.has('k') && !settings.has('cacert') && !settings.has('capath')) return { kind: 'malformed' } as const;
          yield* self.#verbose(
            '>',
            `${method} ${goal.target} HTTP/1.1\n${headers.map(([name, value]) => `${name}: ${value}`).join('\n')}\n`,
          );
          return undefined;
        },
      },
    );
    if ('failure' in outcome) {
      if (outcome.failure.kind === 'malformed' && url.scheme === 'https') return [60, certificateText];
      if (outcome.failure.kind === 'connect')
        yield* this.#verbose(
          '*',
          `connect to ${outcome.failure.ip} port ${url.port} failed: ${outcome.failure.errno === 'ECONNREFUSED' ? 'Connection refused' : 'No route to host'}`,
        );
      return failureText(outcome.failure, url, settings);
    }
    this.result = outcome;
    yield* this.#verbose('<', headText(outcome.response).replace(/\r\n/g, '\n').replace(/\n$/, ''));
    return undefined;
  }
}

function* attemptTransfer(
  os: Os,
  settings: Settings,
  body: string | undefined,
  url: string,
): Body<{ readonly code: number; readonly error: string | undefined; readonly result: ExchangeResult | undefined }> {
  const retries = Number(settings.value('retry') ?? 0);
  for (let attempt = 0; ; attempt++) {
    const transfer = new Transfer(os, settings, body);
    const [code, error] = yield* transfer.run(url);
    const status = transfer.result?.response.status ?? 0;
    const refused = code === 7 && (settings.has('retry-connrefused') || settings.has('retry-all-errors'));
    const transient =
      code === 28 ||
      code === 6 ||
      refused ||
      (code === 0 && [408, 429, 500, 502, 503, 504].includes(status)) ||
      (settings.has('retry-all-errors') && code !== 0);
    if (attempt >= retries || !transient) return { code, error, result: transfer.result };
    const wait = seconds(settings.value('retry-delay')) ?? 1000 * 2 ** attempt;
    if (!settings.has('s') || settings.has('S')) {
      const what = code === 28 ? 'timeout' : code === 7 ? 'connection refused' : code === 6 ? 'resolve error' : 'HTTP error';
      yield* os.write(
        2,
        `Warning: Problem: ${what}. Will retry in ${wait / 1000} seconds. ${retries - attempt} ${retries - attempt === 1 ? 'retry' : 'retries'} left.\n`,
      );
    }
    yield* os.sleep(wait);
  }
}

function* fetchUrl(os: Os, settings: Settings, body: string | undefined, url: string, output: string | undefined): Body<number> {
  const meter =
    !settings.has('s') && !settings.has('no-progress-meter') && ((output !== undefined && output !== '-') || !(yield* os.isTty(1)));
  if (meter) yield* os.write(2, meterHead + emptyMeter);
  const { code, error, result } = yield* attemptTransfer(os, settings, body, url);
  const status = result?.response.status ?? 0;
  const failed = code === 0 && (settings.has('f') || settings.has('fail-with-body')) && status >= 400;
  if (result !== undefined && code === 0) {
    const { response } = result;
    if (meter && !failed) yield* os.write(2, meterRow(byteLength(response.body), result.totalMs));
    if (settings.has('v')) yield* os.write(2, `* Connection #0 to host ${parseUrl(url)?.host} left intact\n`);
    const text = (settings.has('i') || settings.has('I') ? headText(response) : '') + (failed && settings.has('f') ? '' : response.body);
    const written = yield* writeResult(os, output, text);
    if (written !== undefined) return written;
  }
  const final = failed ? 22 : code;
  const message = failed ? `The requested URL returned error: ${status}` : error;
  if (message !== undefined && (!settings.has('s') || settings.has('S'))) {
    yield* os.write(2, `curl: (${final}) ${message}\n`);
  }
  const format = settings.value('w');
  if (format !== undefined) yield* os.write(1, writeOut(format, result, url, final));
  return final;
}

function* writeResult(os: Os, output: string | undefined, text: string): Body<number | undefined> {
  try {
    if (output === undefined || output === '-') yield* os.write(1, text);
    else yield* os.writeFile(output, text);
    return undefined;
  } catch (error) {
    if (!(error instanceof SystemError) || error.errno === 'EPIPE') throw error;
    yield* os.write(2, `curl: (23) Failure writing output to destination\n`);
    return 23;
  }
}

export const curl = () =>
  defineProgram({
    name: 'curl',
    *run(os) {
      const args = parseArguments(os.argv.slice(1), { short: 'sSfiILo:Od:X:H:vw:m:ku:A:e:GE:46#0NVT:F:b:c:x:gJRqZ', long });
      if (args.error !== undefined) {
        const option = /'([^']*)'/.exec(args.error)?.[1] ?? '';
        const name = option.startsWith('--') ? option : `-${option}`;
        const text = args.error.includes('requires an argument') ? `option ${name}: requires parameter` : `option ${name}: is unknown`;
        yield* os.write(2, `curl: ${text}\ncurl: try 'curl --help' or 'curl --manual' for more information\n`);
        return 2;
      }
      if (args.has('V')) {
        yield* os.write(
          1,
          'curl 7.88.1 (x86_64-pc-linux-gnu) libcurl/7.88.1 OpenSSL/3.0.19 zlib/1.2.13\nRelease-Date: 2023-02-20, security patched: 7.88.1-10+deb12u14\nProtocols: http https\nFeatures: alt-svc AsynchDNS HSTS HTTP2 IPv6 Largefile libz SSL\n',
        );
        return 0;
      }
      const urls = [...args.values('url'), ...args.operands];
      if (urls.length === 0) {
        yield* os.write(2, "curl: no URL specified!\ncurl: try 'curl --help' or 'curl --manual' for more information\n");
        return 2;
      }
      const ca = args.value('cacert');
      if (ca !== undefined) {
        try {
          yield* os.stat(ca);
        } catch (error) {
          if (!(error instanceof SystemError)) throw error;
          yield* os.write(2, `curl: (77) error setting certificate file: ${ca}\n`);
          return 77;
        }
      }
      try {
        const body = yield* bodyOf(os, args.given);
        const outputs = args.values('o');
        let status = 0;
        for (const [index, url] of urls.entries()) {
          const name = args.has('O') ? url.replace(/[?#].*/, '').replace(/.*\//, '') : outputs[index];
          status = yield* fetchUrl(os, args, body, url, name);
        }
        return status;
      } catch (error) {
        if (!(error instanceof CurlError)) throw error;
        yield* os.write(2, `curl: (${error.code}) ${error.message}\n`);
        return error.code;
      }
    },
  });
