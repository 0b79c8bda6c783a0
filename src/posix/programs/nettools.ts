// ping, nc, ip, telnet, httpd: the small network programs. Texts of iputils, netcat-openbsd, iproute2 6.1 and busybox 1.35.
import { type Flavour, parseArguments, usageError } from '../arguments.ts';
import { errorMessage } from '../errno.ts';
import { byteLength, formatResponse, httpDate, httpResponse, parseRequest } from '../http.ts';
import { type Body, defineProgram, type Os, SystemError } from '../program.ts';
import { resolveName } from '../resolver.ts';

export const ping = (flavour: Flavour) =>
  defineProgram({
    name: 'ping',
    *run(os) {
      const args = parseArguments(os.argv.slice(1), { short: 'c:W:w:i:qns:I:t:4v', long: {} });
      if (args.error !== undefined) return yield* usageError(os, 'ping', flavour, args.error, 2);
      const name = args.operands[0];
      if (name === undefined) {
        yield* os.write(
          2,
          flavour === 'gnu'
            ? 'ping: usage error: Destination address required\n'
            : 'BusyBox v1.35.0 multi-call binary.\n\nUsage: ping [OPTIONS] HOST\n',
        );
        return flavour === 'gnu' ? 2 : 1;
      }
      const found = yield* resolveName(os, name, 4);
      const ip = found.addresses[0];
      if (ip === undefined) {
        const reason = found.failure === 'again' ? 'Temporary failure in name resolution' : 'Name or service not known';
        yield* os.write(2, flavour === 'gnu' ? `ping: ${name}: ${reason}\n` : `ping: bad address '${name}'\n`);
        return flavour === 'gnu' ? 2 : 1;
      }
      return yield* pingLoop(os, flavour, args.has('q'), name, ip, {
        count: Number(args.value('c') ?? Number.POSITIVE_INFINITY),
        waitMs: Number(args.value('W') ?? 10) * 1000,
        everyMs: Number(args.value('i') ?? 1) * 1000,
        deadlineMs: args.has('w') ? Number(args.value('w')) * 1000 : Number.POSITIVE_INFINITY,
      });
    },
  });

function* pingLoop(
  os: Os,
  flavour: Flavour,
  quiet: boolean,
  name: string,
  ip: string,
  limits: { readonly count: number; readonly waitMs: number; readonly everyMs: number; readonly deadlineMs: number },
): Body<number> {
  const gnu = flavour === 'gnu';
  yield* os.trap('INT', 'queue');
  yield* os.write(1, gnu ? `PING ${name} (${ip}) 56(84) bytes of data.\n` : `PING ${name} (${ip}): 56 data bytes\n`);
  const began = yield* os.time();
  const times: number[] = [];
  let sent = 0;
  try {
    while (sent < limits.count && (yield* os.time()) - began < limits.deadlineMs) {
      const at = yield* os.time();
      sent++;
      const last = sent >= limits.count;
      const left = limits.deadlineMs - (at - began);
      const ms = yield* os.net.ping(ip, Math.min(left, last ? limits.waitMs : Math.min(limits.waitMs, limits.everyMs)));
      if (ms !== undefined) {
        times.push(ms);
        const shown = ms.toFixed(3);
        if (!quiet)
          yield* os.write(
            1,
            gnu
              ? `64 bytes from ${ip}: icmp_seq=${sent} ttl=64 time=${shown} ms\n`
              : `64 bytes from ${ip}: seq=${sent - 1} ttl=64 time=${shown} ms\n`,
          );
      }
      const rest = limits.everyMs - ((yield* os.time()) - at);
      if (!last && rest > 0) yield* os.sleep(rest);
    }
  } catch (error) {
    if (!(error instanceof SystemError) || error.errno !== 'EINTR') throw error;
  }
  const elapsed = (yield* os.time()) - began;
  const loss = sent === 0 ? 0 : Math.round(((sent - times.length) / sent) * 100);
  let text = `\n--- ${name} ping statistics ---\n`;
  text += gnu
    ? `${sent} packets transmitted, ${times.length} received, ${loss}% packet loss, time ${elapsed}ms\n`
    : `${sent} packets transmitted, ${times.length} packets received, ${loss}% packet loss\n`;
  if (times.length > 0) {
    const average = times.reduce((sum, time) => sum + time, 0) / times.length;
    const deviation = Math.sqrt(times.reduce((sum, time) => sum + (time - average) ** 2, 0) / times.length);
    const figures = [Math.min(...times), average, Math.max(...times)].map((time) => time.toFixed(3)).join('/');
    text += gnu ? `rtt min/avg/max/mdev = ${figures}/${deviation.toFixed(3)} ms\n` : `round-trip min/avg/max = ${figures} ms\n`;
  } else if (gnu) text += '\n';
  yield* os.write(1, text);
  return times.length > 0 ? 0 : 1;
}

