// The device `netfilter` of a node: its rules as kube-proxy wrote them, and its connection tracking, for the tools in network/programs.
import type { Plain } from '../../sim/plain.ts';
import type { Device } from '../../posix/machine.ts';
import type { NodeNetwork } from '../network/network.ts';
import type { FlowAnswer } from '../network/programs/device.ts';
import type { KubeProxy } from './proxy.ts';

export function createNetfilterDevice(network: NodeNetwork, proxy: KubeProxy): Device {
  return {
    call(_ticket: number, call: string, args: Plain): { readonly now: unknown } {
      if (call === 'print') {
        const { tool, table } = args as { tool: string; table: string };
        return { now: proxy.print(tool, table) ?? null };
      }
      if (call === 'flows') return { now: flows(network) };
      if (call !== 'delete') throw new Error(`device netfilter has no call ${call}`);
      const rows = new Set((args as { rows: readonly number[] }).rows);
      return { now: network.conntrack.delete(({ row }) => rows.has(row)).length };
    },
  };
}

function flows({ conntrack }: NodeNetwork): readonly FlowAnswer[] {
  return conntrack.list().map((entry) => ({
    row: entry.row,
    line: conntrack.line(entry),
    protocol: entry.protocol.toLowerCase(),
    state: conntrack.state(entry),
    source: entry.original.source,
    destination: entry.original.destination,
    sourcePort: entry.original.sourcePort,
    destinationPort: entry.original.destinationPort,
    replySource: entry.reply.source,
    replyDestination: entry.reply.destination,
  }));
}
