// The checks behind the Pod Security Standards, each with its own words. Baseline checks come first, in the order of their ids,
// then those of restricted.
// Models: kubernetes v1.37 staging/src/k8s.io/pod-security-admission/policy/check_*.go

export type Level = 'privileged' | 'baseline' | 'restricted';

interface Check {
  readonly level: 'baseline' | 'restricted';
  /** Not looked at under restricted: a stricter check stands in for it. */
  readonly onlyBaseline?: boolean;
  readonly reason: string;
  /** What is wrong, for the parentheses; undefined = nothing. */
  find(pod: any): string | undefined;
}

const quote = (text: string) => JSON.stringify(text);
const join = (texts: readonly string[]) => texts.map(quote).join(', ');
const sortedUnique = (texts: readonly string[]) => [...new Set(texts)].sort();
const containersOf = (pod: any): any[] => [
  ...(pod.spec.initContainers ?? []),
  ...(pod.spec.containers ?? []),
  ...(pod.spec.ephemeralContainers ?? []),
];

/** `container "c"`, `containers "c", "d"`. */
function plural(noun: string, names: readonly string[]): string {
  return `${noun}${names.length === 1 ? '' : 's'} ${join(names)}`;
}

function badContainers(pod: any, bad: (container: any) => boolean): string[] {
  return containersOf(pod)
    .filter(bad)
    .map((container) => container.name);
}

const BASELINE_CAPABILITIES = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);
const SAFE_SYSCTLS = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_wmem',
]);
const SELINUX_TYPES = new Set(['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t']);
const RESTRICTED_VOLUMES = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);

const isUnconfined = (profile: any) => profile?.type === 'Unconfined';
const isAllowedSeccomp = (profile: any) => profile?.type === 'RuntimeDefault' || profile?.type === 'Localhost';
const ownUsers = (pod: any) => pod.spec.hostUsers === false;

/** Pod-level and container-level settings of one field, as `pod and containers "a", "b"`. */
function setters(podIsBad: boolean, names: readonly string[]): string {
  return [...(podIsBad ? ['pod'] : []), ...(names.length === 0 ? [] : [plural('container', names)])].join(' and ');
}

function findSelinux(pod: any): string | undefined {
  const options = [
    { who: 'pod', value: pod.spec.securityContext?.seLinuxOptions },
    ...containersOf(pod).map((container) => ({ who: container.name as string, value: container.securityContext?.seLinuxOptions })),
  ].filter((one) => one.value !== undefined);
  const badTypes = options.filter((one) => !SELINUX_TYPES.has(one.value.type ?? ''));
  const withUser = options.some((one) => one.value.user);
  const withRole = options.some((one) => one.value.role);
  const bad = options.filter((one) => !SELINUX_TYPES.has(one.value.type ?? '') || one.value.user || one.value.role);
  if (bad.length === 0) return undefined;
  const faults = [
    ...(badTypes.length === 0
      ? []
      : [`type${badTypes.length === 1 ? '' : 's'} ${join(sortedUnique(badTypes.map((one) => one.value.type)))}`]),
    ...(withUser ? ['user may not be set'] : []),
    ...(withRole ? ['role may not be set'] : []),
  ];
  const names = bad.filter((one) => one.who !== 'pod').map((one) => one.who);
  const who = setters(
    bad.some((one) => one.who === 'pod'),
    names,
  );
  return `${who} set forbidden securityContext.seLinuxOptions: ${faults.join('; ')}`;
}