/** Passes text both ways until either side ends. */
function* relay(os: Os, connection: number, quitAfterInput: boolean): Body<void> {
  const pump = yield* os.spawn(['nc'], {
    *body(child) {
      for (;;) {
        const text = yield* child.read(0);
        if (text === undefined) return 0;
        yield* child.net.send(connection, text);
      }
    },
  });
  for (;;) {
    let text: string | undefined;
    try {
      text = yield* os.net.receive(connection, quitAfterInput && (yield* os.waitNow(pump)) !== undefined ? 1000 : undefined);
    } catch (error) {
      if (error instanceof SystemError && error.errno !== 'EINTR') break;
      throw error;
    }
    if (text === undefined) break;
    yield* os.write(1, text);
  }
  try {
    yield* os.kill(pump, 'KILL');
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
  }
  yield* os.net.close(connection);
}

const ports: Readonly<Record<number, string>> = {
  22: 'ssh',
  25: 'smtp',
  53: 'domain',
  80: 'http',
  443: 'https',
  3306: 'mysql',
  5432: 'postgresql',
  6379: 'redis',
  8080: 'http-alt',
  8443: '*',
  9090: '*',
};

export const nc = (flavour: Flavour) =>
  defineProgram({
    name: 'nc',
    *run(os) {
      const args = parseArguments(os.argv.slice(1), { short: 'lp:vzw:nuke:q:N46tdi:s:', long: {} });
      if (args.error !== undefined) return yield* usageError(os, 'nc', flavour, args.error);
      if (args.has('l')) {
        const port = Number(args.value('p') ?? args.operands[args.operands.length - 1] ?? 0);
        const listener = yield* os.net.listen(port);
        if (args.has('v')) yield* os.write(2, flavour === 'gnu' ? `Listening on 0.0.0.0 ${port}\n` : `listening on [::]:${port} ...\n`);
        do {
          const { connection, from } = yield* os.net.accept(listener);
          if (args.has('v'))
            yield* os.write(
              2,
              flavour === 'gnu'
                ? `Connection received on ${from.ip} ${from.port}\n`
                : `connect to ${from.ip}:${port} from ${from.ip}:${from.port}\n`,
            );
          yield* relay(os, connection, true);
        } while (args.has('k'));
        return 0;
      }
      const [name, portText] = args.operands;
      if (name === undefined || portText === undefined) {
        yield* os.write(
          2,
          flavour === 'gnu'
            ? 'usage: nc [-46CDdFhklNnrStUuvZz] [-I length] [-i interval] [-M ttl]\n\t  [-m minttl] [-O length] [-P proxy_username] [-p source_port]\n\t  [-q seconds] [-s sourceaddr] [-T keyword] [-V rtable] [-W recvlimit]\n\t  [-w timeout] [-X proxy_protocol] [-x proxy_address[:port]]\n\t  [destination] [port]\n'
            : 'BusyBox v1.35.0 multi-call binary.\n\nUsage: nc [-l] [-p PORT] [HOST] [PORT]\n',
        );
        return 1;
      }
      const ip = (yield* resolveName(os, name, 4)).addresses[0];
      if (ip === undefined) {
        yield* os.write(
          2,
          flavour === 'gnu'
            ? `nc: getaddrinfo for host "${name}" port ${portText}: Name or service not known\n`
            : `nc: bad address '${name}'\n`,
        );
        return 1;
      }
      const port = Number(portText);
      const timeout = args.has('w') ? { timeoutMs: Number(args.value('w')) * 1000 } : {};
      let connection: number;
      try {
        connection = yield* os.net.connect({ ip, port }, timeout);
      } catch (error) {
        if (!(error instanceof SystemError) || error.errno === 'EINTR') throw error;
        const reason = errorMessage(error.errno);
        if (flavour === 'gnu') {
          if (args.has('v') || !args.has('z'))
            yield* os.write(
              2,
              `nc: connect to ${name}${name === ip ? '' : ` (${ip})`} port ${port} (tcp) ${error.errno === 'ETIMEDOUT' ? 'timed out: Operation now in progress' : `failed: ${reason}`}\n`,
            );
        } else
          yield* os.write(
            2,
            args.has('v') || args.has('z')
              ? `nc: ${name} (${ip}:${port}): ${reason}\n`
              : `nc: can't connect to remote host (${ip}): ${reason}\n`,
          );
        return 1;
      }
      if (args.has('v')) {
        const service = ports[port] ?? '*';
        yield* os.write(
          2,
          flavour === 'gnu'
            ? `Connection to ${name}${name === ip ? '' : ` (${ip})`} ${port} port [tcp/${service}] succeeded!\n`
            : `${name} (${ip}:${port}) open\n`,
        );
      }
      if (args.has('z')) {
        yield* os.net.close(connection);
        return 0;
      }
      yield* relay(os, connection, flavour === 'busybox' || args.has('N') || args.has('q'));
      return 0;
    },
  });

