// Every duration of the kubelet and of the runtime below it, in virtual milliseconds, with the real default. What no parameter
// sets is tuned to the idle recordings (a pod's sandbox is ready 491 ms and its container runs 597 ms after the create request).
// Models: kubernetes v1.37 pkg/kubelet/{kubelet,pod_workers}.go, pkg/kubelet/apis/config/v1beta1/defaults.go, containerd

/** How often WaitForAttachAndMount looks whether the volumes are there (podAttachAndMountRetryInterval). */
export const VOLUME_MOUNT_MS = 300;
/** Exponential back-off of a failed MountVolume.SetUp: 0.5 s doubling to 2 m 2 s. */
export const MOUNT_RETRY_MIN_MS = 500;
export const MOUNT_RETRY_MAX_MS = 122_000;
/** Runtime: a sandbox with its network. */
export const SANDBOX_CREATION_MS = 178;
export const SANDBOX_JITTER_MS = 40;
/** Runtime: CreateContainer, StartContainer. */
export const CONTAINER_CREATE_MS = 30;
export const CONTAINER_START_MS = 56;
/** From the end of a sync until its status is computed again. */
export const STATUS_SETTLE_MS = 18;
/** PLEG relist period: how late the end of a container is noticed at most. */
export const PLEG_RELIST_MS = 1_000;
/** Sync after an error that is no back-off: 10 s × (1 … 1.5). */
export const ERROR_SYNC_MS = 10_000;
/** Longest wait of a pod worker for a container in back-off: 60 s × (1 … 1.5). */
export const BACKOFF_SYNC_MAX_MS = 60_000;
export const SYNC_JITTER = 0.5;
/** containerBackOff and imageBackOff: 10 s doubling to 300 s, forgotten after twice the maximum. */
export const BACKOFF_BASE_MS = 10_000;
export const BACKOFF_MAX_MS = 300_000;
/** minimumGracePeriodInSeconds: what a stop signal always gets. */
export const MINIMUM_GRACE_MS = 2_000;
/** From the end of the last container until the worker has seen it, and from there until volumes and cgroups are gone. */
export const POD_KILL_MS = 380;
export const POD_KILL_JITTER_MS = 480;
export const POD_CLEANUP_MS = 190;
/** nodeLeaseDurationSeconds 40 × 0.25; nodeStatusReportFrequency 5 min; first heartbeat after registration. */
export const LEASE_RENEW_MS = 10_000;
export const NODE_STATUS_REPORT_MS = 300_000;
/** Volumes of ConfigMaps and Secrets are rewritten by the pod's periodic sync (60 s × (1 … 1.5)). */
export const POD_RESYNC_MS = 60_000;
/** Registry: answer to "does it exist", and download per MiB (a 100 Mbit/s line). */
export const PULL_RESOLVE_MS = 60;
export const PULL_PER_MIB_MS = 80;
