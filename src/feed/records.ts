// The contract worker → page: what the page may know of the world, as plain data in batches. Small clusters are told pod by pod;
// a large one as columns, and pod by pod only where somebody looks. Virtual times are milliseconds since the world began.

/** State of a pod or container as the eye tells it apart: shape of the mark first, colour last. Order = number in fleet columns. */
export const marks = [
  'none',
  'ready',
  'running',
  'creating',
  'pending',
  'restarting',
  'failed',
  'unreachable',
  'succeeded',
  'terminating',
  'unknown',
] as const;
export type Mark = (typeof marks)[number];

/** What light is sent for; the same words as the network's packets. */
export type Purpose = 'request' | 'reply' | 'dns' | 'probe' | 'control' | 'reset';

/** `pod:<namespace>/<name>`, `node:<name>` (its root namespace: the gate), `kubelet:<node>`, `apiserver`, `wire`, `outside`. */
export type Place = string;

/** `pods/<namespace>/<name>`, `nodes/<name>`, `services/<namespace>/<name>`: as subjects of the journal. */
export type Subject = string;

/** Data of an object somebody looks at. */
export type Plain = null | undefined | boolean | number | string | readonly Plain[] | { readonly [field: string]: Plain };

/** Everything since the last batch; at most one per frame. `now` is the virtual time the batch stands for. */
export interface FeedBatch {
  readonly now: number;
  readonly records: readonly FeedRecord[];
}

export type FeedRecord =
  | WorldRecord
  | ClockRecord
  | NodeRecord
  | PodRecord
  | ServiceRecord
  | GoneRecord
  | RoadRecord
  | TrafficRecord
  | FleetRecord
  | FleetChangeRecord
  | BarsRecord
  | FlagRecord
  | InputRecord
  | OutputRecord
  | TerminalRecord
  | ShapeRecord
  | ChartRecord
  | MoveRecord
  | TimersRecord
  | InspectedRecord
  | WhyRecord
  | LogRecord
  | CrashRecord
  | ResetRecord;

/** Which world this is. Sent first, and again when one of these changes. */
export interface WorldRecord {
  readonly kind: 'world';
  readonly seed: number;
  /** Wall date of virtual 0: milliseconds since 1970. */
  readonly epoch: number;
  /** A cluster exists (after `minikube start` began); false shows the first screen. */
  readonly cluster: boolean;
  /** Context of the kubeconfig, as in the terminal's right corner: `minikube`. */
  readonly context?: string;
  /** `v1.37.2`. */
  readonly version?: string;
  /** Proxy mode of the cluster: `iptables`. */
  readonly proxyMode?: string;
  /** `192.168.49.0/24`. */
  readonly nodeNetwork?: string;
  /** What is being played, when it has a name: `guestbook`. */
  readonly scenario?: string;
}

/** Where time stands and how fast it goes. Sent with every batch in which it changed. */
export interface ClockRecord {
  readonly kind: 'clock';
  readonly now: number;
  readonly running: boolean;
  /** 0.1 to 1000 virtual milliseconds per wall millisecond. */
  readonly speed: number;
  /** Latest virtual time ever reached; above `now` after a rewind. */
  readonly reached: number;
  /** Virtual time of the next queued event, when known. */
  readonly next?: number;
}

export interface NodeRecord {
  readonly kind: 'node';
  readonly name: string;
  readonly ip: string;
  readonly role: 'control plane' | 'worker';
  /** Status of the Ready condition. */
  readonly ready: 'True' | 'False' | 'Unknown';
  readonly schedulable: boolean;
  /** 0 to 1 of allocatable: height of the water. */
  readonly cpu: number;
  /** 0 to 1 of allocatable: height of the sand. */
  readonly memory: number;
  readonly zone?: string;
  readonly podCIDR?: string;
  readonly createdAt: number;
}

export interface ContainerSummary {
  readonly name: string;
  readonly image: string;
  readonly mark: Mark;
  readonly state: 'waiting' | 'running' | 'terminated';
  /** `ContainerCreating`, `CrashLoopBackOff`, `Completed`, `Error`, … */
  readonly reason?: string;
  readonly restarts: number;
  readonly init?: boolean;
  /** Waiting for the next start: virtual times between which the ring fills. */
  readonly backOff?: { readonly from: number; readonly until: number };
}

