// Cpu and memory used in equal shares? Compares the balance with and without the pod; 75 means no change.
import { definePlugin } from '../plugin.ts';
import { podRequests } from '../resources.ts';

/** 100 − 100 × the standard deviation of the two used fractions, whole. */
function balance(cpu: number, cpuTotal: number, memory: number, memoryTotal: number): number {
  const share = (used: number, total: number): number => (total === 0 ? 1 : Math.min(1, used / total));
  const deviation = Math.abs(share(cpu, cpuTotal) - share(memory, memoryTotal)) / 2;
  return Math.trunc((1 - deviation) * 100);
}

export const balancedAllocation = definePlugin({
  name: 'NodeResourcesBalancedAllocation',
  weight: 1,
  score({ pod }) {
    const requests = podRequests(pod.spec);
    const cpu = requests['cpu'] ?? 0;
    const memory = requests['memory'] ?? 0;
    if (cpu === 0 && memory === 0) return undefined;
    return (node) => {
      const before = balance(node.usedCpu, node.cpu, node.usedMemory, node.memory);
      const after = balance(node.usedCpu + cpu, node.cpu, node.usedMemory + memory, node.memory);
      return 50 + Math.trunc((50 + after - before) / 2);
    };
  },
});
