// The kube-proxy process: reads its configuration, starts the proxier of its node through the device `kube-proxy`, answers health and
// metrics, and stops it on SIGTERM. The rules it wrote stay in the node's kernel. Models: kubernetes v1.37 cmd/kube-proxy/app
import { type Body, defineProgram, type Os, SystemError } from '../../../posix/program.ts';
import { type HttpResponse, httpResponse } from '../../../posix/http.ts';
import { gnuPrograms } from '../../../posix/programs.ts';
import { pathOf, serveHttp, text } from '../http-server.ts';
import { defineImage } from '../image.ts';

/** Device of a kube-proxy container; whoever composes the node answers it (`proxy/device.ts`). */
export const PROXY_DEVICE = 'kube-proxy';

export interface ProxyStart {
  /** `iptables`, or empty for the default. */
  readonly mode: string;
  readonly clusterCIDR: string;
}

export interface ProxyStarted {
  /** Why it cannot run, as its last log line says; empty when it runs. */
  readonly error: string;
  readonly mode: string;
  readonly nodeIp: string;
  /** Log lines of the mode, `file:line] message`. */
  readonly log: readonly string[];
}

export interface ProxyHealth {
  readonly healthy: boolean;
  /** RFC 3339. */
  readonly lastUpdated: string;
  readonly currentTime: string;
  readonly mode: string;
}

const HEALTH_PORT = 10_256;
const METRICS_PORT = 10_249;

export const kubeProxy = defineProgram({
  name: 'kube-proxy',
  *run(os) {
    const file = option(os.argv, 'config');
    if (file === undefined) return yield* failed(os, 'run.go:72', '"command failed" err="no --config given"');
    let config: string;
    try {
      config = yield* os.readFile(file);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      return yield* failed(os, 'run.go:72', `"command failed" err="failed complete: open ${file}: no such file or directory"`);
    }
    const start: ProxyStart = { mode: setting(config, 'mode'), clusterCIDR: setting(config, 'clusterCIDR') };
    const started: ProxyStarted = yield* os.device(PROXY_DEVICE, 'start', { ...start });
    if (started.error !== '') return yield* failed(os, 'run.go:72', `"command failed" err=${JSON.stringify(started.error)}`);
    yield* greet(os, started);
    yield* os.spawn(['kube-proxy'], { body: metrics });
    yield* os.spawn(['kube-proxy'], { body: healthServers });
    const code = yield* serveHttp(os, HEALTH_PORT, health, { stops: ['TERM', 'INT'] });
    yield* os.device(PROXY_DEVICE, 'stop', null);
    return code;
  },
});

function option(argv: readonly string[], name: string): string | undefined {
  const prefix = `--${name}=`;
  const at = argv.indexOf(`--${name}`);
  return argv.find((arg) => arg.startsWith(prefix))?.slice(prefix.length) ?? (at < 0 ? undefined : argv[at + 1]);
}

