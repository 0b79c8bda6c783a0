import { expect, test } from 'vitest';
import { isLoopback } from '../../network/address.ts';
import { servicePorts } from '../service-port.ts';
import { iptablesMode } from './iptables.ts';

/** The lab of reference/nettools: default/web:http with three endpoints and a node port, default/empty without any. */
function lab() {
  const node = { name: 'minikube', ip: '192.168.49.2', zone: undefined, isLocal: (ip: string) => ip === '192.168.49.2' || isLoopback(ip) };
  const meta = (name: string) => ({ name, namespace: 'default', uid: '', resourceVersion: '1', creationTimestamp: '' });
  const service = (name: string, clusterIP: string, portName: string, nodePort?: number) => ({
    apiVersion: 'v1',
    kind: 'Service' as const,
    metadata: meta(name),
    spec: {
      type: nodePort === undefined ? ('ClusterIP' as const) : ('NodePort' as const),
      clusterIP,
      ports: [{ name: portName, protocol: 'TCP' as const, port: 80, targetPort: 8080, ...(nodePort === undefined ? {} : { nodePort }) }],
      sessionAffinity: 'None' as const,
    },
    status: {},
  });
  const slice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice' as const,
    metadata: meta('web-x'),
    addressType: 'IPv4' as const,
    ports: [{ name: 'http', protocol: 'TCP' as const, port: 8080 }],
    endpoints: ['10.244.0.5', '10.244.0.6', '10.244.0.8'].map((ip) => ({ addresses: [ip], conditions: { ready: true } })),
  };
  const ports = [
    ...servicePorts(service('web', '10.96.184.178', 'http', 31389), [slice], node),
    ...servicePorts(service('empty', '10.96.55.55', ''), [], node),
  ];
  return iptablesMode.compile(new Map(ports.map((port) => [port.name, port])), node, { clusterCIDR: '10.244.0.0/16', nfacct: false });
}

/** One chain of `iptables -L`. */
function chain(name: string, table: string, flags: string): string[] {
  const lines = iptablesMode.print(lab(), `iptables -L:${flags}`, table)!;
  const start = lines.findIndex((line) => line.startsWith(`Chain ${name} `));
  const end = lines.indexOf('', start);
  return lines.slice(start, end < 0 ? undefined : end);
}

test.each([
  [
    'KUBE-SVC-CDGGSHYLG3RE2FKL',
    'nat',
    'n',
    [
      'Chain KUBE-SVC-CDGGSHYLG3RE2FKL (2 references)',
      'target     prot opt source               destination         ',
      'KUBE-MARK-MASQ  6    -- !10.244.0.0/16        10.96.184.178        /* default/web:http cluster IP */ tcp dpt:80',
      'KUBE-SEP-7U6MWNJWR3SADOJA  0    --  0.0.0.0/0            0.0.0.0/0            /* default/web:http -> 10.244.0.5:8080 */ statistic mode random probability 0.33333333349',
      'KUBE-SEP-WBD4CCV6JIIBARLY  0    --  0.0.0.0/0            0.0.0.0/0            /* default/web:http -> 10.244.0.6:8080 */ statistic mode random probability 0.50000000000',
      'KUBE-SEP-4YO524SXLX6R25VQ  0    --  0.0.0.0/0            0.0.0.0/0            /* default/web:http -> 10.244.0.8:8080 */',
    ],
  ],
  [
    'KUBE-SEP-7U6MWNJWR3SADOJA',
    'nat',
    'n',
    [
      'Chain KUBE-SEP-7U6MWNJWR3SADOJA (1 references)',
      'target     prot opt source               destination         ',
      'KUBE-MARK-MASQ  0    --  10.244.0.5           0.0.0.0/0            /* default/web:http */',
      'DNAT       6    --  0.0.0.0/0            0.0.0.0/0            /* default/web:http */ tcp to:10.244.0.5:8080',
    ],
  ],
  [
    'KUBE-NODEPORTS',
    'nat',
    'nvl',
    [
      'Chain KUBE-NODEPORTS (1 references)',
      'num   pkts bytes target     prot opt in     out     source               destination         ',
      '1        0     0 KUBE-EXT-CDGGSHYLG3RE2FKL  6    --  *      *       0.0.0.0/0            0.0.0.0/0            /* default/web:http */ tcp dpt:31389',
    ],
  ],
  [
    'POSTROUTING',
    'nat',
    'nv',
    [
      'Chain POSTROUTING (policy ACCEPT 0 packets, 0 bytes)',
      ' pkts bytes target     prot opt in     out     source               destination         ',
      '    0     0 KUBE-POSTROUTING  0    --  *      *       0.0.0.0/0            0.0.0.0/0            /* kubernetes postrouting rules */',
    ],
  ],
  [
    'KUBE-POSTROUTING',
    'nat',
    'n',
    [
      'Chain KUBE-POSTROUTING (1 references)',
      'target     prot opt source               destination         ',
      'RETURN     0    --  0.0.0.0/0            0.0.0.0/0            mark match ! 0x4000/0x4000',
      'MARK       0    --  0.0.0.0/0            0.0.0.0/0            MARK xor 0x4000',
      'MASQUERADE  0    --  0.0.0.0/0            0.0.0.0/0            /* kubernetes service traffic requiring SNAT */ random-fully',
    ],
  ],
  [
    'KUBE-SERVICES',
    'filter',
    'n',
    [
      'Chain KUBE-SERVICES (2 references)',
      'target     prot opt source               destination         ',
      'REJECT     6    --  0.0.0.0/0            10.96.55.55          /* default/empty has no endpoints */ tcp dpt:80 reject-with icmp-port-unreachable',
    ],
  ],
  [
    'KUBE-FORWARD',
    'filter',
    'n',
    [
      'Chain KUBE-FORWARD (1 references)',
      'target     prot opt source               destination         ',
      'DROP       0    --  0.0.0.0/0            0.0.0.0/0            ctstate INVALID',
      'ACCEPT     0    --  0.0.0.0/0            0.0.0.0/0            /* kubernetes forwarding rules */ mark match 0x4000/0x4000',
      'ACCEPT     0    --  0.0.0.0/0            0.0.0.0/0            /* kubernetes forwarding conntrack rule */ ctstate RELATED,ESTABLISHED',
    ],
  ],
] as const)('iptables lists %s of %s (%s) as the real one does', (name, table, flags, lines) => {
  expect(chain(name, table, flags)).toEqual(lines);
});
