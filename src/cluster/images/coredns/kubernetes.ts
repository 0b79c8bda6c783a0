// The kubernetes plugin: names of Services, endpoints and pods from what the API server's watches delivered.
// Models: coredns 1.14.6 plugin/kubernetes/{handler,kubernetes,parse,reverse,ns}.go, plugin/backend_lookup.go
import { type DnsQuestion, type DnsRcode, type DnsRecord, isIpv4 } from '../../../posix/dns.ts';
import type { Body } from '../../../posix/program.ts';
import { inZone, type KubernetesConfig, zoneOf } from './config.ts';
import type { DnsEndpoint, DnsService, View } from './view.ts';

export interface Lookup {
  readonly rcode: DnsRcode;
  readonly answers: readonly DnsRecord[];
  readonly authority: readonly DnsRecord[];
  readonly additional: readonly DnsRecord[];
  /** A CNAME that leads outside: its target is to be looked up as the question's type, and appended. */
  readonly chase?: string;
}

/** `next`: not ours, the next plugin's turn. */
export type Outcome = Lookup | 'next';

/** One answer candidate: a host with a port, and the name it has. */
interface Found {
  readonly host: string;
  readonly port: number;
  readonly name: string;
}

const MOST_CNAMES = 8;
/** Ports of a headless Service without ports: addresses answer, SRV does not. */
const NO_PORT = -1;

export function* kubernetesLookup(config: KubernetesConfig, view: View, question: DnsQuestion, ownIp: string): Body<Outcome> {
  const name = question.name.toLowerCase();
  const zone = zoneOf(name, config.zones);
  if (zone === undefined) return 'next';
  return yield* new Plugin(config, view, zone, ownIp).answer(question, name);
}

class Plugin {
  readonly #config: KubernetesConfig;
  readonly #view: View;
  readonly #zone: string;
  readonly #ownIp: string;

  constructor(config: KubernetesConfig, view: View, zone: string, ownIp: string) {
    this.#config = config;
    this.#view = view;
    this.#zone = zone;
    this.#ownIp = ownIp;
  }

