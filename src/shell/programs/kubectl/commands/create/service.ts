// create service clusterip, nodeport, loadbalancer, externalname.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/create/create_service.go
import { type Command, defineCommand, type Kubectl } from '../../command.ts';
import { Failure } from '../../errors.ts';
import { type FlagSpec, strings, text, whole } from '../../flags.ts';
import { defineGenerator } from './generator.ts';

function portNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new Failure(`strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`);
  const port = Number(text);
  if (port > 65535) throw new Failure(`strconv.ParseUint: parsing ${JSON.stringify(text)}: value out of range`);
  return port;
}

function portOf(spec: string, nodePort: number): any {
  const [first, second] = spec.split(':') as [string, string?];
  const port = portNumber(first);
  const target: number | string = second === undefined || second === '' ? port : /^\d+$/.test(second) ? portNumber(second) : second;
  return { name: spec.replaceAll(':', '-'), port, protocol: 'TCP', targetPort: target, ...(nodePort === 0 ? {} : { nodePort }) };
}

function serviceGenerator(
  name: string,
  type: string,
  short: string,
  flags: readonly FlagSpec[],
  spec: (k: Kubectl, ports: any[]) => any,
): Command {
  return defineGenerator({
    name,
    short,
    use: 'NAME [--tcp=<port>:<targetPort>] [--dry-run=server|client|none]',
    failing: `failed to create ${type} service: `,
    flags: [strings('tcp', "Port pairs can be specified as '<port>:<targetPort>'."), ...flags],
    *object(k, serviceName) {
      const nodePort = k.flags.has('node-port') ? k.flags.int('node-port') : 0;
      const ports = k.flags.list('tcp').map((one) => portOf(one, nodePort));
      const headless = k.flags.has('clusterip') && k.flags.text('clusterip') === 'None';
      if (ports.length === 0 && type !== 'ExternalName' && !headless) throw new Failure('at least one tcp port specifier must be provided');
      const labels = { app: serviceName };
      return {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: serviceName, labels },
        spec: { ...spec(k, ports), ...(ports.length > 0 ? { ports } : {}), selector: labels, type },
        status: { loadBalancer: {} },
      };
    },
  });
}

export const createService = defineCommand({
  name: 'service',
  aliases: ['svc'],
  short: 'Create a service using a specified subcommand',
  subcommands: [
    serviceGenerator(
      'clusterip',
      'ClusterIP',
      'Create a ClusterIP service',
      [text('clusterip', "Assign your own ClusterIP or set to 'None' for a 'headless' service (no loadbalancing).")],
      (k) => (k.flags.text('clusterip') === '' ? {} : { clusterIP: k.flags.text('clusterip') }),
    ),
    serviceGenerator(
      'nodeport',
      'NodePort',
      'Create a NodePort service',
      [whole('node-port', 'Port used to expose the service on each node in a cluster.')],
      () => ({}),
    ),
    serviceGenerator('loadbalancer', 'LoadBalancer', 'Create a LoadBalancer service', [], () => ({})),
    serviceGenerator(
      'externalname',
      'ExternalName',
      'Create an ExternalName service',
      [text('external-name', 'External name of service', { required: true })],
      (k) => ({
        externalName: k.flags.text('external-name'),
      }),
    ),
  ],
});
