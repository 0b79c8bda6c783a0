// HTTP/1.1 messages as text, as they travel in simulated TCP connections: used by curl, wget and by the images that serve.
// Models: RFC 9112. Bodies are text; sizes count UTF-8 bytes as real servers do.

export interface HttpRequest {
  readonly method: string;
  /** Path with query, as on the request line. */
  readonly target: string;
  readonly version: string;
  readonly headers: HttpHeaders;
  readonly body: string;
}

export interface HttpResponse {
  readonly version: string;
  readonly status: number;
  readonly reason: string;
  readonly headers: HttpHeaders;
  readonly body: string;
}

/** In order of appearance, names as written. */
export type HttpHeaders = readonly (readonly [name: string, value: string])[];

/** Value of the first header of that name, whatever its case. */
export function header(headers: HttpHeaders, name: string): string | undefined {
  const wanted = name.toLowerCase();
  return headers.find(([key]) => key.toLowerCase() === wanted)?.[1];
}

export function formatRequest(request: HttpRequest): string {
  return `${request.method} ${request.target} ${request.version}\r\n${formatHeaders(request.headers)}\r\n${request.body}`;
}

export function formatResponse(response: HttpResponse): string {
  return `${response.version} ${response.status} ${response.reason}\r\n${formatHeaders(response.headers)}\r\n${response.body}`;
}

function formatHeaders(headers: HttpHeaders): string {
  return headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
}

/** A response of HTTP/1.1 with its reason phrase; `Content-Length` is added unless a framing header is there. */
export function httpResponse(status: number, headers: HttpHeaders, body: string): HttpResponse {
  const framed = header(headers, 'content-length') !== undefined || header(headers, 'transfer-encoding') !== undefined;
  const length: HttpHeaders = framed ? [] : [['Content-Length', String(byteLength(body))]];
  return { version: 'HTTP/1.1', status, reason: reasonPhrase(status), headers: [...headers, ...length], body };
}

/** What has arrived so far of a message. `rest` = bytes that belong to the next one. */
export type HttpParse<T> =
  | { readonly state: 'incomplete' }
  | { readonly state: 'malformed' }
  | { readonly state: 'complete'; readonly message: T; readonly rest: string };

export function parseRequest(text: string): HttpParse<HttpRequest> {
  const head = parseHead(text);
  if (head === undefined) return { state: 'incomplete' };
  const line = /^(\S+) (\S+) (HTTP\/\d\.\d)$/.exec(head.line);
  if (line === null) return { state: 'malformed' };
  const [, method = '', target = '', version = ''] = line;
  const body = parseBody(head.after, head.headers, false, false);
  if (body === undefined) return { state: 'incomplete' };
  return { state: 'complete', message: { method, target, version, headers: head.headers, body: body.body }, rest: body.rest };
}

/** `closed`: the peer has closed, so a body without a length ends here. `method` HEAD has no body. */
export function parseResponse(text: string, options: { readonly closed: boolean; readonly method?: string }): HttpParse<HttpResponse> {
  if (text.length >= 5 && !text.startsWith('HTTP/')) return { state: 'malformed' };
  const head = parseHead(text);
  if (head === undefined) return { state: 'incomplete' };
  const line = /^(HTTP\/\d\.\d) (\d{3})(?: (.*))?$/.exec(head.line);
  if (line === null) return { state: 'malformed' };
  const [, version = '', code = '', reason = ''] = line;
  const status = Number(code);
  const bodyless = options.method === 'HEAD' || status === 204 || status === 304 || (status >= 100 && status < 200);
  const body = bodyless ? { body: '', rest: head.after } : parseBody(head.after, head.headers, true, options.closed);
  if (body === undefined) return { state: 'incomplete' };
  return { state: 'complete', message: { version, status, reason, headers: head.headers, body: body.body }, rest: body.rest };
}

