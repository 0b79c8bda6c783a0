// One iptables rule as data, and how iptables-save, `iptables -S` and `iptables -L` print it.
// Models: iptables 1.8.9 (nf_tables) as recorded in golden/network and the lab of reference/nettools

export type Match =
  | { readonly match: 'comment'; readonly text: string }
  | { readonly match: 'port'; readonly protocol: string; readonly destination?: number }
  | { readonly match: 'addrtype'; readonly source?: 'LOCAL'; readonly destination?: 'LOCAL' }
  | { readonly match: 'nfacct'; readonly name: string }
  | { readonly match: 'statistic'; readonly probability: number }
  | { readonly match: 'recent'; readonly name: string; readonly set?: true; readonly seconds?: number }
  | { readonly match: 'mark'; readonly not?: true; readonly mark: string }
  | { readonly match: 'conntrack'; readonly not?: true; readonly states: string };

export interface Rule {
  readonly chain: string;
  readonly source?: string;
  readonly notSource?: true;
  readonly destination?: string;
  readonly protocol?: string;
  readonly matches: readonly Match[];
  /** Chain or target; absent for a rule that only comments. */
  readonly jump?: string;
  /** As iptables-save writes them. */
  readonly options?: string;
  /** As `-L` writes them. */
  readonly listed?: string;
}

export type Table = 'nat' | 'filter' | 'mangle';

const NUMBERS: Readonly<Record<string, string>> = { tcp: '6', udp: '17', sctp: '132', icmp: '1' };

/** The kernel keeps 31 bits of a probability, so 1/3 comes back as 0.33333333349. */
export function probabilityText(probability: number): string {
  const written = Number(probability.toFixed(10));
  return (Math.round(written * 2147483648) / 2147483648).toFixed(11);
}

/** `-A CHAIN …` */
export function saveLine(rule: Rule): string {
  const parts = ['-A', rule.chain];
  if (rule.source !== undefined) parts.push(...(rule.notSource ? ['!'] : []), '-s', cidr(rule.source));
  if (rule.destination !== undefined) parts.push('-d', cidr(rule.destination));
  if (rule.protocol !== undefined) parts.push('-p', rule.protocol);
  for (const match of rule.matches) parts.push(savedMatch(match));
  if (rule.jump !== undefined) parts.push('-j', rule.jump);
  if (rule.options !== undefined) parts.push(rule.options);
  return parts.join(' ');
}

function cidr(address: string): string {
  return address.includes('/') ? address : `${address}/32`;
}

function savedMatch(match: Match): string {
  switch (match.match) {
    case 'comment':
      return `-m comment --comment "${match.text}"`;
    case 'port':
      return match.destination === undefined ? `-m ${match.protocol}` : `-m ${match.protocol} --dport ${match.destination}`;
    case 'addrtype':
      return match.source === undefined ? '-m addrtype --dst-type LOCAL' : '-m addrtype --src-type LOCAL';
    case 'nfacct':
      return `-m nfacct --nfacct-name  ${match.name}`;
    case 'statistic':
      return `-m statistic --mode random --probability ${probabilityText(match.probability)}`;
    case 'recent':
      return match.set
        ? `-m recent --set --name ${match.name} --mask 255.255.255.255 --rsource`
        : `-m recent --rcheck --seconds ${match.seconds} --reap --name ${match.name} --mask 255.255.255.255 --rsource`;
    case 'mark':
      return `-m mark ${match.not ? '! ' : ''}--mark ${match.mark}`;
    case 'conntrack':
      return `-m conntrack ${match.not ? '! ' : ''}--ctstate ${match.states}`;
  }
}

export interface ListOptions {
  readonly numeric: boolean;
  readonly verbose: boolean;
  readonly lineNumbers: boolean;
}

/** One row of `iptables -L`; `number` counts from 1. */
export function listLine(rule: Rule, number: number, { numeric, verbose, lineNumbers }: ListOptions): string {
  const target = (rule.jump ?? '').padEnd(verbose ? 9 : 9);
  const name = rule.protocol ?? 'all';
  const protocol = (numeric ? (NUMBERS[rule.protocol ?? ''] ?? '0') : name).padEnd(4);
  const anywhere = numeric ? '0.0.0.0/0' : 'anywhere';
  const source = listedAddress(rule.source, anywhere);
  const destination = listedAddress(rule.destination, anywhere);
  const from = rule.notSource ? ` !${source.padEnd(19)}` : `  ${source.padEnd(19)}`;
  const rest = [...rule.matches.map((match) => listedMatch(match)), rule.listed ?? ''].filter((text) => text !== '').join(' ');
  const interfaces = verbose ? '  *      *     ' : '';
  const row = `${target}  ${protocol} --${interfaces}${from}  ${destination.padEnd(19)}  ${rest}`;
  const counters = verbose ? '    0     0 ' : '';
  const place = lineNumbers ? `${String(number).padEnd(4)} ${counters}` : counters;
  return `${place}${row}`;
}

function listedAddress(address: string | undefined, anywhere: string): string {
  if (address === undefined) return anywhere;
  return address.endsWith('/32') ? address.slice(0, -3) : address;
}

function listedMatch(match: Match): string {
  switch (match.match) {
    case 'comment':
      return `/* ${match.text} */`;
    case 'port':
      return match.destination === undefined ? match.protocol : `${match.protocol} dpt:${match.destination}`;
    case 'addrtype':
      return match.source === undefined ? 'ADDRTYPE match dst-type LOCAL' : 'ADDRTYPE match src-type LOCAL';
    case 'nfacct':
      return `nfacct-name  ${match.name}`;
    case 'statistic':
      return `statistic mode random probability ${probabilityText(match.probability)}`;
    case 'recent':
      return match.set
        ? `recent: SET name: ${match.name} side: source mask: 255.255.255.255`
        : `recent: CHECK seconds: ${match.seconds} reap name: ${match.name} side: source mask: 255.255.255.255`;
    case 'mark':
      return `mark match ${match.not ? '! ' : ''}${match.mark}`;
    case 'conntrack':
      return `${match.not ? '! ' : ''}ctstate ${match.states}`;
  }
}
