// The bound service account token in a pod's projected volume.
// Simplified: its signature is made up; nobody in the simulated world verifies it.
// Models: kubernetes v1.37 pkg/serviceaccount/claims.go
import { digestOf } from './puller.ts';
import type { PodRow } from './rows.ts';

function base64Url(value: object): string {
  return btoa(JSON.stringify(value)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

export function serviceAccountToken(pod: PodRow, audience: string | undefined, expirationSeconds: number): string {
  const { sim, name } = pod.node;
  const { metadata, spec } = pod.pod;
  const issued = Math.floor((sim.epoch + sim.now) / 1000);
  const account = spec.serviceAccountName ?? 'default';
  const issuer = 'https://kubernetes.default.svc.cluster.local';
  const claims = {
    aud: [audience ?? issuer],
    exp: issued + expirationSeconds,
    iat: issued,
    iss: issuer,
    'kubernetes.io': {
      namespace: metadata.namespace,
      node: { name },
      pod: { name: metadata.name, uid: metadata.uid },
      serviceaccount: { name: account },
    },
    nbf: issued,
    sub: `system:serviceaccount:${metadata.namespace}:${account}`,
  };
  const head = base64Url({ alg: 'RS256', kid: digestOf('signing key').slice(0, 43) });
  const body = base64Url(claims);
  return `${head}.${body}.${digestOf(body)}${digestOf(`${body}.`)}`;
}
