// Every delay of the wires and of the kernels behind them, in virtual milliseconds.
// Models: Linux 6.18 (tcp_syn_linear_timeouts, nf_conntrack sysctls, neighbour probing) as recorded in golden/network.

/** One way between the ends of a link. Queueing resolution is 1 ms; these fractions add up along a path. */
export const LINKS = {
  /** Inside one namespace. */
  loopbackMs: 0.012,
  /** Pod to its node: veth and bridge, with the node's hooks. */
  vethMs: 0.045,
  /** Node to node on 192.168.49.0/24. */
  wireMs: 0.12,
  /** Node to the user's machine. */
  hostMs: 0.1,
  /** To anything beyond the user's machine. */
  internetMs: 9,
} as const;

/** Moments of the SYN's retransmissions after the first SYN: four linear ones, then doubling; the last is the final failure. */
export const SYN_RETRANSMITS_MS: readonly number[] = [1000, 2000, 3000, 4000, 5000, 7000, 11_000, 19_000, 35_000, 67_000];
/** connect() gives up with ETIMEDOUT after this (tcp_syn_retries 6 plus 4 linear ones). */
export const SYN_GIVE_UP_MS = 131_000;

/** Three ARP probes a second apart without an answer: the sender is told `host unreachable`. */
export const NEIGHBOUR_FAILED_MS = 3060;

/** First retransmission of data, doubled each time up to the limit (TCP_RTO_MIN, TCP_RTO_MAX). */
export const DATA_RETRANSMIT_MS = 200;
export const DATA_RETRANSMIT_LIMIT_MS = 120_000;
/** Data unacknowledged for so long ends the connection with ETIMEDOUT (tcp_retries2 15). */
export const DATA_GIVE_UP_MS = 924_600;

/** nf_conntrack_*_timeout_*, in milliseconds; minikube leaves the host's values. */
export const CONNTRACK_TIMEOUTS = {
  SYN_SENT: 120_000,
  SYN_RECV: 60_000,
  ESTABLISHED: 432_000_000,
  FIN_WAIT: 120_000,
  CLOSE_WAIT: 60_000,
  LAST_ACK: 30_000,
  TIME_WAIT: 120_000,
  CLOSE: 10_000,
  UNREPLIED: 30_000,
  REPLIED: 30_000,
  STREAM: 120_000,
  ICMP: 30_000,
} as const;

/** A UDP flow answered for longer than this counts as a stream ([ASSURED], 120 s). */
export const UDP_STREAM_AFTER_MS = 2000;