/** Dotted network, broadcast and mask of an address. */
function network(ip: string, prefix: number): { readonly base: string; readonly broadcast: string; readonly mask: string } {
  const value = ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - prefix);
  const base = Math.floor(value / size) * size;
  const dotted = (number: number) => [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
  return { base: dotted(base), broadcast: dotted(base + size - 1), mask: dotted(2 ** 32 - size) };
}

/** A steady hardware address. */
function hardware(ip: string): string {
  return ['02', '42', ...ip.split('.').map((part) => Number(part).toString(16).padStart(2, '0'))].join(':');
}

/** The link-local address that goes with the hardware address. */
function linkLocal(ip: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = ip.split('.').map(Number);
  const hex = (value: number) => value.toString(16);
  return `fe80::42:${hex(a * 256 + 255)}:${hex(0xfe00 + b)}:${hex(c * 256 + d)}`;
}

interface Interface {
  readonly name: string;
  readonly ip: string;
  readonly prefix: number;
}

function addressBlock(flavour: Flavour, index: number, item: Interface): string {
  const loopback = item.name === 'lo';
  const flags = loopback ? 'LOOPBACK,UP,LOWER_UP' : `BROADCAST,MULTICAST,UP,LOWER_UP${flavour === 'busybox' ? ',M-DOWN' : ''}`;
  const state = flavour === 'gnu' ? ` state ${loopback ? 'UNKNOWN' : 'UP'} group default` : '';
  const title = `${index}: ${item.name}${loopback ? '' : '@if9'}: <${flags}> mtu ${loopback ? 65536 : 1500} qdisc noqueue${state} qlen 1000\n`;
  const link = loopback
    ? '    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n'
    : `    link/ether ${hardware(item.ip)} brd ff:ff:ff:ff:ff:ff${flavour === 'gnu' ? ' link-netnsid 0' : ''}\n`;
  const { broadcast } = network(item.ip, item.prefix);
  const inet = loopback
    ? `    inet ${item.ip}/${item.prefix} scope host lo\n`
    : `    inet ${item.ip}/${item.prefix} brd ${broadcast} scope global ${item.name}\n`;
  const lifetime = '       valid_lft forever preferred_lft forever\n';
  const inet6 = loopback ? '    inet6 ::1/128 scope host \n' : `    inet6 ${linkLocal(item.ip)}/64 scope link \n`;
  return `${title}${link}${inet}${lifetime}${inet6}${lifetime}`;
}

export const ip = (flavour: Flavour) =>
  defineProgram({
    name: 'ip',
    *run(os) {
      const words = os.argv.slice(1).filter((word) => !/^-(?:4|o|brief|br|br4|c|color|details|d)$/.test(word));
      const brief = os.argv.some((word) => word === '-br' || word === '-brief');
      const object = words[0] ?? '';
      const interfaces = yield* os.net.interfaces();
      const device = words.includes('dev')
        ? words[words.indexOf('dev') + 1]
        : words[1] === 'show' || words[1] === 'list'
          ? words[2]
          : undefined;
      if (object !== '' && ('address'.startsWith(object) || 'link'.startsWith(object))) {
        const shown = interfaces.filter((item) => device === undefined || item.name === device);
        if (shown.length === 0) {
          yield* os.write(2, flavour === 'gnu' ? `Device "${device}" does not exist.\n` : `ip: can't find device '${device}'\n`);
          return 1;
        }
        for (const item of shown) {
          if (brief)
            yield* os.write(
              1,
              `${(item.name === 'lo' ? 'lo' : `${item.name}@if9`).padEnd(16)} ${(item.name === 'lo' ? 'UNKNOWN' : 'UP').padEnd(14)} ${item.ip}/${item.prefix} ${item.name === 'lo' ? '::1/128' : `${linkLocal(item.ip)}/64`} \n`,
            );
          else {
            const block = addressBlock(flavour, interfaces.indexOf(item) + 1, item);
            yield* os.write(
              1,
              'link'.startsWith(object)
                ? block
                    .split('\n')
                    .slice(0, 2)
                    .map((line) => `${line}\n`)
                    .join('')
                : block,
            );
          }
        }
        return 0;
      }
      if (object !== '' && 'route'.startsWith(object)) {
        const [outer] = interfaces.filter((item) => item.name !== 'lo');
        if (outer === undefined) return 0;
        const { base } = network(outer.ip, outer.prefix);
        const gateway = base.replace(/\d+$/, (last) => String(Number(last) + 1));
        const proto = flavour === 'gnu' ? 'proto kernel scope link src' : 'scope link  src';
        yield* os.write(1, `default via ${gateway} dev ${outer.name} \n${base}/${outer.prefix} dev ${outer.name} ${proto} ${outer.ip} \n`);
        return 0;
      }
      if (object !== '' && 'neighbour'.startsWith(object)) return 0;
      yield* os.write(
        2,
        object === '' ? 'Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }\n' : `Object "${object}" is unknown, try "ip help".\n`,
      );
      return object === '' ? 255 : 1;
    },
  });

