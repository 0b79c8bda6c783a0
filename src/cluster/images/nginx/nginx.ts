// nginx: serves /usr/share/nginx/html on the port of its configuration and logs each request.
// Models: nginx 1.22 of Debian 12, whose texts are recorded; log format `combined`
// Simplified: of the configuration only `listen` and `root` are read; no worker processes run.
import { header, httpDate, httpResponse, type HttpResponse } from '../../../posix/http.ts';
import { type Body, defineProgram, type Os, SystemError } from '../../../posix/program.ts';
import { gnuPrograms } from '../../../posix/programs.ts';
import { DEBIAN_FILES, DEBIAN_PATH } from '../debian/debian.ts';
import { acceptable } from './tags.ts';
import { type Exchange, pathOf, serveHttp } from '../http-server.ts';
import { defineImage } from '../image.ts';

const VERSION = '1.22.1';
const INDEX =
  '<!DOCTYPE html>\n<html>\n<head>\n<title>Welcome to nginx!</title>\n</head>\n<body>\n<h1>Welcome to nginx!</h1>\n</body>\n</html>\n';
const SITE = '/etc/nginx/conf.d/default.conf';
const CONF = `server {
    listen       80;
    server_name  localhost;

    location / {
        root   /usr/share/nginx/html;
        index  index.html index.htm;
    }
}
`;
const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html',
  htm: 'text/html',
  css: 'text/css',
  js: 'application/javascript',
  json: 'application/json',
  txt: 'text/plain',
  svg: 'image/svg+xml',
};
/** Files of the image carry the time it was built at. */
const BUILT = 'Tue, 14 Nov 2023 22:13:20 GMT';
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (value: number): string => String(value).padStart(2, '0');

function clock(ms: number): string {
  const date = new Date(ms);
  return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
}

const noticeTime = (ms: number): string => {
  const date = new Date(ms);
  return `${date.getUTCFullYear()}/${two(date.getUTCMonth() + 1)}/${two(date.getUTCDate())} ${clock(ms)}`;
};

const accessTime = (ms: number): string => {
  const date = new Date(ms);
  return `${two(date.getUTCDate())}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}:${clock(ms)} +0000`;
};

function errorPage(status: number, reason: string): HttpResponse {
  const title = `${status} ${reason}`;
  const body = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx/${VERSION}</center>\r\n</body>\r\n</html>\r\n`;
  return httpResponse(status, [['Content-Type', 'text/html']], body);
}

function* respond({ os, request }: Exchange, root: string): Body<HttpResponse> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return errorPage(405, 'Not Allowed');
  const path = decodeURIComponent(pathOf(request.target));
  const file = root + (path.endsWith('/') ? `${path}index.html` : path);
  try {
    const body = yield* os.readFile(file);
    const type = TYPES[file.slice(file.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
    const etag = `"6553f100-${body.length.toString(16)}"`;
    return httpResponse(
      200,
      [
        ['Content-Type', type],
        ['Content-Length', String(body.length)],
        ['Last-Modified', BUILT],
        ['Connection', 'keep-alive'],
        ['ETag', etag],
        ['Accept-Ranges', 'bytes'],
      ],
      body,
    );
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const now = yield* os.time();
    yield* os.write(2, `${noticeTime(now)} [error] 7#7: *1 open() "${file}" failed (2: No such file or directory)\n`);
    return path.endsWith('/') && path !== '/' ? errorPage(403, 'Forbidden') : errorPage(404, 'Not Found');
  }
}

/** With the server's own headers, and a line in the access log. */
function* answer(exchange: Exchange, root: string): Body<HttpResponse> {
  const { os, request, from } = exchange;
  const response = yield* respond(exchange, root);
  const now = yield* os.time();
  const agent = header(request.headers, 'user-agent') ?? '-';
  const bytes = request.method === 'HEAD' ? 0 : response.body.length;
  yield* os.write(
    1,
    `${from.ip} - - [${accessTime(now)}] "${request.method} ${request.target} ${request.version}" ${response.status} ${bytes} "-" "${agent}"\n`,
  );
  return { ...response, headers: [['Server', `nginx/${VERSION}`], ['Date', httpDate(now)], ...response.headers] };
}

function* readSite(os: Os): Body<{ readonly port: number; readonly root: string }> {
  try {
    const conf = yield* os.readFile(SITE);
    const port = Number(/listen\s+(?:\S+:)?(\d+)/.exec(conf)?.[1] ?? 80);
    return { port, root: /root\s+([^;\s]+)/.exec(conf)?.[1] ?? '/usr/share/nginx/html' };
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return { port: 80, root: '/usr/share/nginx/html' };
  }
}

const STARTUP_MS = 35;