function parseHead(text: string): { line: string; headers: HttpHeaders; after: string } | undefined {
  const end = /\r?\n\r?\n/.exec(text);
  if (end === null) return undefined;
  const [line = '', ...rows] = text.slice(0, end.index).split(/\r?\n/);
  const headers = rows.map((row): readonly [string, string] => {
    const colon = row.indexOf(':');
    return colon < 0 ? [row, ''] : [row.slice(0, colon), row.slice(colon + 1).trim()];
  });
  return { line, headers, after: text.slice(end.index + end[0].length) };
}

function parseBody(after: string, headers: HttpHeaders, isResponse: boolean, closed: boolean): { body: string; rest: string } | undefined {
  if (header(headers, 'transfer-encoding')?.toLowerCase().includes('chunked')) return parseChunks(after);
  const length = header(headers, 'content-length');
  if (length !== undefined) {
    const split = splitBytes(after, Number(length));
    return split === undefined && closed ? { body: after, rest: '' } : split;
  }
  if (!isResponse) return { body: '', rest: after };
  return closed ? { body: after, rest: '' } : undefined;
}

function parseChunks(after: string): { body: string; rest: string } | undefined {
  let body = '';
  let rest = after;
  for (;;) {
    const line = /^([0-9a-fA-F]+)[^\n]*\n/.exec(rest);
    if (line === null) return undefined;
    const split = splitBytes(rest.slice(line[0].length), Number.parseInt(line[1] ?? '0', 16));
    if (split === undefined) return undefined;
    const ending = /^\r?\n/.exec(split.rest);
    if (ending === null) return undefined;
    rest = split.rest.slice(ending[0].length);
    if (split.body === '') return { body, rest };
    body += split.body;
  }
}

/** The first `bytes` bytes of UTF-8, and the rest; undefined when there are fewer. */
export function splitBytes(text: string, bytes: number): { body: string; rest: string } | undefined {
  let count = 0;
  let index = 0;
  while (count < bytes && index < text.length) {
    const point = text.codePointAt(index) ?? 0;
    count += pointSize(point);
    index += point > 0xffff ? 2 : 1;
  }
  return count < bytes ? undefined : { body: text.slice(0, index), rest: text.slice(index) };
}

/** Size in UTF-8. */
export function byteLength(text: string): number {
  let count = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    // A surrogate pair is 4 bytes for 2 units; any other unit above 0x7ff is 3 bytes.
    if (unit >= 0x80) count += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return count;
}

function pointSize(point: number): number {
  return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
}

const reasons: Readonly<Record<number, string>> = {
  100: 'Continue',
  101: 'Switching Protocols',
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  204: 'No Content',
  206: 'Partial Content',
  301: 'Moved Permanently',
  302: 'Found',
  303: 'See Other',
  304: 'Not Modified',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  409: 'Conflict',
  410: 'Gone',
  411: 'Length Required',
  413: 'Request Entity Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Entity',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

export function reasonPhrase(status: number): string {
  return reasons[status] ?? '';
}

/** `Sun, 22 Nov 2026 08:55:33 GMT` of milliseconds since 1970. */
export function httpDate(ms: number): string {
  return new Date(ms).toUTCString();
}

export interface Url {
  readonly scheme: string;
  readonly user?: string;
  readonly host: string;
  readonly port: number;
  /** Path with query, at least `/`. */
  readonly target: string;
}

/** `http://user@host:port/path?query`; a missing scheme is http, as curl and wget take it. Undefined when it is no URL. */
export function parseUrl(text: string): Url | undefined {
  const match = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):\/\/)?(?:([^@/?#]*)@)?(\[[0-9a-fA-F:.]+\]|[^:/?#]*)(?::(\d*))?([/?][^#]*)?(?:#.*)?$/.exec(
    text,
  );
  if (match === null) return undefined;
  const [, scheme = 'http', user, host = '', portText, path = '/'] = match;
  const port = portText === undefined || portText === '' ? (scheme.toLowerCase() === 'https' ? 443 : 80) : Number(portText);
  if (host === '' || port > 65535 || /\s/.test(text)) return undefined;
  return {
    scheme: scheme.toLowerCase(),
    ...(user === undefined ? {} : { user }),
    host: host.replace(/^\[|\]$/g, ''),
    port,
    target: path.startsWith('?') ? `/${path}` : path,
  };
}
