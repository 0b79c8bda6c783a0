// What the plugins of a Corefile are set to. Models: coredns 1.14.6 plugin/{kubernetes,cache,forward,hosts,…}/setup.go
import { absoluteName } from '../../../posix/dns.ts';
import { CorefileError, type Directive, parseCorefile, type ServerBlock } from './corefile.ts';

export interface KubernetesConfig {
  readonly zones: readonly string[];
  readonly ttl: number;
  readonly pods: 'disabled' | 'insecure' | 'verified';
  readonly endpointPodNames: boolean;
  readonly noEndpoints: boolean;
  /** Zones whose misses go on to the next plugin; `.` = all. */
  readonly fallthrough: readonly string[];
  /** Empty = all namespaces. */
  readonly namespaces: readonly string[];
  readonly ignoreEmpty: boolean;
}

export interface CacheConfig {
  readonly zones: readonly string[];
  readonly success: CacheKind;
  readonly denial: CacheKind;
  readonly servfailSeconds: number;
}

export interface CacheKind {
  readonly maxTtl: number;
  readonly minTtl: number;
  readonly capacity: number;
  /** Zones that are not cached. */
  readonly disabled: readonly string[];
}

export interface ForwardConfig {
  readonly from: string;
  /** Addresses; a file name is read when the server starts. */
  readonly to: readonly string[];
  readonly except: readonly string[];
}

export interface HostsConfig {
  readonly entries: ReadonlyMap<string, readonly string[]>;
  readonly ttl: number;
  readonly fallthrough: boolean;
}

export interface ServerConfig {
  readonly zone: string;
  readonly port: number;
  readonly kubernetes?: KubernetesConfig;
  readonly cache?: CacheConfig;
  readonly forward?: ForwardConfig;
  readonly hosts?: HostsConfig;
  readonly errors: boolean;
  readonly log: boolean;
  readonly loadbalance: boolean;
  readonly loop: boolean;
  readonly healthPort?: number;
  readonly lameduckMs: number;
  readonly readyPort?: number;
  readonly metricsPort?: number;
  readonly reload: boolean;
}

const CACHE_CAPACITY = 9984;
const DEFAULT_TTL = 5;

/** Reads a Corefile; throws `CorefileError` with the very line CoreDNS ends with. */
export function readConfig(text: string, file: string): ServerConfig[] {
  const blocks = parseCorefile(text, file);
  const servers = blocks.flatMap((block) => block.keys.map((key) => serverOf(key, block, file)));
  const seen = new Set<string>();
  for (const { zone, port } of servers) {
    const key = `dns://${zone}:${port}`;
    if (seen.has(key)) throw new CorefileError(`${file}:1 - Error during parsing: cannot serve ${key} - it is already defined`);
    seen.add(key);
  }
  return servers;
}

function serverOf(key: string, { directives }: ServerBlock, file: string): ServerConfig {
  const match = /^(?:dns:\/\/)?(.*?)(?::(\d+))?$/.exec(key)!;
  const zone = absoluteName((match[1] || '.').toLowerCase());
  const find = (name: string) => directives.find((directive) => directive.name === name);
  const health = find('health');
  const kubernetes = find('kubernetes');
  const cache = find('cache');
  const forward = find('forward');
  const hosts = find('hosts');
  return {
    zone,
    port: Number(match[2] ?? 53),
    ...(kubernetes === undefined ? {} : { kubernetes: kubernetesOf(kubernetes, zone, file) }),
    ...(cache === undefined ? {} : { cache: cacheOf(cache, zone, file) }),
    ...(forward === undefined ? {} : { forward: forwardOf(forward, file) }),
    ...(hosts === undefined ? {} : { hosts: hostsOf(hosts) }),
    errors: find('errors') !== undefined,
    log: find('log') !== undefined,
    loadbalance: find('loadbalance') !== undefined,
    loop: find('loop') !== undefined,
    ...(health === undefined ? {} : { healthPort: portOf(health, 8080) }),
    lameduckMs: durationMs(health?.options.find(({ name }) => name === 'lameduck')?.args[0]),
    ...(find('ready') === undefined ? {} : { readyPort: portOf(find('ready')!, 8181) }),
    ...(find('prometheus') === undefined ? {} : { metricsPort: portOf(find('prometheus')!, 9153) }),
    reload: find('reload') !== undefined,
  };
}

function portOf({ args }: Directive, fallback: number): number {
  const port = /:(\d+)$/.exec(args[0] ?? '')?.[1];
  return port === undefined ? fallback : Number(port);
}

function durationMs(text: string | undefined): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text ?? '');
  if (match === null) return 0;
  return Number(match[1]) * { ms: 1, s: 1000, m: 60_000 }[match[2] as 'ms' | 's' | 'm'];
}

function parsing(file: string, line: number, plugin: string, message: string): CorefileError {
  return new CorefileError(`plugin/${plugin}: ${file}:${line} - Error during parsing: ${message}`);
}