const nginxProgram = defineProgram({
  name: 'nginx',
  *run(os) {
    if (os.argv.includes('-v')) {
      yield* os.write(2, `nginx version: nginx/${VERSION}\n`);
      return 0;
    }
    if (os.argv.includes('-t')) {
      yield* os.write(
        2,
        'nginx: the configuration file /etc/nginx/nginx.conf syntax is ok\nnginx: configuration file /etc/nginx/nginx.conf test is successful\n',
      );
      return 0;
    }
    const { port, root } = yield* readSite(os);
    const start = yield* os.time();
    const notice = (line: string): string => `${noticeTime(start)} [notice] 1#1: ${line}\n`;
    try {
      const lines = [
        'using the "epoll" event method',
        `nginx/${VERSION}`,
        'OS: Linux 6.18.44-fc-v657',
        'getrlimit(RLIMIT_NOFILE): 20000:20000',
        'start worker processes',
        'start worker process 7',
      ];
      // Reading its configuration and forking takes longer than the kubelet's first look.
      yield* os.sleep(STARTUP_MS);
      const listener = yield* os.net.listen(port);
      yield* os.net.close(listener);
      yield* os.write(2, lines.map(notice).join(''));
      const code = yield* serveHttp(os, port, (exchange) => answer(exchange, root), { stops: ['QUIT', 'TERM'] });
      yield* farewell(os);
      return code;
    } catch (error) {
      if (!(error instanceof SystemError) || error.errno !== 'EADDRINUSE') throw error;
      return yield* refuse(os, port);
    }
  },
});

/** Master and worker say goodbye. */
function* farewell(os: Os): Body<void> {
  const time = noticeTime(yield* os.time());
  const lines = [
    '1#1: signal 3 (SIGQUIT) received, shutting down',
    '7#7: gracefully shutting down',
    '7#7: exiting',
    '7#7: exit',
    '1#1: signal 17 (SIGCHLD) received from 7',
    '1#1: worker process 7 exited with code 0',
    '1#1: exit',
  ];
  yield* os.write(2, lines.map((line) => `${time} [notice] ${line}\n`).join(''));
}

/** The port is taken: five tries half a second apart, then the end. */
function* refuse(os: Os, port: number): Body<number> {
  for (let i = 0; i < 5; i++) {
    const now = yield* os.time();
    yield* os.write(
      2,
      `${noticeTime(now)} [emerg] 1#1: bind() to 0.0.0.0:${port} failed (98: Address already in use)\nnginx: [emerg] bind() to 0.0.0.0:${port} failed (98: Address already in use)\n`,
    );
    yield* os.sleep(500);
  }
  const now = yield* os.time();
  yield* os.write(2, `${noticeTime(now)} [emerg] 1#1: still could not bind()\nnginx: [emerg] still could not bind()\n`);
  return 1;
}

/** What the image says its version is: `1.27` is `1.27.0`; a tag without numbers says the program's own. */
function versionOf(tag: string): string {
  const match = /^(\d+\.\d+)(\.\d+)?/.exec(tag);
  return match === null ? VERSION : `${match[1]}${match[2] ?? '.0'}`;
}

const NGINX_CONF = `user www-data;
worker_processes auto;
pid /run/nginx.pid;
error_log /var/log/nginx/error.log;
include /etc/nginx/modules-enabled/*.conf;

events {
    worker_connections 768;
}

http {
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    access_log /var/log/nginx/access.log;
    include /etc/nginx/conf.d/*.conf;
}
`;
/** Simplified: what stands in them matters to modules that are not simulated. */
const PARTS = ['fastcgi.conf', 'fastcgi_params', 'koi-utf', 'koi-win', 'proxy_params', 'scgi_params', 'uwsgi_params', 'win-utf'];
const ETC_FILES = {
  '/etc/nginx/nginx.conf': NGINX_CONF,
  '/etc/nginx/mime.types': `types {\n${Object.entries(TYPES)
    .map(([suffix, type]) => `    ${type} ${suffix};`)
    .join('\n')}\n}\n`,
  ...Object.fromEntries(PARTS.map((name) => [`/etc/nginx/${name}`, ''])),
  ...Object.fromEntries(
    ['modules-available', 'modules-enabled', 'sites-available', 'sites-enabled', 'snippets'].map((name) => [`/etc/nginx/${name}/`, {}]),
  ),
};

export const nginx = defineImage({
  repository: 'docker.io/library/nginx',
  tags: acceptable,
  sizeMiB: 72,
  entrypoint: [],
  cmd: ['nginx', '-g', 'daemon off;'],
  env: (tag) => ({ PATH: DEBIAN_PATH, NGINX_VERSION: versionOf(tag) }),
  exposedPorts: [80],
  stopSignal: 'QUIT',
  files: {
    ...DEBIAN_FILES,
    ...ETC_FILES,
    [SITE]: CONF,
    '/usr/share/nginx/html/index.html': INDEX,
    '/var/log/nginx/access.log': '',
  },
  programs: { ...gnuPrograms, '/usr/sbin/nginx': nginxProgram },
});