const kinds: Readonly<Record<string, string>> = {
  html: 'text/html',
  htm: 'text/html',
  txt: 'text/plain',
  css: 'text/css',
  js: 'application/javascript',
  json: 'application/json',
  png: 'image/png',
  svg: 'image/svg+xml',
  xml: 'text/xml',
};

function* serveFile(os: Os, home: string, target: string, fd: number): Body<void> {
  const path = decodeURIComponent(target.replace(/[?#].*/, ''));
  const now = yield* os.time();
  const plainError = (status: number, title: string, text: string) =>
    httpResponse(
      status,
      [
        ['Date', httpDate(now)],
        ['Connection', 'close'],
        ['Content-type', 'text/html'],
      ],
      `<HTML><HEAD><TITLE>${status} ${title}</TITLE></HEAD>\n<BODY><H1>${status} ${title}</H1>\n${text}\n</BODY></HTML>\n`,
    );
  let response = plainError(404, 'Not Found', 'The requested URL was not found');
  try {
    let file = `${home}${path}`;
    if ((yield* os.stat(file)).type === 'directory') file = `${file.replace(/\/$/, '')}/index.html`;
    const stat = yield* os.stat(file);
    const text = yield* os.readFile(file);
    const kind = kinds[file.replace(/.*\./, '')] ?? 'application/octet-stream';
    response = httpResponse(
      200,
      [
        ['Date', httpDate(now)],
        ['Connection', 'close'],
        ['Content-type', kind],
        ['Accept-Ranges', 'bytes'],
        ['Last-Modified', httpDate(stat.mtime)],
        ['Content-Length', String(byteLength(text))],
      ],
      text,
    );
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
  }
  yield* os.net.send(fd, formatResponse(response));
}

/** busybox httpd: files of a folder. Simplified: no CGI, no authentication. */
export const httpd = () =>
  defineProgram({
    name: 'httpd',
    *run(os) {
      const args = parseArguments(os.argv.slice(1), { short: 'fvp:h:iu:r:c:', long: {} });
      if (args.error !== undefined) return yield* usageError(os, 'httpd', 'busybox', args.error);
      const port = Number((args.value('p') ?? '80').replace(/.*:/, ''));
      const home = args.value('h') ?? os.cwd;
      let listener: number;
      try {
        listener = yield* os.net.listen(port);
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        yield* os.write(2, `httpd: bind: ${errorMessage(error.errno)}\n`);
        return 1;
      }
      function* serve(self: Os): Body<number> {
        const served: number[] = [];
        for (;;) {
          const { connection } = yield* self.net.accept(listener);
          // One process per request, as the real one forks.
          const pid = yield* self.spawn(['httpd'], {
            *body(child) {
              let received = '';
              for (;;) {
                const chunk = yield* child.net.receive(connection, 60_000);
                if (chunk === undefined) break;
                received += chunk;
                const parsed = parseRequest(received);
                if (parsed.state === 'incomplete') continue;
                if (parsed.state === 'complete') yield* serveFile(child, home.replace(/\/$/, ''), parsed.message.target, connection);
                break;
              }
              yield* child.net.close(connection);
              return 0;
            },
          });
          served.push(pid);
          // Those that have ended are collected when the next one comes.
          for (const old of [...served]) if ((yield* self.waitNow(old)) !== undefined) served.splice(served.indexOf(old), 1);
        }
      }
      if (args.has('f')) return yield* serve(os);
      yield* os.spawn(os.argv, { body: serve, background: true });
      return 0;
    },
  });
