// One TCP connection from its client's point of view: SYN and its retransmissions, the handshake, an orderly or disorderly end.
// The owner sends the packets (`sendSyn`) and answers the program that waits (`report…`); packets that came back are the events.
// Models: Linux net/ipv4/tcp_input.c, tcp_timer.c (recorded: SYNs at 0, 1, 2, 3, 4, 5, 7 … s)
import { setup } from 'xstate';
import { actions, delays } from '../../sim/machines.ts';

export type ConnectionEvent =
  /** SYN-ACK arrived. */
  | { readonly type: 'ACCEPTED' }
  /** RST in answer to a SYN, or ICMP port unreachable. */
  | { readonly type: 'REFUSED' }
  /** ICMP host unreachable. */
  | { readonly type: 'UNREACHABLE' }
  /** The program's own limit ran out, or it no longer waits. */
  | { readonly type: 'ABANDONED' }
  | { readonly type: 'CLIENT_CLOSED' }
  | { readonly type: 'SERVER_CLOSED' }
  | { readonly type: 'RESET' }
  /** Data stayed unacknowledged for too long. */
  | { readonly type: 'DATA_TIMED_OUT' };

export const connectionMachine = setup({
  types: { events: {} as ConnectionEvent },
  actions: actions('sendSyn', 'reportConnected', 'reportRefused', 'reportUnreachable', 'reportTimedOut'),
  delays: delays('synRetransmit'),
}).createMachine({
  id: 'connection',
  initial: 'SynSent',
  states: {
    SynSent: {
      entry: 'sendSyn',
      after: { synRetransmit: { target: 'SynSent', reenter: true } },
      on: {
        ACCEPTED: { target: 'Established', actions: 'reportConnected' },
        REFUSED: { target: 'Refused', actions: 'reportRefused' },
        UNREACHABLE: { target: 'Unreachable', actions: 'reportUnreachable' },
        ABANDONED: 'Abandoned',
        DATA_TIMED_OUT: { target: 'TimedOut', actions: 'reportTimedOut' },
      },
    },
    Established: {
      on: { CLIENT_CLOSED: 'ClosedByClient', SERVER_CLOSED: 'ClosedByServer', RESET: 'Reset', DATA_TIMED_OUT: 'TimedOut' },
    },
    ClosedByClient: { on: { SERVER_CLOSED: 'Closed', RESET: 'Reset', DATA_TIMED_OUT: 'TimedOut' } },
    ClosedByServer: { on: { CLIENT_CLOSED: 'Closed', RESET: 'Reset', DATA_TIMED_OUT: 'TimedOut' } },
    Closed: { type: 'final' },
    Refused: { type: 'final' },
    Unreachable: { type: 'final' },
    TimedOut: { type: 'final' },
    Abandoned: { type: 'final' },
    Reset: { type: 'final' },
  },
});
