// Service ports compiled for iptables mode: what routing needs at once, and the printed rules only when somebody asks for them.
import type { Prefix } from '../../network/address.ts';
import type { Verdict } from '../../network/network.ts';
import type { ProxyConfig } from '../mode.ts';
import type { ProxyNode, ServicePort } from '../service-port.ts';
import { LARGE_CLUSTER_ENDPOINTS, type Policies, policiesOf, type PortRules, portRules } from './chains.ts';

/** How a packet meets a Service port: at its cluster IP, at an address for outsiders, or through the load balancer's source ranges. */
export type Entry = 'cluster' | 'external' | 'firewall';

export interface Target {
  readonly compiled: CompiledPort;
  readonly entry: Entry;
}

export interface IptablesRules {
  readonly node: ProxyNode;
  readonly config: ProxyConfig;
  readonly clusterRange: Prefix;
  readonly ports: ReadonlyMap<string, CompiledPort>;
  /** `TCP10.96.0.1:443` → who is meant. */
  readonly addresses: ReadonlyMap<string, Target>;
  /** `TCP30080`. */
  readonly nodePorts: ReadonlyMap<string, CompiledPort>;
}

/** One Service port with what routing needs; everything else of it is made when somebody asks. */
export class CompiledPort {
  readonly port: ServicePort;
  readonly config: ProxyConfig;
  #policies: Policies | undefined;
  #rules: PortRules | undefined;
  #large = false;
  readonly #delivered = new Map<string, (Verdict | undefined)[][]>();
  readonly #verdicts = new Map<string, Verdict>();

  constructor(port: ServicePort, config: ProxyConfig) {
    this.port = port;
    this.config = config;
  }

  get policies(): Policies {
    this.#policies ??= policiesOf(this.port);
    return this.#policies;
  }

  rules(large: boolean): PortRules {
    if (this.#rules === undefined || this.#large !== large) {
      this.#rules = portRules(this.port, this.config.clusterCIDR, this.config.nfacct, large);
      this.#large = large;
    }
    return this.#rules;
  }

  /** Verdicts by endpoint for one door (an address) and one of four ways to it, made when first needed. */
  delivered(door: string, way: number): (Verdict | undefined)[] {
    let ways = this.#delivered.get(door);
    if (ways === undefined) {
      ways = [[], [], [], []];
      this.#delivered.set(door, ways);
    }
    return ways[way]!;
  }

  /** The same verdict object for the same refusal; its rules are told when asked for. */
  verdict(key: string, make: () => Verdict): Verdict {
    let verdict = this.#verdicts.get(key);
    if (verdict === undefined) {
      verdict = make();
      this.#verdicts.set(key, verdict);
    }
    return verdict;
  }
}

/** Endpoints in the whole cluster, by which comments are left out. */
export function isLarge(rules: IptablesRules): boolean {
  let endpoints = 0;
  for (const { port } of rules.ports.values()) {
    endpoints += port.eligible.all.length;
    if (endpoints > LARGE_CLUSTER_ENDPOINTS) return true;
  }
  return false;
}
