// How long the roads to the API server take and how fast each component may ask. Virtual milliseconds; tuned to the idle
// recordings (a pod is bound 12 ms and a Service's slice is seen 27 ms after the create request was sent).
// Models: kubernetes v1.37 client-go rest defaults, cmd/kube-controller-manager and cmd/kube-scheduler defaults

/** One way between a component and the API server: an idle API answer takes about 6 ms. */
export const LINK_MS = 3;

/** client-go reflector: wait before a failed list or a broken watch is tried again. */
export const RELIST_MIN_MS = 800;
export const RELIST_MAX_MS = 30_000;

/** client-go reflector: a watch is asked to end after 5 to 10 minutes. */
export const WATCH_TIMEOUT_MIN_SECONDS = 300;

/** `--kube-api-qps`, `--kube-api-burst` of the components. */
export const CONTROLLER_MANAGER_QPS = { qps: 20, burst: 30 } as const;
export const SCHEDULER_QPS = { qps: 50, burst: 100 } as const;

/** client-go workqueue: per-item exponential back-off. */
export const BACKOFF_BASE_MS = 5;
export const BACKOFF_MAX_MS = 1_000_000;
