// kubectl expose.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/expose/expose.go
import { formatSelector } from '../../../../cluster/apimachinery/labels.ts';
import { applyMergePatch } from '../../../../cluster/apimachinery/json-patch.ts';
import { parseYaml } from '../../../../cluster/apimachinery/yaml.ts';
import type { Body } from '../../../../posix/program.ts';
import { defineCommand, type Kubectl } from '../command.ts';
import { Failure } from '../errors.ts';
import { bool, text, whole } from '../flags.ts';
import { FIELD_MANAGER, FILENAME_FLAGS, RECORD_FLAG, SAVE_CONFIG_FLAG } from '../global-flags.ts';
import { parseLabelPairs } from '../label-arguments.ts';
import { DRY_RUN_FLAG, dryRunOf, objectPrinter, PRINT_FLAGS, report } from '../printers/printer.ts';
import type { Info } from '../resource-builder.ts';
import { eachTarget, flagOptions } from '../targets.ts';
import { createObject, generated } from '../writes.ts';

export const expose = defineCommand({
  name: 'expose',
  short: 'Take a replication controller, service, deployment or pod and expose it as a new Kubernetes service',
  use: '(-f FILENAME | TYPE NAME) [--port=port] [--protocol=TCP|UDP|SCTP] [--target-port=number-or-name] [--name=name] [--external-ip=external-ip-of-service] [--type=type]',
  flags: [
    ...PRINT_FLAGS,
    ...FILENAME_FLAGS,
    DRY_RUN_FLAG,
    SAVE_CONFIG_FLAG,
    RECORD_FLAG,
    FIELD_MANAGER('kubectl-expose'),
    text(
      'cluster-ip',
      "ClusterIP to be assigned to the service. Leave empty to auto-allocate, or set to 'None' to create a headless service.",
    ),
    text('external-ip', 'Additional external IP address (not managed by Kubernetes) to accept for the service.'),
    text('labels', 'Labels to apply to the service created by this call.', { short: 'l' }),
    text('load-balancer-ip', 'IP to assign to the LoadBalancer.'),
    text('name', 'The name for the newly created object.'),
    text('overrides', 'An inline JSON override for the generated object.'),
    text('override-type', 'The method used to override the generated object: json, merge, or strategic.', { value: 'merge' }),
    text('port', 'The port that the service should serve on. Copied from the resource being exposed, if unspecified'),
    text('protocol', "The network protocol for the service to be created. Default is 'TCP'."),
    text('selector', 'A label selector to use for this service. Only equality-based selector requirements are supported.'),
    text('session-affinity', "If non-empty, set the session affinity for the service to this; legal values: 'None', 'ClientIP'"),
    text('target-port', 'Name or number for the port on the container that the service should direct traffic to. Optional.'),
    text('type', "Type for this service: ClusterIP, NodePort, LoadBalancer, or ExternalName. Default is 'ClusterIP'."),
    whole('node-port', '', { hidden: true }),
    bool('local', '', { hidden: true }),
  ],
  *run(k) {
    const affinity = k.flags.text('session-affinity');
    if (!['', 'None', 'ClientIP'].includes(affinity)) throw new Failure(`unknown session affinity: ${affinity}`);
    const dryRun = dryRunOf(k);
    const printer = yield* objectPrinter(k);
    yield* eachTarget(k, { ...flagOptions(k), selector: '' }, function* (info) {
      const service = yield* serviceFor(k, info);
      const services = yield* (yield* k.discovery()).forKind('v1', 'Service');
      const made = yield* createObject(k, services, info.namespace, generated(service), 'kubectl-expose');
      yield* report(k, printer, services, made, 'exposed', dryRun);
    });
  },
});

interface PortSpec {
  readonly port: number;
  readonly protocol: string;
  readonly name?: string;
}

const EXPOSABLE = ['Service', 'Pod', 'ReplicationController', 'Deployment', 'ReplicaSet'];

