// What the device `netfilter` of a node answers.
export const NETFILTER_DEVICE = 'netfilter';

/** `print` {tool, table} → lines, or null when there is no such table or nobody wrote rules. */
export type PrintAnswer = readonly string[] | null;

/** `flows` {} → every entry of connection tracking; `delete` {rows} → how many went. */
export interface FlowAnswer {
  readonly row: number;
  /** As `conntrack -L` prints it. */
  readonly line: string;
  readonly protocol: string;
  readonly state: string;
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** Of the answer direction. */
  readonly replySource: string;
  readonly replyDestination: string;
}

/** `Sun Nov 22 08:54:50 2026`, as ctime prints it. */
export function ctime(ms: number): string {
  const date = new Date(ms);
  const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
  const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
  const day = String(date.getUTCDate()).padStart(2, ' ');
  return `${days[date.getUTCDay()]} ${months[date.getUTCMonth()]} ${day} ${date.toISOString().slice(11, 19)} ${date.getUTCFullYear()}`;
}
