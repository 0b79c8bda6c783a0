// What a packet is for the eye: its purpose (shape and colour in the picture) and a few words a reader recognises.
import type { Plain } from '../../sim/plain.ts';
import { asDnsMessage } from '../../posix/dns.ts';
import type { Packet } from './packet.ts';

/** Ports whose talk belongs to the control plane: API server, etcd, kubelet, controller manager, scheduler. */
const CONTROL_PORTS = new Set([2379, 2380, 6443, 8443, 10250, 10257, 10259]);
const LONGEST = 60;

export function purposeOf(flag: Packet['flag'], port: number, reply: boolean, probe: boolean): Packet['purpose'] {
  if (flag === 'RST' || flag === 'UNREACHABLE') return 'reset';
  if (port === 53) return 'dns';
  if (probe) return 'probe';
  if (CONTROL_PORTS.has(port)) return 'control';
  return reply ? 'reply' : 'request';
}

/** `GET /guestbook.php`, `200 OK`, `A redis-leader.default.svc.cluster.local.?`, or the flag. */
export function captionOf(flag: Packet['flag'], payload: Plain): string {
  if (flag !== 'DATA') return flag;
  if (typeof payload === 'string') return textCaption(payload);
  const message = asDnsMessage(payload);
  if (message === undefined) return 'datagram';
  if (!message.flags.qr) return `${message.question.type} ${message.question.name}?`;
  if (message.answers.length === 0) return message.rcode === 'NOERROR' ? 'no data' : message.rcode;
  return `${message.question.type} ${message.answers[message.answers.length - 1]!.data}`;
}

function textCaption(text: string): string {
  const end = text.search(/[\r\n]/);
  const line = end < 0 ? text : text.slice(0, end);
  const request = /^([A-Z]+ \S+) HTTP\/[\d.]+$/.exec(line);
  const answer = /^HTTP\/[\d.]+ (\d{3}.*)$/.exec(line);
  const caption = request?.[1] ?? answer?.[1] ?? line;
  return caption.length > LONGEST ? `${caption.slice(0, LONGEST - 1)}…` : caption;
}

/** The kubelet says who it is in its probes. */
export function isProbe(text: string): boolean {
  return text.includes('User-Agent: kube-probe/');
}
