// One flow as a node's connection tracking sees it: state by what passed in which direction. How long an entry lives in each state is
// `CONNTRACK_TIMEOUTS` in `timings.ts`; an entry's end is a moment in its row, not a timer, because a packet moves it every time.
// Models: Linux net/netfilter/nf_conntrack_proto_{tcp,udp,icmp}.c
import { setup } from 'xstate';

export type ConntrackEvent =
  /** The first packet of a flow. */
  | { readonly type: 'TCP_STARTED' }
  | { readonly type: 'UDP_STARTED' }
  | { readonly type: 'ICMP_STARTED' }
  | { readonly type: 'SYN_PASSED' }
  | { readonly type: 'SYN_ACK_PASSED' }
  | { readonly type: 'ORIGINAL_PASSED' }
  | { readonly type: 'REPLY_PASSED' }
  /** A reply to a flow that has been answered for more than two seconds. */
  | { readonly type: 'STREAM_PASSED' }
  | { readonly type: 'FIN_PASSED' }
  /** The FIN of the side that had not closed yet. */
  | { readonly type: 'LAST_FIN_PASSED' }
  | { readonly type: 'LAST_ACK_PASSED' }
  | { readonly type: 'RST_PASSED' }
  | { readonly type: 'EXPIRED' }
  /** By kube-proxy or `conntrack -D`. */
  | { readonly type: 'DELETED' };

const gone = { EXPIRED: 'DESTROYED', DELETED: 'DESTROYED' } as const;

export const conntrackMachine = setup({ types: { events: {} as ConntrackEvent } }).createMachine({
  id: 'conntrack',
  initial: 'NEW',
  states: {
    NEW: { on: { TCP_STARTED: 'SYN_SENT', UDP_STARTED: 'UNREPLIED', ICMP_STARTED: 'ICMP' } },
    SYN_SENT: { on: { SYN_ACK_PASSED: 'SYN_RECV', RST_PASSED: 'CLOSE', ...gone } },
    SYN_RECV: { on: { ORIGINAL_PASSED: 'ESTABLISHED', FIN_PASSED: 'FIN_WAIT', RST_PASSED: 'CLOSE', ...gone } },
    ESTABLISHED: { on: { FIN_PASSED: 'FIN_WAIT', RST_PASSED: 'CLOSE', ...gone } },
    FIN_WAIT: { on: { REPLY_PASSED: 'CLOSE_WAIT', LAST_FIN_PASSED: 'LAST_ACK', RST_PASSED: 'CLOSE', ...gone } },
    CLOSE_WAIT: { on: { LAST_FIN_PASSED: 'LAST_ACK', RST_PASSED: 'CLOSE', ...gone } },
    LAST_ACK: { on: { LAST_ACK_PASSED: 'TIME_WAIT', RST_PASSED: 'CLOSE', ...gone } },
    TIME_WAIT: { on: { SYN_PASSED: 'SYN_SENT', ...gone } },
    CLOSE: { on: { SYN_PASSED: 'SYN_SENT', ...gone } },
    UNREPLIED: { on: { REPLY_PASSED: 'REPLIED', STREAM_PASSED: 'STREAM', ...gone } },
    REPLIED: { on: { STREAM_PASSED: 'STREAM', ...gone } },
    STREAM: { on: gone },
    ICMP: { on: gone },
    DESTROYED: { type: 'final' },
  },
});
