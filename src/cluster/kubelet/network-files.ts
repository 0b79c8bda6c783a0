// /etc/hosts, /etc/resolv.conf and /etc/hostname of a pod.
// Models: kubernetes v1.37 pkg/kubelet/kubelet_pods.go ensureHostsFile, pkg/kubelet/network/dns/dns.go
import type { PodSpec } from '../kinds/pod/types.ts';

export interface DnsSettings {
  /** `--cluster-dns`. */
  readonly clusterDns: string;
  /** `--cluster-domain`. */
  readonly clusterDomain: string;
  /** The node's own resolv.conf. */
  readonly nodeNameservers: readonly string[];
  readonly nodeSearches: readonly string[];
}

const LOCAL_HOSTS = [
  '127.0.0.1\tlocalhost',
  '::1\tlocalhost ip6-localhost ip6-loopback',
  'fe00::0\tip6-localnet',
  'fe00::0\tip6-mcastprefix',
  'fe00::1\tip6-allnodes',
  'fe00::2\tip6-allrouters',
];

/** What uname says, cut to 63 characters as the kubelet does. */
export function hostnameOf(spec: PodSpec, name: string, nodeName: string): string {
  if (spec.hostNetwork === true) return nodeName;
  const own = spec.hostname || name;
  return own.length > 63 ? own.slice(0, 63).replace(/[-.]+$/, '') : own;
}

export function hostsFile(spec: PodSpec, hostname: string, podIP: string, namespace: string, domain: string, nodeHosts: string): string {
  const aliases = spec.hostAliases ?? [];
  let text = `# Kubernetes-managed hosts file (host network).\n${nodeHosts}`;
  if (spec.hostNetwork !== true) {
    const qualified = spec.subdomain ? `\t${hostname}.${spec.subdomain}.${namespace}.svc.${domain}` : '';
    text = `${['# Kubernetes-managed hosts file.', ...LOCAL_HOSTS, `${podIP}${qualified}\t${hostname}`].join('\n')}\n`;
  }
  if (aliases.length > 0) {
    text += '\n# Entries added by HostAliases.\n';
    for (const { ip, hostnames = [] } of aliases) text += `${ip}\t${hostnames.join('\t')}\n`;
  }
  return text;
}

export function resolvConf(spec: PodSpec, namespace: string, dns: DnsSettings): string {
  let nameservers: readonly string[] = [];
  let searches: readonly string[] = [];
  let options: readonly string[] = [];
  const policy = spec.dnsPolicy ?? 'ClusterFirst';
  const cluster = policy === 'ClusterFirstWithHostNet' || (policy === 'ClusterFirst' && spec.hostNetwork !== true);
  if (cluster) {
    nameservers = [dns.clusterDns];
    searches = [`${namespace}.svc.${dns.clusterDomain}`, `svc.${dns.clusterDomain}`, dns.clusterDomain, ...dns.nodeSearches];
    options = ['ndots:5'];
  } else if (policy !== 'None') {
    nameservers = dns.nodeNameservers;
    searches = dns.nodeSearches;
  }
  const { dnsConfig } = spec;
  if (dnsConfig !== undefined) {
    nameservers = unique([...nameservers, ...(dnsConfig.nameservers ?? [])]);
    searches = unique([...searches, ...(dnsConfig.searches ?? [])]);
    const own = (dnsConfig.options ?? []).map(({ name, value }) => (value === undefined ? name : `${name}:${value}`));
    const replaced = new Set(own.map((option) => option.split(':')[0]));
    options = [...options.filter((option) => !replaced.has(option.split(':')[0])), ...own];
  }
  let text = '';
  if (searches.length > 0) text += `search ${searches.join(' ')}\n`;
  for (const server of nameservers) text += `nameserver ${server}\n`;
  if (options.length > 0) text += `options ${options.join(' ')}\n`;
  return text;
}

function unique(items: readonly string[]): readonly string[] {
  return [...new Set(items)];
}
