// kubectl describe of Service, Endpoints, EndpointSlice and Ingress.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/describe/describe.go
import type { Body } from '../../../../posix/program.ts';
import { defineDescriber, describeEvents, type Describing, getOr, heading } from './describer.ts';
import type { Lines } from './lines.ts';

const MOST_SHOWN = 3;

export const serviceDescriber = defineDescriber({
  kinds: ['Service'],
  *describe(d, lines) {
    const { metadata, spec } = d.object;
    const status = d.object.status ?? {};
    const slices = (yield* getOr(
      d,
      `/apis/discovery.k8s.io/v1/namespaces/${metadata.namespace}/endpointslices`,
      { labelSelector: `kubernetes.io/service-name=${metadata.name}` },
      { items: [] },
    )).items;
    heading(lines, d.object);
    lines.labels('Labels', metadata.labels);
    lines.annotations('Annotations', metadata.annotations);
    const selector = Object.keys(spec.selector ?? {})
      .sort()
      .map((key) => `${key}=${spec.selector[key]}`)
      .join(',');
    lines.put(0, `Selector:\t${selector || '<none>'}`);
    lines.put(0, `Type:\t${spec.type}`);
    if (spec.ipFamilyPolicy != null) lines.put(0, `IP Family Policy:\t${spec.ipFamilyPolicy}`);
    lines.put(0, `IP Families:\t${(spec.ipFamilies ?? []).join(',') || '<none>'}`);
    lines.put(0, `IP:\t${spec.clusterIP ?? ''}`);
    lines.put(0, `IPs:\t${(spec.clusterIPs ?? []).join(',') || '<none>'}`);
    if ((spec.externalIPs ?? []).length > 0) lines.put(0, `External IPs:\t${spec.externalIPs.join(',')}`);
    if (spec.loadBalancerIP) lines.put(0, `Desired LoadBalancer IP:\t${spec.loadBalancerIP}`);
    const ingress: readonly any[] = status.loadBalancer?.ingress ?? [];
    if (ingress.length > 0) lines.put(0, `LoadBalancer Ingress:\t${ingress.map(ingressText).join(', ')}`);
    if (spec.externalName) lines.put(0, `External Name:\t${spec.externalName}`);
    for (const port of spec.ports ?? []) servicePort(lines, port, slices);
    lines.put(0, `Session Affinity:\t${spec.sessionAffinity ?? ''}`);
    if (spec.externalTrafficPolicy) lines.put(0, `External Traffic Policy:\t${spec.externalTrafficPolicy}`);
    if (spec.internalTrafficPolicy != null) lines.put(0, `Internal Traffic Policy:\t${spec.internalTrafficPolicy}`);
    if (spec.trafficDistribution != null) lines.put(0, `Traffic Distribution:\t${spec.trafficDistribution}`);
    if (spec.healthCheckNodePort) lines.put(0, `HealthCheck NodePort:\t${spec.healthCheckNodePort}`);
    if ((spec.loadBalancerSourceRanges ?? []).length > 0)
      lines.put(0, `LoadBalancer Source Ranges:\t${spec.loadBalancerSourceRanges.join(',')}`);
    yield* describeEvents(d, lines);
  },
});

function ingressText(one: any): string {
  const address = one.ip || one.hostname || '';
  return one.ipMode ? `${address} (${one.ipMode})` : address;
}

function servicePort(lines: Lines, port: any, slices: readonly any[]): void {
  const name = port.name || '<unset>';
  lines.put(0, `Port:\t${name}\t${port.port}/${port.protocol}`);
  lines.put(0, `TargetPort:\t${port.targetPort}/${port.protocol}`);
  if (port.appProtocol != null) lines.put(0, `AppProtocol:\t${port.appProtocol}`);
  if (port.nodePort) lines.put(0, `NodePort:\t${name}\t${port.nodePort}/${port.protocol}`);
  lines.put(0, `Endpoints:\t${sliceEndpoints(slices, port.name ?? '')}`);
}

/** Ready addresses of a port: the first three and how many more; nothing at all when there are slices but none is ready. */
export function sliceEndpoints(slices: readonly any[], portName: string): string {
  if (slices.length === 0) return '<none>';
  const list: string[] = [];
  for (const slice of slices) {
    const ports: readonly any[] = slice.ports ?? [];
    const chosen = ports.filter((one) => portName === '' || one.name === portName);
    for (const port of ports.length === 0 ? [] : chosen) {
      for (const endpoint of slice.endpoints ?? []) {
        if (endpoint.conditions?.ready === false) continue;
        for (const address of endpoint.addresses)
          list.push(address.includes(':') ? `[${address}]:${port.port}` : `${address}:${port.port}`);
      }
    }
  }
  const shown = list.slice(0, MOST_SHOWN).join(',');
  return list.length > MOST_SHOWN ? `${shown} + ${list.length - MOST_SHOWN} more...` : shown;
}