/** A top-level scalar of the configuration file. */
function setting(config: string, name: string): string {
  const value = new RegExp(`^${name}:[ \\t]*(.*?)[ \\t]*$`, 'm').exec(config)?.[1] ?? '';
  return value.replace(/^(["'])(.*)\1$/, '$2');
}

/** One klog line on standard error: `I1124 12:00:00.000000       1 server.go:530] …`. */
function* klog(os: Os, severity: 'I' | 'W' | 'E', line: string): Body<void> {
  const now = new Date(yield* os.time()).toISOString();
  const micros = String(yield* os.random(1000)).padStart(3, '0');
  const stamp = `${now.slice(5, 7)}${now.slice(8, 10)} ${now.slice(11, 23)}${micros}`;
  yield* os.write(2, `${severity}${stamp} ${String(os.pid).padStart(7)} ${line}\n`);
}

function* failed(os: Os, where: string, message: string): Body<number> {
  yield* klog(os, 'E', `${where}] ${message}`);
  return 1;
}

function* greet(os: Os, { nodeIp, log }: ProxyStarted): Body<void> {
  yield* klog(os, 'I', `server.go:228] "Successfully retrieved NodeIPs" NodeIPs=["${nodeIp}"]`);
  yield* klog(
    os,
    'E',
    'server.go:256] "Kube-proxy configuration may be incomplete or incorrect" err="nodePortAddresses is unset; NodePort connections will be accepted on all local IPs. Consider using `--nodeport-addresses primary`"',
  );
  yield* klog(os, 'I', 'server.go:265] "kube-proxy running in dual-stack mode" primary ipFamily="IPv4"');
  for (const line of log) yield* klog(os, 'I', line);
  yield* klog(os, 'I', 'server.go:530] "Version info" version="v1.37.2"');
  yield* klog(os, 'I', 'server.go:532] "Golang settings" GOGC="" GOMAXPROCS="" GOTRACEBACK=""');
  const controllers = [
    ['config.go:106', 'endpoint slice config'],
    ['config.go:200', 'service config'],
    ['config.go:403', 'serviceCIDR config'],
    ['config.go:309', 'node config'],
  ] as const;
  for (const [where, controller] of controllers) {
    yield* klog(os, 'I', `${where}] "Starting ${controller} controller"`);
    yield* klog(os, 'I', `shared_informer.go:503] "Waiting for caches to sync" controller="${controller}"`);
  }
  for (const [, controller] of controllers) yield* klog(os, 'I', `shared_informer.go:510] "Caches are synced" controller="${controller}"`);
}

function* health({ os, request }: { readonly os: Os; readonly request: { readonly target: string } }) {
  const path = pathOf(request.target);
  if (path !== '/healthz' && path !== '/livez') return text(404, '404 page not found\n');
  const { healthy, lastUpdated, currentTime }: ProxyHealth = yield* os.device(PROXY_DEVICE, 'health', null);
  const eligible = path === '/healthz' ? '"nodeEligible":true,' : '';
  const body =
    `{"lastUpdated":"${lastUpdated}","currentTime":"${currentTime}",${eligible}"healthy":${healthy},` +
    `"status":{"IPv4":{"lastUpdated":"${lastUpdated}","healthy":${healthy}},"IPv6":{"lastUpdated":"${lastUpdated}","healthy":true}}}`;
  return httpResponse(
    healthy ? 200 : 503,
    [
      ['Content-Type', 'application/json'],
      ['X-Content-Type-Options', 'nosniff'],
      ['Date', new Date(yield* os.time()).toUTCString()],
    ],
    body,
  );
}

function* metrics(os: Os): Body<number> {
  return yield* serveHttp(os, METRICS_PORT, function* (exchange) {
    const path = pathOf(exchange.request.target);
    if (path === '/healthz') return text(200, 'ok');
    if (path !== '/proxyMode') return text(404, '404 page not found\n');
    const { mode }: ProxyHealth = yield* exchange.os.device(PROXY_DEVICE, 'health', null);
    return text(200, mode);
  });
}

/** A server for each health check node port, as Services with external policy Local come and go. */
function* healthServers(os: Os): Body<number> {
  const servers = new Map<number, number>();
  for (;;) {
    const wanted: readonly number[] = yield* os.device(PROXY_DEVICE, 'healthPorts', { known: [...servers.keys()].join() });
    for (const [port, pid] of [...servers]) {
      if (wanted.includes(port)) continue;
      yield* os.kill(pid, 'KILL');
      servers.delete(port);
    }
    // In the order told, so that the next question names them the same way.
    const kept = new Map(servers);
    servers.clear();
    for (const port of wanted) {
      const pid =
        kept.get(port) ??
        (yield* os.spawn(['kube-proxy'], { body: (helper) => serveHttp(helper, port, (exchange) => serviceHealth(exchange.os, port)) }));
      servers.set(port, pid);
    }
  }
}

function* serviceHealth(os: Os, port: number): Body<HttpResponse> {
  const health: { namespace: string; name: string; localEndpoints: number; healthy: boolean } | null = yield* os.device(
    PROXY_DEVICE,
    'serviceHealth',
    { port },
  );
  if (health === null) return text(404, '404 page not found\n');
  const { namespace, name, localEndpoints, healthy } = health;
  const body = JSON.stringify({ service: { namespace, name }, localEndpoints, serviceProxyHealthy: healthy }, null, '\t');
  return httpResponse(
    localEndpoints > 0 && healthy ? 200 : 503,
    [
      ['Content-Type', 'application/json'],
      ['X-Content-Type-Options', 'nosniff'],
      ['X-Load-Balancing-Endpoint-Weight', String(localEndpoints)],
      ['Date', new Date(yield* os.time()).toUTCString()],
    ],
    body,
  );
}

export const kubeProxyImage = defineImage({
  repository: 'registry.k8s.io/kube-proxy',
  tags: (tag) => /^v1\.\d+\.\d+$/.test(tag),
  sizeMiB: 26,
  entrypoint: [],
  cmd: [],
  env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
  files: {},
  programs: { ...gnuPrograms, '/usr/local/bin/kube-proxy': kubeProxy },
});