export interface PodRecord {
  readonly kind: 'pod';
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly mark: Mark;
  readonly phase: string;
  /** What `kubectl get pods` prints under STATUS. */
  readonly status: string;
  readonly node?: string;
  readonly ip?: string;
  /** Name of the workload above it: `frontend`; the pod's own name when nobody owns it. */
  readonly workload: string;
  /** What tells siblings apart: `2vb8l`; empty when the workload's name says all. */
  readonly suffix: string;
  readonly owner?: { readonly kind: string; readonly name: string };
  /** Where it lives in the tank: hanging in the water, on the sand (DaemonSet), on the glass ledge (static control plane). */
  readonly place: 'water' | 'sand' | 'ledge';
  /** Drawn quietly: kube-system. */
  readonly quiet: boolean;
  readonly containers: readonly ContainerSummary[];
  readonly restarts: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly createdAt: number;
}

export interface EndpointSummary {
  readonly ip: string;
  readonly port: number;
  readonly ready: boolean;
  /** `namespace/name`. */
  readonly pod?: string;
  readonly node?: string;
}

export interface ServiceRecord {
  readonly kind: 'service';
  readonly namespace: string;
  readonly name: string;
  /** Place on the ring, the same on every node: order of creation, never reused while it lives. */
  readonly order: number;
  readonly type: string;
  readonly clusterIP: string;
  readonly ports: readonly {
    readonly name?: string;
    readonly port: number;
    readonly target: string;
    readonly nodePort?: number;
    readonly protocol: string;
  }[];
  readonly endpoints: readonly EndpointSummary[];
  readonly createdAt: number;
}

/** The named object no longer exists (nodes: `name`; pods and services: `namespace/name`). */
export interface GoneRecord {
  readonly kind: 'gone';
  readonly what: 'node' | 'pod' | 'service';
  readonly key: string;
}

/** One hop of one packet, told when it begins (or when its road is decided, then `t0` lies ahead). */
export interface RoadRecord {
  readonly kind: 'road';
  readonly packet: number;
  readonly flow: number;
  readonly from: Place;
  readonly to: Place;
  /** Virtual milliseconds with fractions. */
  readonly t0: number;
  readonly t1: number;
  readonly purpose: Purpose;
  /** `SET messages hello`, `A redis-leader?`; empty for control and probes. */
  readonly caption: string;
  /** `ip:port` when it left `from` and after what a rule did at `to`. */
  readonly before: { readonly source: string; readonly destination: string };
  readonly after: { readonly source: string; readonly destination: string };
  /** `DNAT`, `SNAT`, `REJECT`, `DROP`, `ACCEPT`: what a rule at `to` decided. */
  readonly verdict?: string;
  readonly rule?: string;
  /** `namespace/name:port` of the Service that decided. */
  readonly service?: string;
}

/** Above 10× single packets become a density: exact counts between two virtual times, per pair of places. */
export interface TrafficRecord {
  readonly kind: 'traffic';
  readonly from: number;
  readonly until: number;
  readonly lanes: readonly {
    readonly from: Place;
    readonly to: Place;
    readonly purpose: Purpose;
    readonly packets: number;
    readonly service?: string;
  }[];
}

/** The whole fleet as columns; buffers are transferred. Pods of node i are rows `start[i]` to `start[i + 1]`. */
export interface FleetRecord {
  readonly kind: 'fleet';
  readonly nodes: readonly string[];
  readonly zones: readonly string[];
  /** Index into `zones` per node. */
  readonly zone: Uint8Array;
  readonly start: Uint32Array;
  /** 0 to 255 of allocatable per node. */
  readonly cpu: Uint8Array;
  /** 0 ready, 1 not ready, 2 unreachable, 3 cordoned. */
  readonly state: Uint8Array;
  /** Index into `marks` per pod row; 0 = empty slot kept for growth. */
  readonly mark: Uint8Array;
  /** Pods no node has taken. */
  readonly unscheduled: number;
}

/** Rows of the last `fleet` record that changed. */
export interface FleetChangeRecord {
  readonly kind: 'fleetChange';
  readonly rows: Uint32Array;
  readonly mark: Uint8Array;
  readonly nodes?: Uint32Array;
  readonly cpu?: Uint8Array;
  readonly state?: Uint8Array;
  readonly unscheduled?: number;
}

/** Journal records per `widthMs` of virtual time, from bar `first` on; replaces those bars. */
export interface BarsRecord {
  readonly kind: 'bars';
  readonly widthMs: number;
  readonly first: number;
  readonly counts: readonly number[];
}

/** A flag on the time bar: a command the user ran, or something worth returning to. */
export interface FlagRecord {
  readonly kind: 'flag';
  readonly at: number;
  readonly text: string;
  readonly sort: 'command' | 'event';
}

/** A request from outside, as the save file keeps it: seed + these = the same world again. */
export interface InputRecord {
  readonly kind: 'input';
  readonly at: number;
  readonly command: Plain;
}

