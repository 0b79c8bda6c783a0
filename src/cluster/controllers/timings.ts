// How long controllers take to look at a change, beyond the road to them. Virtual milliseconds, tuned to the idle recordings: the slice
// of a new Service is seen 27 ms after the request (12 of them are roads), that of a pod being deleted after 28; that of a pod
// that became ready after 7.

/** The EndpointSlice of a new or changed Service. */
export const SERVICE_CHANGE_MS = 15;
/** A pod that begins to terminate leaves the slice. */
export const POD_DELETION_MS = 16;

/** Least and most time before a failed sync of a Service's endpoints is tried again. */
export const ENDPOINTS_BACKOFF = { baseMs: 1000, maxMs: 1_000_000 } as const;

/** `--node-monitor-period`: how often the node lifecycle controller looks at all nodes. */
export const NODE_MONITOR_PERIOD_MS = 5_000;
/** `--node-monitor-grace-period`: without news for so long a node is unknown. */
export const NODE_MONITOR_GRACE_MS = 50_000;
/** How often nodes that wait for a NoExecute taint are looked at. */
export const NODE_TAINT_PERIOD_MS = 100;
/** `--node-eviction-rate` 0.1 and `--secondary-node-eviction-rate` 0.01 per second: from one node of a zone to the next. */
export const NODE_EVICTION_EVERY_MS = 10_000;
export const NODE_SECONDARY_EVICTION_EVERY_MS = 100_000;
/** A node that was never heard of may take longer. */
export const NODE_STARTUP_GRACE_MS = 60_000;

/** podgc: how often it looks; how long a missing node is given before its pods are orphans. */
export const POD_GC_PERIOD_MS = 20_000;
export const ORPHAN_QUARANTINE_MS = 40_000;

/** namespace controller: how long it waits when finalizers hold what remains. */
export const NAMESPACE_RETRY_MS = 5_000;
