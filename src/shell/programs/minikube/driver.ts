// What minikube asks of whoever makes machines: the calls of the device `minikube`. Types only; the world implements it.
// Every call is answered when the thing asked for is done, in virtual time.
import type { Machine } from '../../../posix/machine.ts';

/** Name of the device. */
export const MINIKUBE = 'minikube';

export type DriverName = 'docker' | 'podman' | 'kvm2' | 'virtualbox' | 'qemu2' | 'none' | 'ssh';

/** `create`: a cluster's network and nothing else yet. Answers nothing. */
export interface ClusterSpec {
  readonly profile: string;
  readonly driver: DriverName;
  /** With `v`. */
  readonly kubernetesVersion: string;
  readonly containerRuntime: string;
  readonly cni: 'bridge' | 'kindnet' | 'calico' | 'cilium' | 'flannel' | string;
  readonly serviceCidr: string;
  readonly dnsDomain: string;
  readonly apiServerPort: number;
  /** `--extra-config component.key=value`, as in `{ component: 'proxy', key: 'mode', value: 'ipvs' }`. */
  readonly extraConfig: readonly { readonly component: string; readonly key: string; readonly value: string }[];
  readonly featureGates: string;
}

/** `createNode`: a machine with an operating system. Answers {@link NodeAddress}. */
export interface NodeSpec {
  readonly profile: string;
  /** Machine and Kubernetes name: `minikube`, `minikube-m02`. With `none` the host's own name. */
  readonly node: string;
  readonly controlPlane: boolean;
  readonly cpus: number;
  readonly memoryMiB: number;
}

export interface NodeAddress {
  readonly ip: string;
}

/**
 * `phase`: the next stage of a node's life, answered when it is over. A control plane goes through `runtime`, `certificates`,
 * `controlPlane`, `rbac`, `cni`, `verify`, `addons`; a worker through `runtime`, `join`, `verify`; a machine that was stopped
 * through `restart`, `verify`, `addons`.
 */
export type Phase = 'runtime' | 'certificates' | 'controlPlane' | 'rbac' | 'cni' | 'verify' | 'addons' | 'join' | 'restart';

export interface PhaseArgs {
  readonly profile: string;
  readonly node: string;
  readonly phase: Phase;
}

/** `powerOn`, `powerOff`, `removeNode` (drained and reset before), `machine` (see below), `pause`, `unpause`. */
export interface NodeArgs {
  readonly profile: string;
  readonly node: string;
}

/** `machine` answers the operating system of a node, in which `minikube ssh` starts processes. */
export type MachineAnswer = Machine;

/** `removeCluster`, `status`. */
export interface ProfileArgs {
  readonly profile: string;
}

export type ComponentState = 'Running' | 'Stopped' | 'Paused' | 'Nonexistent' | 'Error';

/** `status` answers one per node, in the order in which they were made; nothing for a profile it does not know. */
export interface NodeStatus {
  readonly node: string;
  readonly ip: string;
  readonly controlPlane: boolean;
  readonly host: ComponentState;
  readonly kubelet: ComponentState;
  /** Of a control plane. */
  readonly apiServer: ComponentState;
}

/** `addon`: turns one on or off. Answers nothing, or an error's text when it is not known to the world. */
export interface AddonArgs {
  readonly profile: string;
  readonly addon: string;
  readonly enabled: boolean;
}