const CHECKS: readonly Check[] = [
  {
    level: 'baseline',
    reason: 'forbidden AppArmor profile',
    find(pod) {
      const podIsBad = isUnconfined(pod.spec.securityContext?.appArmorProfile);
      const names = badContainers(pod, (one) => isUnconfined(one.securityContext?.appArmorProfile));
      if (!podIsBad && names.length === 0) return undefined;
      return `${setters(podIsBad, names)} must not set AppArmor profile type to "Unconfined"`;
    },
  },
  {
    level: 'baseline',
    onlyBaseline: true,
    reason: 'non-default capabilities',
    find(pod) {
      const added = (container: any): string[] =>
        (container.securityContext?.capabilities?.add ?? []).filter((one: string) => !BASELINE_CAPABILITIES.has(one));
      const names = badContainers(pod, (one) => added(one).length > 0);
      if (names.length === 0) return undefined;
      return `${plural('container', names)} must not include ${join(sortedUnique(containersOf(pod).flatMap(added)))} in securityContext.capabilities.add`;
    },
  },
  {
    level: 'baseline',
    reason: 'host namespaces',
    find(pod) {
      const set = ['hostNetwork', 'hostPID', 'hostIPC'].filter((name) => pod.spec[name] === true);
      return set.length === 0 ? undefined : set.map((name) => `${name}=true`).join(', ');
    },
  },
  {
    level: 'baseline',
    onlyBaseline: true,
    reason: 'hostPath volumes',
    find(pod) {
      const names = (pod.spec.volumes ?? []).filter((one: any) => one.hostPath !== undefined).map((one: any) => one.name);
      return names.length === 0 ? undefined : plural('volume', names);
    },
  },
  {
    level: 'baseline',
    reason: 'hostPort',
    find(pod) {
      const ports = (container: any): number[] =>
        (container.ports ?? []).map((one: any) => one.hostPort ?? 0).filter((one: number) => one !== 0);
      const names = badContainers(pod, (one) => ports(one).length > 0);
      if (names.length === 0) return undefined;
      const used = sortedUnique(containersOf(pod).flatMap(ports).map(String));
      return `${plural('container', names)} ${names.length === 1 ? 'uses' : 'use'} hostPort${used.length === 1 ? '' : 's'} ${used.join(', ')}`;
    },
  },
  {
    level: 'baseline',
    reason: 'privileged',
    find(pod) {
      const names = badContainers(pod, (one) => one.securityContext?.privileged === true);
      return names.length === 0 ? undefined : `${plural('container', names)} must not set securityContext.privileged=true`;
    },
  },
  { level: 'baseline', reason: 'seLinuxOptions', find: findSelinux },
  {
    level: 'baseline',
    onlyBaseline: true,
    reason: 'seccompProfile',
    find(pod) {
      const podIsBad = isUnconfined(pod.spec.securityContext?.seccompProfile);
      const names = badContainers(pod, (one) => isUnconfined(one.securityContext?.seccompProfile));
      if (!podIsBad && names.length === 0) return undefined;
      return `${setters(podIsBad, names)} must not set securityContext.seccompProfile.type to "Unconfined"`;
    },
  },
  {
    level: 'baseline',
    reason: 'forbidden sysctls',
    find(pod) {
      const names = (pod.spec.securityContext?.sysctls ?? []).map((one: any) => one.name).filter((one: string) => !SAFE_SYSCTLS.has(one));
      return names.length === 0 ? undefined : names.join(', ');
    },
  },
  {
    level: 'baseline',
    reason: 'hostProcess',
    find(pod) {
      const podIsBad = pod.spec.securityContext?.windowsOptions?.hostProcess === true;
      const names = badContainers(pod, (one) => one.securityContext?.windowsOptions?.hostProcess === true);
      if (!podIsBad && names.length === 0) return undefined;
      return `${setters(podIsBad, names)} must not set securityContext.windowsOptions.hostProcess=true`;
    },
  },
  {
    level: 'restricted',
    reason: 'allowPrivilegeEscalation != false',
    find(pod) {
      if (pod.spec.os?.name === 'windows') return undefined;
      const names = badContainers(pod, (one) => one.securityContext?.allowPrivilegeEscalation !== false);
      return names.length === 0 ? undefined : `${plural('container', names)} must set securityContext.allowPrivilegeEscalation=false`;
    },
  },
  {
    level: 'restricted',
    reason: 'unrestricted capabilities',
    find(pod) {
      if (pod.spec.os?.name === 'windows') return undefined;
      const added = (container: any): string[] =>
        (container.securityContext?.capabilities?.add ?? []).filter((one: string) => one !== 'NET_BIND_SERVICE');
      const keeping = badContainers(pod, (one) => !one.securityContext?.capabilities?.drop?.includes('ALL'));
      const adding = badContainers(pod, (one) => added(one).length > 0);
      const faults = [
        ...(keeping.length === 0 ? [] : [`${plural('container', keeping)} must set securityContext.capabilities.drop=["ALL"]`]),
        ...(adding.length === 0
          ? []
          : [
              `${plural('container', adding)} must not include ${join(sortedUnique(containersOf(pod).flatMap(added)))} in securityContext.capabilities.add`,
            ]),
      ];
      return faults.length === 0 ? undefined : faults.join('; ');
    },
  },
  {
    level: 'restricted',
    reason: 'procMount',
    find(pod) {
      const mount = (container: any): string => container.securityContext?.procMount ?? 'Default';
      const names = badContainers(pod, (one) => mount(one) !== 'Default');
      if (names.length === 0) return undefined;
      const values = sortedUnique(
        containersOf(pod)
          .map(mount)
          .filter((one) => one !== 'Default'),
      );
      return `${plural('container', names)} must not set securityContext.procMount to ${join(values)}`;
    },
  },
  {
    level: 'restricted',
    reason: 'restricted volume types',
    find(pod) {
      const typeOf = (volume: any) => Object.keys(volume).find((key) => key !== 'name') ?? 'emptyDir';
      const bad = (pod.spec.volumes ?? []).filter((volume: any) => !RESTRICTED_VOLUMES.has(typeOf(volume)));
      if (bad.length === 0) return undefined;
      const types = sortedUnique(bad.map(typeOf));
      const names: string[] = bad.map((one: any) => one.name);
      return `${plural('volume', names)} ${names.length === 1 ? 'uses' : 'use'} restricted volume type${types.length === 1 ? '' : 's'} ${join(types)}`;
    },
  },
  {
    level: 'restricted',
    reason: 'runAsNonRoot != true',
    find(pod) {
      if (ownUsers(pod)) return undefined;
      const inPod = pod.spec.securityContext?.runAsNonRoot;
      const own = (container: any) => container.securityContext?.runAsNonRoot;
      const explicit = badContainers(pod, (one) => own(one) === false);
      const implicit = badContainers(pod, (one) => own(one) === undefined && inPod !== true);
      if (explicit.length > 0) return `${plural('container', explicit)} must not set securityContext.runAsNonRoot=false`;
      if (inPod === false) return 'pod must not set securityContext.runAsNonRoot=false';
      return implicit.length === 0 ? undefined : `pod or ${plural('container', implicit)} must set securityContext.runAsNonRoot=true`;
    },
  },
  {
    level: 'restricted',
    reason: 'runAsUser=0',
    find(pod) {
      if (ownUsers(pod)) return undefined;
      const podIsBad = pod.spec.securityContext?.runAsUser === 0;
      const names = badContainers(pod, (one) => one.securityContext?.runAsUser === 0);
      return !podIsBad && names.length === 0 ? undefined : `${setters(podIsBad, names)} must not set runAsUser=0`;
    },
  },
  {
    level: 'restricted',
    reason: 'seccompProfile',
    find(pod) {
      if (pod.spec.os?.name === 'windows') return undefined;
      const inPod = pod.spec.securityContext?.seccompProfile;
      const own = (container: any) => container.securityContext?.seccompProfile;
      const explicit = badContainers(pod, (one) => own(one) !== undefined && !isAllowedSeccomp(own(one)));
      const podIsBad = inPod !== undefined && !isAllowedSeccomp(inPod);
      if (podIsBad || explicit.length > 0) {
        const types = sortedUnique([
          ...(podIsBad ? [inPod.type] : []),
          ...containersOf(pod)
            .map(own)
            .filter((one) => one && !isAllowedSeccomp(one))
            .map((one) => one.type),
        ]);
        return `${setters(podIsBad, explicit)} must not set securityContext.seccompProfile.type to ${join(types)}`;
      }
      const implicit = badContainers(pod, (one) => own(one) === undefined && inPod === undefined);
      if (implicit.length === 0) return undefined;
      return `pod or ${plural('container', implicit)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`;
    },
  },
];

/** `host namespaces (hostNetwork=true)`, one per failed check; `short` leaves the parentheses out. */
export function violations(pod: any, level: Level, short = false): string[] {
  if (level === 'privileged') return [];
  const out: string[] = [];
  for (const check of CHECKS) {
    if (check.level === 'restricted' ? level !== 'restricted' : check.onlyBaseline && level === 'restricted') continue;
    const found = check.find(pod);
    if (found !== undefined) out.push(short ? check.reason : `${check.reason} (${found})`);
  }
  return out;
}
