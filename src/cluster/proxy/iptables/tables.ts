// The tables of a node in iptables mode as iptables-save, `iptables -S` and `iptables -L` print them: the chains that the kernel, the
// kubelet and kube-proxy make, and between them the rules of every Service port.
// Simplified: the CNI plugin's per-pod CNI-… chains and Docker's chains are not listed. Models: pkg/proxy/iptables, iptables 1.8.9
import { type IptablesRules, isLarge } from './compiled.ts';
import { type ListOptions, listLine, type Match, type Rule, saveLine, type Table } from './rule.ts';

const BUILT_IN: Readonly<Record<Table, readonly string[]>> = {
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
};

const OWN: Readonly<Record<Table, readonly string[]>> = {
  nat: ['KUBE-KUBELET-CANARY', 'KUBE-MARK-MASQ', 'KUBE-NODEPORTS', 'KUBE-POSTROUTING', 'KUBE-PROXY-CANARY', 'KUBE-SERVICES'],
  filter: [
    'KUBE-EXTERNAL-SERVICES',
    'KUBE-FIREWALL',
    'KUBE-FORWARD',
    'KUBE-KUBELET-CANARY',
    'KUBE-NODEPORTS',
    'KUBE-PROXY-CANARY',
    'KUBE-PROXY-FIREWALL',
    'KUBE-SERVICES',
  ],
  mangle: ['KUBE-IPTABLES-HINT', 'KUBE-KUBELET-CANARY', 'KUBE-PROXY-CANARY'],
};

const comment = (text: string): Match => ({ match: 'comment', text });
const NEW: Match = { match: 'conntrack', states: 'NEW' };

function jump(chain: string, to: string, ...matches: Match[]): Rule {
  return { chain, matches, jump: to };
}

const NAT_BASE: readonly Rule[] = [
  jump('PREROUTING', 'KUBE-SERVICES', comment('kubernetes service portals')),
  jump('OUTPUT', 'KUBE-SERVICES', comment('kubernetes service portals')),
  jump('POSTROUTING', 'KUBE-POSTROUTING', comment('kubernetes postrouting rules')),
  { chain: 'KUBE-MARK-MASQ', matches: [], jump: 'MARK', options: '--set-xmark 0x4000/0x4000', listed: 'MARK or 0x4000' },
  { chain: 'KUBE-POSTROUTING', matches: [{ match: 'mark', not: true, mark: '0x4000/0x4000' }], jump: 'RETURN' },
  { chain: 'KUBE-POSTROUTING', matches: [], jump: 'MARK', options: '--set-xmark 0x4000/0x0', listed: 'MARK xor 0x4000' },
  {
    chain: 'KUBE-POSTROUTING',
    matches: [comment('kubernetes service traffic requiring SNAT')],
    jump: 'MASQUERADE',
    options: '--random-fully',
    listed: 'random-fully',
  },
];

/** The last rule of KUBE-SERVICES. */
const NODE_PORTS = jump(
  'KUBE-SERVICES',
  'KUBE-NODEPORTS',
  comment('kubernetes service nodeports; NOTE: this must be the last rule in this chain'),
  { match: 'addrtype', destination: 'LOCAL' },
);

const FIREWALL_JUMP = comment('kubernetes load balancer firewall');
const EXTERNAL_JUMP = comment('kubernetes externally-visible service portals');