  *answer(question: DnsQuestion, name: string): Body<Outcome> {
    if (question.type === 'AXFR') return { rcode: 'REFUSED', answers: [], authority: [], additional: [] };
    const reverse = addressOf(name);
    if (reverse !== undefined || this.#zone.endsWith('.arpa.')) {
      if (question.type === 'PTR' && reverse !== undefined) {
        const names = yield* this.#pointers(reverse);
        if (names.length > 0) return this.#found(names.map((data) => this.#record(question.name, 'PTR', data)));
      }
      return yield* this.#missing(name);
    }
    if (name === this.#zone) return yield* this.#apex(question);
    const labels = name.slice(0, -this.#zone.length - 1).split('.');
    if (labels.length === 1 && labels[0] === 'dns-version') {
      return question.type === 'TXT' ? this.#found([this.#record(question.name, 'TXT', '"1.1.0"')]) : yield* this.#nothing();
    }
    const kind = labels.pop();
    if (kind === 'svc') return yield* this.#service(question, name, labels);
    if (kind === 'pod') return yield* this.#pod(question, name, labels);
    return yield* this.#missing(name);
  }

  // --- Services

  *#service(question: DnsQuestion, name: string, labels: readonly string[]): Body<Outcome> {
    if (labels.length === 0) return yield* this.#nothing();
    const namespace = labels[labels.length - 1]!;
    if (!(yield* this.#exposed(namespace))) return yield* this.#missing(name);
    if (labels.length === 1) return yield* this.#nothing();
    const found = yield* this.#candidates(labels);
    if (found === undefined || (found.length === 0 && question.type !== 'CNAME')) return yield* this.#missing(name);
    const alias = found.find(({ port, host }) => port === 0 && !isAddress(host));
    if (alias !== undefined) return yield* this.#alias(question, alias.host);
    if (found.length === 0) return yield* this.#missing(name);
    if (question.type === 'A' || question.type === 'AAAA') {
      const wanted = found.filter(({ host }) => isIpv4(host) === (question.type === 'A'));
      const hosts = [...new Set(wanted.map(({ host }) => host))];
      return hosts.length === 0
        ? yield* this.#nothing()
        : this.#found(hosts.map((host) => this.#record(question.name, question.type, host)));
    }
    if (question.type === 'SRV') return yield* this.#srv(question, found);
    return yield* this.#nothing();
  }

  /** Undefined when nothing of that name exists. */
  *#candidates(labels: readonly string[]): Body<readonly Found[] | undefined> {
    const left = labels.slice(0, -2);
    if (left.length > 2) return undefined;
    const namespace = labels[labels.length - 1]!;
    const service = labels[labels.length - 2]!;
    const endpoint = left.length === 1 ? left[0]! : '';
    const [port = '', protocol = ''] = left.length === 2 ? left.map((label) => label.replace(/^_/, '')) : [];
    const known = yield* this.#view.service(namespace, service);
    if (known === null) return undefined;
    if (known.type === 'ExternalName') {
      // An address as an external name is no CNAME, and a port or endpoint of one does not exist.
      if (left.length > 0 || isAddress(known.externalName)) return undefined;
      return [{ host: `${known.externalName.replace(/\.$/, '')}.`, port: 0, name: '' }];
    }
    const headless = known.clusterIPs.length === 0;
    if (this.#config.ignoreEmpty && !headless && known.endpoints.length === 0) return undefined;
    const fits = (each: { readonly name: string; readonly protocol: string }) =>
      (port === '' || each.name.toLowerCase() === port) && (protocol === '' || each.protocol.toLowerCase() === protocol);
    const found = headless || endpoint !== '' ? this.#endpoints(known, endpoint, fits) : clusterAddresses(known, fits, this.#nameOf(known));
    return found.length === 0 ? undefined : found;
  }

  #endpoints(service: DnsService, wanted: string, fits: (port: { name: string; protocol: string }) => boolean): Found[] {
    if (this.#config.noEndpoints) return [];
    const found: Found[] = [];
    for (const endpoint of service.endpoints) {
      const label = this.#labelOf(endpoint);
      if (wanted !== '' && label !== wanted) continue;
      const name = `${label}.${this.#nameOf(service)}`;
      if (endpoint.ports.length === 0 && fits({ name: '', protocol: '' })) found.push({ host: endpoint.ip, port: NO_PORT, name });
      for (const port of endpoint.ports) if (fits(port)) found.push({ host: endpoint.ip, port: port.port, name });
    }
    return found;
  }

  #labelOf({ hostname, pod, ip }: DnsEndpoint): string {
    if (hostname !== '') return hostname.toLowerCase();
    if (this.#config.endpointPodNames && pod !== '' && pod.length < 64) return pod;
    const dashed = ip.replace(/[.:]/g, '-');
    return dashed.endsWith('-') ? `${dashed}0` : dashed;
  }

  #nameOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
    const zone = this.#config.zones.find((each) => !each.endsWith('.arpa.')) ?? this.#zone;
    return `${name}.${namespace}.svc.${zone}`;
  }

  *#srv(question: DnsQuestion, all: readonly Found[]): Body<Lookup> {
    const found = all.filter(({ port }) => port !== NO_PORT);
    if (found.length === 0) return yield* this.#nothing();
    const weight = Math.max(1, Math.floor(100 / found.length));
    const additional = new Map<string, DnsRecord>();
    for (const { host, name } of found) additional.set(`${name} ${host}`, this.#record(name, isIpv4(host) ? 'A' : 'AAAA', host));
    const answers = new Map(
      found.map(({ port, name }) => [`${port} ${name}`, this.#record(question.name, 'SRV', `0 ${weight} ${port} ${name}`)] as const),
    );
    return { rcode: 'NOERROR', answers: [...answers.values()], authority: [], additional: [...additional.values()] };
  }

  /** A CNAME and what it leads to: inside the zone at once, outside through whoever answers there. */
  *#alias(question: DnsQuestion, first: string): Body<Lookup> {
    const chain: DnsRecord[] = [];
    const { type } = question;
    let owner = question.name;
    let target = first;
    for (;;) {
      if (target.toLowerCase() === owner.toLowerCase() || chain.length > MOST_CNAMES) return yield* this.#nothing();
      chain.push(this.#record(owner, 'CNAME', target));
      if (type === 'CNAME') return this.#found(chain);
      if (type !== 'A' && type !== 'AAAA') return yield* this.#nothing();
      if (!inZone(target.toLowerCase(), this.#zone)) return { ...this.#found(chain), chase: target };
      const labels = target
        .toLowerCase()
        .slice(0, -this.#zone.length - 1)
        .split('.');
      const found = labels.pop() === 'svc' && labels.length > 1 ? yield* this.#candidates(labels) : undefined;
      const next = found?.find(({ port, host }) => port === 0 && !isAddress(host));
      if (next === undefined) {
        const hosts = [...new Set((found ?? []).map(({ host }) => host))].filter((host) => isIpv4(host) === (type === 'A'));
        // A chain that ends in nothing of this type is not shown at all.
        if (hosts.length === 0) return yield* this.#nothing();
        return this.#found([...chain, ...hosts.map((host) => this.#record(target, type, host))]);
      }
      owner = target;
      target = next.host;
    }
  }

  // --- Pods, zones, addresses

  *#pod(question: DnsQuestion, name: string, labels: readonly string[]): Body<Outcome> {
    if (labels.length === 0) return yield* this.#nothing();
    const namespace = labels[labels.length - 1]!;
    if (!(yield* this.#exposed(namespace))) return yield* this.#missing(name);
    if (labels.length === 1) return yield* this.#nothing();
    if (this.#config.pods === 'disabled' || labels.length > 2) return yield* this.#missing(name);
    const ip = podAddress(labels[0]!);
    if (ip === undefined) return yield* this.#missing(name);
    // Simplified: `pods verified` knows only pods that some Service selects.
    if (this.#config.pods === 'verified') {
      const { endpoints } = yield* this.#view.address(ip);
      if (!endpoints.some((each) => each.namespace === namespace)) return yield* this.#missing(name);
    }
    const type = isIpv4(ip) ? 'A' : 'AAAA';
    return question.type === type ? this.#found([this.#record(question.name, type, ip)]) : yield* this.#nothing();
  }

  *#exposed(namespace: string): Body<boolean> {
    if (this.#config.namespaces.length > 0 && !this.#config.namespaces.includes(namespace)) return false;
    return yield* this.#view.namespace(namespace);
  }

  *#apex(question: DnsQuestion): Body<Lookup> {
    if (question.type === 'SOA') return this.#found([yield* this.#soa()]);
    if (question.type !== 'NS') return yield* this.#nothing();
    const own = (yield* this.#view.address(this.#ownIp)).endpoints;
    const services = new Map(own.map(({ namespace, service }) => [`${namespace}/${service}`, { namespace, name: service }] as const));
    const records: DnsRecord[] = [];
    const additional: DnsRecord[] = [];
    for (const service of services.values()) {
      const name = this.#nameOf(service);
      records.push(this.#record(question.name, 'NS', name));
      const ips = (yield* this.#view.service(service.namespace, service.name))?.clusterIPs ?? [];
      for (const ip of ips) additional.push(this.#record(name, isIpv4(ip) ? 'A' : 'AAAA', ip));
    }
    if (records.length === 0) records.push(this.#record(question.name, 'NS', `ns.dns.${this.#zone}`));
    return { rcode: 'NOERROR', answers: records, authority: [], additional };
  }

  *#pointers(ip: string): Body<string[]> {
    const { services, endpoints } = yield* this.#view.address(ip);
    if (services.length > 0) return services.slice(0, 1).map((service) => this.#nameOf(service));
    return endpoints.map(({ namespace, service, endpoint }) => `${this.#labelOf(endpoint)}.${this.#nameOf({ namespace, name: service })}`);
  }

  #found(answers: readonly DnsRecord[]): Lookup {
    return { rcode: 'NOERROR', answers, authority: [], additional: [] };
  }

  /** The name exists, but not with this type. */
  *#nothing(): Body<Lookup> {
    return { rcode: 'NOERROR', answers: [], authority: [yield* this.#soa()], additional: [] };
  }

  *#missing(name: string): Body<Outcome> {
    if (this.#config.fallthrough.some((zone) => inZone(name, zone))) return 'next';
    const rcode = (yield* this.#view.synced()) ? 'NXDOMAIN' : 'SERVFAIL';
    return { rcode, answers: [], authority: rcode === 'SERVFAIL' ? [] : [yield* this.#soa()], additional: [] };
  }

  *#soa(): Body<DnsRecord> {
    const serial = yield* this.#view.serial();
    const { ttl } = this.#config;
    const data = `ns.dns.${this.#zone} hostmaster.${this.#zone} ${serial} 7200 1800 86400 ${ttl}`;
    return { name: this.#zone, type: 'SOA', ttl: Math.min(ttl, 300), data };
  }

  #record(name: string, type: DnsRecord['type'], data: string): DnsRecord {
    return { name, type, ttl: this.#config.ttl, data };
  }
}

function clusterAddresses(service: DnsService, fits: (port: { name: string; protocol: string }) => boolean, name: string): Found[] {
  return service.ports.filter(fits).flatMap(({ port }) => service.clusterIPs.map((host) => ({ host, port, name })));
}

function isAddress(host: string): boolean {
  const bare = host.replace(/\.$/, '');
  return isIpv4(bare) || bare.includes(':');
}

/** `10-244-0-5` → the address. */
function podAddress(label: string): string | undefined {
  if ((label.match(/-/g) ?? []).length === 3 && !label.includes('--')) {
    const ip = label.replaceAll('-', '.');
    return isIpv4(ip) ? ip : undefined;
  }
  const ip = label.replaceAll('-', ':');
  return /^[0-9a-f:]+$/.test(ip) && ip.includes(':') && ip.split(':').length > 2 ? ip : undefined;
}

/** The address a name under in-addr.arpa means. */
export function addressOf(name: string): string | undefined {
  const match = /^((?:\d{1,3}\.){4})in-addr\.arpa\.$/.exec(name);
  if (match === null) return undefined;
  const ip = match[1]!.slice(0, -1).split('.').reverse().join('.');
  return isIpv4(ip) ? ip : undefined;
}
