// Replays golden/network/rules.json: one recorded Service and its slices compiled by a proxy mode, line by line against what the
// node's own tool printed. Rules of one chain are written in the order of a hash map, so lines are compared as sets.
import type { EndpointSlice } from '../cluster/kinds/endpointslice/endpointslice.ts';
import type { Service } from '../cluster/kinds/service/types.ts';
import { isLoopback } from '../cluster/network/address.ts';
import type { ProxyConfig, ProxyMode } from '../cluster/proxy/mode.ts';
import { type ProxyNode, servicePorts } from '../cluster/proxy/service-port.ts';

/** A vector as recorded; `rules` holds lines by table. */
export interface RuleVector {
  readonly name: string;
  readonly service?: Service;
  readonly services?: readonly Service[];
  readonly endpointslices?: readonly EndpointSlice[] | null;
  readonly rules?: Readonly<Record<string, readonly string[]>>;
  readonly [more: string]: unknown;
}

export interface RuleResult {
  readonly name: string;
  readonly lines: number;
  readonly missing: readonly string[];
  readonly extra: readonly string[];
}

/** The recorded nodes, with the address their pods' bridge has. */
const NODES: Readonly<Record<string, string>> = {
  minikube: '192.168.49.2',
  'minikube-m02': '192.168.49.3',
  'minikube-m03': '192.168.49.4',
};
const CONFIG: ProxyConfig = { clusterCIDR: '10.244.0.0/16', nfacct: true };

export function recordedNode(name: string): ProxyNode {
  const ip = NODES[name] ?? '192.168.49.5';
  return { name, ip, zone: undefined, isLocal: (address) => address === ip || isLoopback(address) };
}

/** Every vector that shows one mode's rules of single Services. */
export function replayRules(vectors: readonly RuleVector[], mode: ProxyMode): RuleResult[] {
  const results: RuleResult[] = [];
  for (const vector of vectors) {
    const single = /\[(\w+) ([\w-]+)\]$/.exec(vector.name);
    if (vector.service !== undefined && vector.rules !== undefined && single?.[1] === mode.name) {
      results.push(compare(vector.name, mode, single[2]!, [vector.service], vector.endpointslices ?? [], vector.rules));
    }
    for (const key of Object.keys(vector).filter((each) => each.startsWith(`${mode.name} `))) {
      const rules = vector[key] as RuleVector['rules'];
      if (rules === undefined || Array.isArray(rules) || vector.services === undefined) continue;
      const node = key.slice(mode.name.length + 1);
      results.push(compare(`${vector.name} [${key}]`, mode, node, vector.services, vector.endpointslices ?? [], rules));
    }
  }
  return results;
}

function compare(
  name: string,
  mode: ProxyMode,
  nodeName: string,
  services: readonly Service[],
  slices: readonly EndpointSlice[],
  recorded: Readonly<Record<string, readonly string[]>>,
): RuleResult {
  const node = recordedNode(nodeName);
  const ports = new Map(
    services.flatMap((service) => {
      const own = slices.filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === service.metadata.name);
      return servicePorts(service, own, node).map((port) => [port.name, port] as const);
    }),
  );
  const compiled = mode.compile(ports, node, CONFIG);
  const empty = mode.compile(new Map(), node, CONFIG);
  const missing: string[] = [];
  const extra: string[] = [];
  let lines = 0;
  for (const [table, expected] of Object.entries(recorded)) {
    const always = new Set(mode.print(empty, 'iptables-save', table) ?? []);
    const ours = (mode.print(compiled, 'iptables-save', table) ?? []).filter((line) => !always.has(line));
    lines += expected.length;
    missing.push(...without(expected, ours));
    extra.push(...without(ours, expected));
  }
  return { name, lines, missing, extra };
}

/** Lines of `all` that `taken` does not account for, counted. */
function without(all: readonly string[], taken: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const line of taken) left.set(line, (left.get(line) ?? 0) + 1);
  return all.filter((line) => {
    const count = left.get(line) ?? 0;
    if (count > 0) left.set(line, count - 1);
    return count === 0;
  });
}
