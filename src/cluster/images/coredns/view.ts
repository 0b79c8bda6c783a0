// What the kubernetes plugin sees of the cluster: its own informers, asked through the device `cluster-view` of its container. The
// device answers at once, from caches that are as late as the watch is; each CoreDNS pod has its own, so replicas may disagree.
import type { Plain } from '../../../sim/plain.ts';
import type { Body, Os } from '../../../posix/program.ts';

/** Calls of the device and what they answer. */
export interface ClusterViewCalls {
  /** All caches are filled. */
  readonly synced: { readonly args: null; readonly answer: boolean };
  /** Unix seconds of the last change seen, the serial of SOA records. */
  readonly serial: { readonly args: null; readonly answer: number };
  readonly namespace: { readonly args: { readonly name: string }; readonly answer: boolean };
  readonly service: { readonly args: { readonly namespace: string; readonly name: string }; readonly answer: DnsService | null };
  /** Services with this cluster IP, and endpoints with this address. */
  readonly address: { readonly args: { readonly ip: string }; readonly answer: DnsAddress };
}

export interface DnsService {
  readonly namespace: string;
  readonly name: string;
  readonly type: string;
  /** Empty for headless and ExternalName. */
  readonly clusterIPs: readonly string[];
  readonly externalName: string;
  readonly ports: readonly { readonly name: string; readonly port: number; readonly protocol: string }[];
  /** Ready ones; `ports` undefined = the slice has none. */
  readonly endpoints: readonly DnsEndpoint[];
}

export interface DnsEndpoint {
  readonly ip: string;
  readonly hostname: string;
  readonly pod: string;
  readonly ports: readonly { readonly name: string; readonly port: number; readonly protocol: string }[];
}

export interface DnsAddress {
  readonly services: readonly { readonly namespace: string; readonly name: string }[];
  readonly endpoints: readonly { readonly namespace: string; readonly service: string; readonly endpoint: DnsEndpoint }[];
}

export interface View {
  synced(): Body<boolean>;
  serial(): Body<number>;
  namespace(name: string): Body<boolean>;
  service(namespace: string, name: string): Body<DnsService | null>;
  address(ip: string): Body<DnsAddress>;
}

export const VIEW_DEVICE = 'cluster-view';

export function viewOf(os: Os): View {
  const ask = (call: keyof ClusterViewCalls, args: Plain): Body<any> => os.device(VIEW_DEVICE, call, args);
  return {
    synced: () => ask('synced', null),
    serial: () => ask('serial', null),
    namespace: (name) => ask('namespace', { name }),
    service: (namespace, name) => ask('service', { namespace, name }),
    address: (ip) => ask('address', { ip }),
  };
}