/** Go's strconv.Atoi with its error text. */
function atoi(text: string, plugin: string): number {
  if (/^[+-]?\d+$/.test(text)) return Number(text);
  throw new CorefileError(`plugin/${plugin}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
}

function kubernetesOf({ args, options }: Directive, zone: string, file: string): KubernetesConfig {
  const config = {
    zones: (args.length > 0 ? args : [zone]).map((each) => absoluteName(each.toLowerCase())),
    ttl: DEFAULT_TTL,
    pods: 'disabled' as KubernetesConfig['pods'],
    endpointPodNames: false,
    noEndpoints: false,
    fallthrough: [] as readonly string[],
    namespaces: [] as readonly string[],
    ignoreEmpty: false,
  };
  for (const option of options) {
    const wrong = (message: string) => parsing(file, option.line, 'kubernetes', message);
    const missing = () =>
      wrong(`Wrong argument count or unexpected line ending after '${option.args[option.args.length - 1] ?? option.name}'`);
    if (option.name === 'pods') {
      const [mode] = option.args;
      if (option.args.length !== 1) throw missing();
      if (mode !== 'disabled' && mode !== 'insecure' && mode !== 'verified') {
        throw wrong(`wrong value for pods: ${mode},  must be one of: disabled, verified, insecure`);
      }
      config.pods = mode;
    } else if (option.name === 'ttl') {
      if (option.args.length === 0) throw missing();
      const ttl = atoi(option.args[0]!, 'kubernetes');
      if (ttl < 0 || ttl > 3600) throw wrong(`ttl must be in range [0, 3600]: ${ttl}`);
      config.ttl = ttl;
    } else if (option.name === 'namespaces') {
      if (option.args.length === 0) throw missing();
      config.namespaces = option.args;
    } else if (option.name === 'fallthrough')
      config.fallthrough = option.args.length > 0 ? option.args.map((each) => absoluteName(each)) : ['.'];
    else if (option.name === 'endpoint_pod_names') config.endpointPodNames = true;
    else if (option.name === 'noendpoints') config.noEndpoints = true;
    else if (option.name === 'ignore') config.ignoreEmpty = option.args[0] === 'empty_service';
    else if (!['endpoint', 'tls', 'kubeconfig', 'labels', 'namespace_labels', 'transfer', 'multicluster'].includes(option.name)) {
      throw wrong(`unknown property '${option.name}'`);
    }
  }
  return config;
}

function cacheOf({ args, options, line }: Directive, zone: string, file: string): CacheConfig {
  let ttl: number | undefined;
  let zones = args;
  if (args[0] !== undefined && /^[+-]?\d+$/.test(args[0])) {
    ttl = Number(args[0]);
    if (ttl <= 0) throw parsing(file, line, 'cache', `cache TTL can not be zero or negative: ${ttl}`);
    zones = args.slice(1);
  }
  const disabled = { success: [] as readonly string[], denial: [] as readonly string[] };
  const kinds = {
    success: { maxTtl: ttl ?? 3600, minTtl: DEFAULT_TTL, capacity: CACHE_CAPACITY },
    denial: { maxTtl: ttl ?? 1800, minTtl: DEFAULT_TTL, capacity: CACHE_CAPACITY },
  };
  let servfailSeconds = 5;
  for (const option of options) {
    if (option.name === 'disable') {
      const [kind, ...of] = option.args;
      if (kind !== 'success' && kind !== 'denial')
        throw parsing(file, option.line, 'cache', `cache type for disable must be ${'"success"'} or ${'"denial"'}`);
      disabled[kind] = of.length > 0 ? of.map((each) => absoluteName(each)) : ['.'];
    } else if (option.name === 'success' || option.name === 'denial') {
      const [capacity, maxTtl, minTtl] = option.args;
      kinds[option.name] = {
        capacity: atoi(capacity ?? '', 'cache'),
        maxTtl: maxTtl === undefined ? kinds[option.name].maxTtl : atoi(maxTtl, 'cache'),
        minTtl: minTtl === undefined ? kinds[option.name].minTtl : atoi(minTtl, 'cache'),
      };
    } else if (option.name === 'servfail') servfailSeconds = durationMs(option.args[0]) / 1000;
    else if (!['prefetch', 'serve_stale', 'keepttl'].includes(option.name))
      throw parsing(file, option.line, 'cache', `unknown property '${option.name}'`);
  }
  return {
    zones: (zones.length > 0 ? zones : [zone]).map((each) => absoluteName(each.toLowerCase())),
    success: { ...kinds.success, disabled: disabled.success },
    denial: { ...kinds.denial, disabled: disabled.denial },
    servfailSeconds,
  };
}

const FORWARD_OPTIONS =
  'except max_fails health_check force_tcp prefer_udp expire max_idle_conns policy tls tls_servername max_concurrent max_connect_attempts next failfast_all_unhealthy_upstreams failover doh'.split(
    ' ',
  );

function forwardOf({ args, options, line }: Directive, file: string): ForwardConfig {
  const [from, ...to] = args;
  if (from === undefined || to.length === 0)
    throw parsing(file, line, 'forward', `Wrong argument count or unexpected line ending after '${from ?? 'forward'}'`);
  for (const option of options) {
    if (!FORWARD_OPTIONS.includes(option.name)) throw parsing(file, option.line, 'forward', `unknown property '${option.name}'`);
  }
  const except = options.find(({ name }) => name === 'except')?.args ?? [];
  return { from: absoluteName(from), to, except: except.map((each) => absoluteName(each)) };
}

function hostsOf({ options }: Directive): HostsConfig {
  const entries = new Map<string, readonly string[]>();
  let ttl = 3600;
  let fallthrough = false;
  for (const option of options) {
    if (option.name === 'fallthrough') fallthrough = true;
    else if (option.name === 'ttl') ttl = Number(option.args[0]);
    else if (/^[\d.:a-f]+$/i.test(option.name)) {
      for (const name of option.args) {
        const key = absoluteName(name.toLowerCase());
        entries.set(key, [...(entries.get(key) ?? []), option.name]);
      }
    }
  }
  return { entries, ttl, fallthrough };
}

/** Is the name (absolute, lower case) in the zone? */
export function inZone(name: string, zone: string): boolean {
  return zone === '.' || name === zone || name.endsWith(`.${zone}`);
}

/** The longest zone that holds the name. */
export function zoneOf(name: string, zones: readonly string[]): string | undefined {
  let found: string | undefined;
  for (const zone of zones) if (inZone(name, zone) && (found === undefined || zone.length > found.length)) found = zone;
  return found;
}
