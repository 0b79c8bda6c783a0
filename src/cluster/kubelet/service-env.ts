// Service environment variables: what a container sees of the Services that the kubelet's informer knows when it is created.
// Models: kubernetes v1.37 pkg/kubelet/envvars/envvars.go, pkg/kubelet/kubelet_pods.go getServiceEnvVarMap
import type { KubeObject } from '../apimachinery/object.ts';

export interface ServiceView extends KubeObject {
  readonly spec: {
    readonly clusterIP?: string;
    readonly ports?: readonly { readonly name?: string; readonly protocol?: string; readonly port: number }[];
  };
}

export type Variable = readonly [name: string, value: string];

const computed = new WeakMap<object, readonly Variable[]>();

/** The variables of one Service; a headless one, an ExternalName or one without an address has none. */
export function variablesOf(service: ServiceView): readonly Variable[] {
  let variables = computed.get(service.spec);
  if (variables === undefined) {
    variables = compute(service);
    computed.set(service.spec, variables);
  }
  return variables;
}

function mangled(name: string): string {
  return name.toUpperCase().replaceAll('-', '_');
}

function compute(service: ServiceView): readonly Variable[] {
  const { clusterIP, ports = [] } = service.spec;
  if (!clusterIP || clusterIP === 'None' || ports.length === 0) return [];
  const prefix = mangled(service.metadata.name);
  const host = clusterIP.includes(':') ? `[${clusterIP}]` : clusterIP;
  const out: Variable[] = [
    [`${prefix}_SERVICE_HOST`, clusterIP],
    [`${prefix}_SERVICE_PORT`, String(ports[0]!.port)],
  ];
  for (const { name, port } of ports) if (name) out.push([`${prefix}_SERVICE_PORT_${mangled(name)}`, String(port)]);
  ports.forEach(({ protocol = 'TCP', port }, index) => {
    const lower = protocol.toLowerCase();
    const url = `${lower}://${host}:${port}`;
    const base = `${prefix}_PORT_${port}_${protocol.toUpperCase()}`;
    if (index === 0) out.push([`${prefix}_PORT`, url]);
    out.push([base, url], [`${base}_PROTO`, lower], [`${base}_PORT`, String(port)], [`${base}_ADDR`, clusterIP]);
  });
  return out;
}

/** Services a container of that namespace sees, in the order of `services`: its own namespace's and the master's. */
export function visibleServices(services: Iterable<ServiceView>, namespace: string, enableServiceLinks: boolean): readonly ServiceView[] {
  const out: ServiceView[] = [];
  let own = false;
  let master: ServiceView | undefined;
  for (const service of services) {
    const { name, namespace: home } = service.metadata;
    const isMaster = name === 'kubernetes';
    if (home === namespace && (enableServiceLinks || isMaster)) {
      if (isMaster) own = true;
      out.push(service);
    } else if (home === 'default' && isMaster) master = service;
  }
  if (master !== undefined && !own) out.push(master);
  return out;
}