/** Bytes for the terminal, escape sequences included. */
export interface OutputRecord {
  readonly kind: 'output';
  readonly terminal: string;
  readonly text: string;
}

/** A terminal came, went, or changed what it does. The first one, `main`, is always there. */
export interface TerminalRecord {
  readonly kind: 'terminal';
  readonly terminal: string;
  readonly title: string;
  /** A prompt waits for a line: the page may type for the user. */
  readonly idle: boolean;
  readonly closed?: boolean;
}

/** A state of a machine's definition. `path` is dotted from the root: `Waiting.CrashLoopBackOff`. */
export interface StateShape {
  readonly path: string;
  readonly name: string;
  readonly type: 'atomic' | 'compound' | 'parallel' | 'final' | 'history';
  readonly initial?: string;
  readonly states: readonly StateShape[];
}

export interface EdgeShape {
  readonly from: string;
  readonly to: string;
  /** Event in SCREAMING_SNAKE, or the delay's name when `after`. */
  readonly event: string;
  readonly after: boolean;
  readonly guard?: string;
}

/** A machine's definition, sent once before its first chart. */
export interface ShapeRecord {
  readonly kind: 'shape';
  readonly machine: string;
  readonly root: StateShape;
  readonly edges: readonly EdgeShape[];
}

export interface Move {
  readonly at: number;
  readonly event: string;
  /** Leaf paths before and after. */
  readonly from: string;
  readonly to: string;
}

export interface Timer {
  /** The delay's name: `crashLoopBackOff`. */
  readonly delay: string;
  /** State whose `after` edge it is. */
  readonly state: string;
  readonly setAt: number;
  readonly dueAt: number;
}

export interface GuardValue {
  readonly text: string;
  readonly value: string;
  readonly holds: boolean;
}

/** One running machine of the selected object, whole: sent when it is selected. */
export interface ChartRecord {
  readonly kind: 'chart';
  readonly subject: Subject;
  /** `pods/default/web/containers/app`; the pod's own machine = the subject. */
  readonly instance: string;
  readonly machine: string;
  /** `Container app`, `Pod`, `Probe liveness`. */
  readonly title: string;
  readonly active: readonly string[];
  readonly since: number;
  readonly moves: readonly Move[];
  readonly timers: readonly Timer[];
  readonly guards: readonly GuardValue[];
}

/** Afterwards only what changed. */
export interface MoveRecord {
  readonly kind: 'move';
  readonly instance: string;
  readonly active: readonly string[];
  readonly move: Move;
}

export interface TimersRecord {
  readonly kind: 'timers';
  readonly instance: string;
  readonly timers: readonly Timer[];
  readonly guards?: readonly GuardValue[];
}

export interface EventSummary {
  readonly at: number;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly source: string;
  readonly count: number;
}

export interface VariableSummary {
  readonly container: string;
  readonly name: string;
  readonly value: string;
  /** Who set it: written in the spec, from a ConfigMap or Secret, or by the kubelet for a Service. */
  readonly origin: 'spec' | 'config' | 'service';
}

/** The selected object; sent again whenever it changes. */
export interface InspectedRecord {
  readonly kind: 'inspected';
  readonly subject: Subject;
  /** Absent once it is gone. */
  readonly object?: Plain;
  readonly yaml?: string;
  readonly events: readonly EventSummary[];
  readonly variables?: readonly VariableSummary[];
  /** Variables one could expect but which are absent, and the sentence why. */
  readonly missing?: readonly { readonly name: string; readonly why: string }[];
  /** Last lines of the log, newest last. */
  readonly lastLines?: readonly string[];
}

export interface WhyStep {
  readonly seq: number;
  readonly at: number;
  readonly source: string;
  readonly title: string;
  readonly detail: string;
  readonly mark: Mark | 'service';
  readonly subject?: Subject;
}

/** From effect to cause, the effect first. */
export interface WhyRecord {
  readonly kind: 'why';
  readonly subject: Subject;
  readonly question: string;
  readonly steps: readonly WhyStep[];
  /** What happens next, when something is due. */
  readonly next?: { readonly title: string; readonly detail: string; readonly mark: Mark };
}

/** Answer to the command `log`: the save file's text. */
export interface LogRecord {
  readonly kind: 'log';
  readonly name: string;
  readonly text: string;
}

/** The world cannot go on. Made by the worker's last words or, when it has none, by the source itself. */
export interface CrashRecord {
  readonly kind: 'crash';
  readonly message: string;
  readonly stack?: string;
  readonly at: number;
}

/** The world was rewound, restored or replaced: forget everything but the inputs; what exists follows. */
export interface ResetRecord {
  readonly kind: 'reset';
}