function selectorFor(k: Kubectl, info: Info): Record<string, string> {
  const given = k.flags.text('selector');
  if (given !== '') return parseLabelPairs(given);
  const { object } = info;
  if (object.kind === 'Pod') {
    if (Object.keys(object.metadata.labels ?? {}).length === 0)
      throw new Failure("couldn't retrieve selectors via --selector flag or introspection: the pod has no labels and cannot be exposed");
    return object.metadata.labels;
  }
  if (object.kind === 'Service' || object.kind === 'ReplicationController') {
    if (object.spec.selector === undefined)
      throw new Failure("couldn't retrieve selectors via --selector flag or introspection: the service has no pod selector set");
    return object.spec.selector;
  }
  const expressions = object.spec.selector?.matchExpressions ?? [];
  if (expressions.length > 0)
    throw new Failure(
      `couldn't retrieve selectors via --selector flag or introspection: couldn't convert expressions - "${formatSelector(object.spec.selector)}" to map-based selector format`,
    );
  return object.spec.selector?.matchLabels ?? {};
}

function introspected(object: any): PortSpec[] {
  if (object.kind === 'Service') return (object.spec.ports ?? []).map((one: any) => ({ port: one.port, protocol: one.protocol ?? 'TCP' }));
  const containers = object.kind === 'Pod' ? object.spec.containers : object.spec.template?.spec?.containers;
  return (containers ?? []).flatMap((container: any) =>
    (container.ports ?? []).map((one: any) => ({ port: one.containerPort, protocol: one.protocol ?? 'TCP' })),
  );
}

function portsFor(k: Kubectl, object: any): PortSpec[] {
  const given = k.flags.text('port');
  const protocol = k.flags.text('protocol');
  const own = introspected(object);
  if (given !== '') {
    return given.split(',').flatMap((one) => {
      if (!/^\d+$/.test(one)) throw new Failure(`strconv.Atoi: parsing ${JSON.stringify(one)}: invalid syntax`);
      // Every protocol the pod serves the number by is a port of the Service.
      const protocols = protocol !== '' ? [protocol] : own.filter((other) => String(other.port) === one).map((other) => other.protocol);
      return (protocols.length === 0 ? ['TCP'] : protocols).map((name) => ({ port: Number(one), protocol: name }));
    });
  }
  if (own.length === 0) throw new Failure("couldn't find port via --port flag or introspection");
  return own.map((one) => ({ port: one.port, protocol: protocol || one.protocol }));
}

function* serviceFor(k: Kubectl, info: Info): Body<any> {
  const { object } = info;
  if (!EXPOSABLE.includes(info.resource.kind))
    throw new Failure(`cannot expose a ${info.resource.kind}${info.resource.group === '' ? '' : `.${info.resource.group}`}`);
  const selector = selectorFor(k, info);
  const found = portsFor(k, object);
  const target = k.flags.text('target-port');
  const ports = found.map((one, index) => ({
    ...(found.length > 1 ? { name: portName(found, index) } : {}),
    port: one.port,
    protocol: one.protocol,
    targetPort: target === '' ? one.port : /^\d+$/.test(target) ? Number(target) : target,
  }));
  const text = (name: string) => k.flags.text(name);
  const labels = text('labels') === '' ? object.metadata.labels : parseLabelPairs(text('labels'));
  const { explicit } = yield* k.namespace();
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      ...(labels === undefined ? {} : { labels }),
      name: text('name') || object.metadata.name,
      ...(explicit || dryRunOf(k) !== 'client' ? { namespace: info.namespace } : {}),
    },
    spec: {
      ...(text('cluster-ip') === '' ? {} : { clusterIP: text('cluster-ip') }),
      ...(text('external-ip') === '' ? {} : { externalIPs: [text('external-ip')] }),
      ...(text('load-balancer-ip') === '' ? {} : { loadBalancerIP: text('load-balancer-ip') }),
      ports,
      selector,
      ...(text('session-affinity') === '' ? {} : { sessionAffinity: text('session-affinity') }),
      ...(text('type') === '' ? {} : { type: text('type') }),
    },
    status: { loadBalancer: {} },
  };
  return text('overrides') === '' ? service : applyMergePatch(service, parseYaml(text('overrides'))[0]);
}

/** Ports that share a number are told apart by their protocol. */
function portName(ports: readonly PortSpec[], index: number): string {
  const numbers = [...new Set(ports.map((one) => one.port))];
  const { port, protocol } = ports[index]!;
  const name = `port-${numbers.indexOf(port) + 1}`;
  return ports.filter((one) => one.port === port).length > 1 ? `${name}-${protocol.toLowerCase()}` : name;
}
