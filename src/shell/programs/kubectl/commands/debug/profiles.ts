// What each `--profile` of kubectl debug grants the debugging container and its pod.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/debug/profiles.go

export interface Style {
  readonly kind: 'node' | 'copy' | 'ephemeral';
  readonly profile: string;
  readonly containerName: string;
}

export const PROFILES: readonly string[] = ['legacy', 'general', 'baseline', 'netadmin', 'restricted', 'sysadmin'];

/** The pod with its profile; the debugging container is already in it. */
export function applyProfile(pod: any, style: Style): any {
  const { kind, profile } = style;
  let spec = pod.spec;
  if (kind === 'node' && profile !== 'baseline' && profile !== 'restricted') {
    spec = profile === 'legacy' || profile === 'general' || profile === 'sysadmin' ? withHostRoot(spec, style) : spec;
    spec = { ...spec, hostIPC: true, hostNetwork: true, hostPID: true };
  }
  if (kind === 'copy' && profile !== 'legacy' && profile !== 'restricted') {
    spec = { ...spec, shareProcessNamespace: spec.shareProcessNamespace ?? true };
  }
  return { ...pod, spec: withContainer(spec, style, (one) => granted(one, style)) };
}

function withContainer(spec: any, style: Style, change: (container: any) => any): any {
  const list = style.kind === 'ephemeral' ? 'ephemeralContainers' : 'containers';
  return { ...spec, [list]: spec[list].map((one: any) => (one.name === style.containerName ? change(one) : one)) };
}

function withHostRoot(spec: any, style: Style): any {
  const mounted = withContainer(spec, style, (one) => ({
    ...one,
    volumeMounts: [...(one.volumeMounts ?? []), { mountPath: '/host', name: 'host-root' }],
  }));
  return { ...mounted, volumes: [...(spec.volumes ?? []), { hostPath: { path: '/' }, name: 'host-root' }] };
}

function granted(container: any, style: Style): any {
  switch (style.profile) {
    case 'general':
      return style.kind === 'node' ? bare(container) : withCapabilities(container, ['SYS_PTRACE']);
    case 'baseline':
      return bare(container);
    case 'netadmin':
      return withCapabilities(container, ['NET_ADMIN', 'NET_RAW']);
    case 'sysadmin':
      return { ...container, securityContext: { ...container.securityContext, privileged: true } };
    case 'restricted':
      return {
        ...container,
        securityContext: {
          ...container.securityContext,
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
          runAsNonRoot: true,
          seccompProfile: { type: 'RuntimeDefault' },
        },
      };
    default:
      return container;
  }
}

function bare(container: any): any {
  const { securityContext: _given, ...rest } = container;
  return rest;
}

function withCapabilities(container: any, names: readonly string[]): any {
  const capabilities = container.securityContext?.capabilities ?? {};
  const add = [...(capabilities.add ?? []), ...names];
  return { ...container, securityContext: { ...container.securityContext, capabilities: { ...capabilities, add } } };
}