export const endpointsDescriber = defineDescriber({
  kinds: ['Endpoints'],
  *describe(d, lines) {
    const { object } = d;
    heading(lines, object);
    lines.labels('Labels', object.metadata.labels);
    lines.annotations('Annotations', object.metadata.annotations);
    lines.put(0, 'Subsets:');
    for (const subset of object.subsets ?? []) {
      const addresses = (list: readonly any[] | undefined) => (list ?? []).map((one) => one.ip).join(',') || '<none>';
      lines.put(1, `Addresses:\t${addresses(subset.addresses)}`);
      lines.put(1, `NotReadyAddresses:\t${addresses(subset.notReadyAddresses)}`);
      if ((subset.ports ?? []).length > 0) {
        lines.put(1, 'Ports:');
        lines.put(2, 'Name\tPort\tProtocol');
        lines.put(2, '----\t----\t--------');
        for (const port of subset.ports) lines.put(2, `${port.name || '<unset>'}\t${port.port}\t${port.protocol}`);
      }
      lines.put(0, '');
    }
    yield* describeEvents(d, lines);
  },
});

export const endpointSliceDescriber = defineDescriber({
  kinds: ['EndpointSlice.discovery.k8s.io'],
  *describe(d, lines) {
    const { object } = d;
    heading(lines, object);
    lines.labels('Labels', object.metadata.labels);
    lines.annotations('Annotations', object.metadata.annotations);
    lines.put(0, `AddressType:\t${object.addressType}`);
    if ((object.ports ?? []).length === 0) lines.put(0, 'Ports: <unset>');
    else {
      lines.put(0, 'Ports:');
      lines.put(1, 'Name\tPort\tProtocol');
      lines.put(1, '----\t----\t--------');
      for (const port of object.ports) lines.put(1, `${port.name || '<unset>'}\t${port.port ?? '<unset>'}\t${port.protocol}`);
    }
    if ((object.endpoints ?? []).length === 0) lines.put(0, 'Endpoints: <none>');
    else {
      lines.put(0, 'Endpoints:');
      for (const endpoint of object.endpoints) sliceEndpoint(lines, endpoint);
    }
    yield* describeEvents(d, lines);
  },
});

function sliceEndpoint(lines: Lines, endpoint: any): void {
  lines.put(1, `- Addresses:\t${(endpoint.addresses ?? []).join(',') || '<none>'}`);
  lines.put(2, 'Conditions:');
  lines.put(3, `Ready:\t${endpoint.conditions?.ready ?? '<unset>'}`);
  lines.put(2, `Hostname:\t${endpoint.hostname || '<unset>'}`);
  if (endpoint.targetRef != null) lines.put(2, `TargetRef:\t${endpoint.targetRef.kind}/${endpoint.targetRef.name}`);
  lines.put(2, `NodeName:\t${endpoint.nodeName || '<unset>'}`);
  lines.put(2, `Zone:\t${endpoint.zone || '<unset>'}`);
}

export const ingressDescriber = defineDescriber({
  kinds: ['Ingress.networking.k8s.io'],
  *describe(d, lines) {
    const { metadata, spec } = d.object;
    lines.put(0, `Name:\t${metadata.name}`);
    lines.labels('Labels', metadata.labels);
    lines.put(0, `Namespace:\t${metadata.namespace}`);
    lines.put(0, `Address:\t${(d.object.status?.loadBalancer?.ingress ?? []).map((one: any) => one.ip || one.hostname).join(',')}`);
    lines.put(0, `Ingress Class:\t${spec.ingressClassName ?? '<none>'}`);
    lines.put(0, `Default backend:\t${spec.defaultBackend == null ? '<default>' : yield* backendText(d, spec.defaultBackend)}`);
    if ((spec.tls ?? []).length > 0) {
      lines.put(0, 'TLS:');
      for (const one of spec.tls)
        lines.put(
          1,
          one.secretName ? `${one.secretName} terminates ${(one.hosts ?? []).join(',')}` : `SNI routes ${(one.hosts ?? []).join(',')}`,
        );
    }
    lines.put(0, 'Rules:\n  Host\tPath\tBackends');
    lines.put(1, '----\t----\t--------');
    let count = 0;
    for (const rule of spec.rules ?? []) {
      if (rule.http == null) continue;
      count++;
      lines.put(1, `${rule.host || '*'}\t`);
      for (const path of rule.http.paths) lines.put(2, `\t${path.path ?? ''} \t${yield* backendText(d, path.backend)}`);
    }
    if (count === 0) lines.put(1, `*\t*\t${spec.defaultBackend == null ? '<default>' : yield* backendText(d, spec.defaultBackend)}`);
    lines.annotations('Annotations', metadata.annotations);
    yield* describeEvents(d, lines);
  },
});

function* backendText(d: Describing, backend: any): Body<string> {
  if (backend.service == null)
    return `APIGroup: ${backend.resource?.apiGroup ?? '<none>'}, Kind: ${backend.resource?.kind}, Name: ${backend.resource?.name}`;
  const { name, port = {} } = backend.service;
  const text = `${name}:${port.name || (port.number ?? '')}`;
  const { namespace } = d.object.metadata;
  const service = yield* getOr(d, `/api/v1/namespaces/${namespace}/services/${name}`, {}, undefined);
  if (service === undefined) return `${text} (<error: services ${JSON.stringify(name)} not found>)`;
  const slices = (yield* getOr(
    d,
    `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`,
    { labelSelector: `kubernetes.io/service-name=${name}` },
    { items: [] },
  )).items;
  const found = (service.spec.ports ?? []).find((one: any) => (port.name ? one.name === port.name : one.port === port.number));
  return `${text} (${found === undefined ? '' : sliceEndpoints(slices, found.name ?? '')})`;
}
