import { definePlugin } from '../plugin.ts';

export const schedulingGates = definePlugin({
  name: 'SchedulingGates',
  preEnqueue({ spec: { schedulingGates: gates = [] } }) {
    return gates.length === 0 ? undefined : `waiting for scheduling gates: [${gates.map((gate) => gate.name).join(' ')}]`;
  },
});