function filterBase(nfacct: boolean): readonly Rule[] {
  const invalid: Match = { match: 'conntrack', states: 'INVALID' };
  const counted: Match[] = nfacct ? [{ match: 'nfacct', name: 'ct_state_invalid_dropped_pkts' }] : [];
  return [
    jump('INPUT', 'KUBE-PROXY-FIREWALL', NEW, FIREWALL_JUMP),
    jump('INPUT', 'KUBE-NODEPORTS', comment('kubernetes health check service ports')),
    jump('INPUT', 'KUBE-EXTERNAL-SERVICES', NEW, EXTERNAL_JUMP),
    jump('INPUT', 'KUBE-FIREWALL'),
    jump('FORWARD', 'KUBE-PROXY-FIREWALL', NEW, FIREWALL_JUMP),
    jump('FORWARD', 'KUBE-FORWARD', comment('kubernetes forwarding rules')),
    jump('FORWARD', 'KUBE-SERVICES', NEW, comment('kubernetes service portals')),
    jump('FORWARD', 'KUBE-EXTERNAL-SERVICES', NEW, EXTERNAL_JUMP),
    jump('OUTPUT', 'KUBE-PROXY-FIREWALL', NEW, FIREWALL_JUMP),
    jump('OUTPUT', 'KUBE-SERVICES', NEW, comment('kubernetes service portals')),
    jump('OUTPUT', 'KUBE-FIREWALL'),
    {
      chain: 'KUBE-FIREWALL',
      source: '127.0.0.0/8',
      notSource: true,
      destination: '127.0.0.0/8',
      matches: [comment('block incoming localnet connections'), { match: 'conntrack', not: true, states: 'RELATED,ESTABLISHED,DNAT' }],
      jump: 'DROP',
    },
    jump('KUBE-FORWARD', 'DROP', invalid, ...counted),
    jump('KUBE-FORWARD', 'ACCEPT', comment('kubernetes forwarding rules'), { match: 'mark', mark: '0x4000/0x4000' }),
    jump('KUBE-FORWARD', 'ACCEPT', comment('kubernetes forwarding conntrack rule'), { match: 'conntrack', states: 'RELATED,ESTABLISHED' }),
  ];
}

/** Every chain with its rules, built-in ones first, then by name, as the nf_tables build lists them. */
export function chainsOf(rules: IptablesRules, table: Table): Map<string, Rule[]> {
  const large = isLarge(rules);
  const ports = table === 'mangle' ? [] : [...rules.ports.values()].map((compiled) => compiled.rules(large));
  const own = table === 'nat' ? [...OWN.nat, ...ports.flatMap(({ chains }) => chains)].sort() : OWN[table];
  const chains = new Map<string, Rule[]>([...BUILT_IN[table], ...own].map((chain) => [chain, []]));
  const base = table === 'nat' ? NAT_BASE : table === 'filter' ? filterBase(rules.config.nfacct) : [];
  for (const rule of base) chains.get(rule.chain)!.push(rule);
  for (const each of ports) for (const rule of table === 'nat' ? each.nat : each.filter) chains.get(rule.chain)!.push(rule);
  if (table === 'nat') chains.get('KUBE-SERVICES')!.push(NODE_PORTS);
  return chains;
}

function isTable(table: string): table is Table {
  return table in BUILT_IN;
}

/** `iptables-save`: the body between the date lines; `-S`: the same without table and counters. `-L…` with `:flags` of n, v, l. */
export function printTable(rules: IptablesRules, tool: string, table: string): readonly string[] | undefined {
  if (!isTable(table)) return undefined;
  const chains = chainsOf(rules, table);
  const builtIn = new Set(BUILT_IN[table]);
  if (tool === 'iptables-save') {
    const heads = [...chains.keys()].map((chain) => `:${chain} ${builtIn.has(chain) ? 'ACCEPT' : '-'} [0:0]`);
    return [`*${table}`, ...heads, ...[...chains.values()].flat().map(saveLine), 'COMMIT'];
  }
  if (tool === 'iptables -S') {
    const heads = [...chains.keys()].map((chain) => (builtIn.has(chain) ? `-P ${chain} ACCEPT` : `-N ${chain}`));
    return [...heads, ...[...chains.values()].flat().map(saveLine)];
  }
  const flags = /^iptables -L:([nvl]*)$/.exec(tool)?.[1];
  if (flags === undefined) return undefined;
  return listed(chains, builtIn, { numeric: flags.includes('n'), verbose: flags.includes('v'), lineNumbers: flags.includes('l') });
}

function listed(chains: ReadonlyMap<string, readonly Rule[]>, builtIn: ReadonlySet<string>, options: ListOptions): readonly string[] {
  const references = new Map<string, number>();
  for (const rule of [...chains.values()].flat())
    if (rule.jump !== undefined) references.set(rule.jump, (references.get(rule.jump) ?? 0) + 1);
  const columns = options.verbose
    ? ' pkts bytes target     prot opt in     out     source               destination         '
    : 'target     prot opt source               destination         ';
  return [...chains].flatMap(([chain, own], i) => [
    ...(i === 0 ? [] : ['']),
    builtIn.has(chain)
      ? `Chain ${chain} (policy ACCEPT${options.verbose ? ' 0 packets, 0 bytes' : ''})`
      : `Chain ${chain} (${references.get(chain) ?? 0} references)`,
    options.lineNumbers ? `num  ${columns}` : columns,
    ...own.map((rule, n) => listLine(rule, n + 1, options)),
  ]);
}
