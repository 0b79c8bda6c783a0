// kubectl autoscale.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/autoscale/autoscale.go
import { parseQuantity } from '../../../../cluster/apimachinery/quantity.ts';
import { defineCommand, type Kubectl } from '../command.ts';
import { groupVersion } from '../discovery.ts';
import { Failure, StatusFailure } from '../errors.ts';
import { text, whole } from '../flags.ts';
import { FIELD_MANAGER, FILENAME_FLAGS, RECORD_FLAG, SAVE_CONFIG_FLAG } from '../global-flags.ts';
import { DRY_RUN_FLAG, dryRunOf, objectPrinter, PRINT_FLAGS, report } from '../printers/printer.ts';
import type { Info } from '../resource-builder.ts';
import { eachTarget, flagOptions } from '../targets.ts';
import { createObject, generated } from '../writes.ts';

export const autoscale = defineCommand({
  name: 'autoscale',
  short: 'Auto-scale a deployment, replica set, stateful set, or replication controller',
  use: '(-f FILENAME | TYPE NAME | TYPE/NAME) [--min=MINPODS] --max=MAXPODS [--cpu=CPU] [--memory=MEMORY]',
  flags: [
    ...PRINT_FLAGS,
    ...FILENAME_FLAGS,
    DRY_RUN_FLAG,
    SAVE_CONFIG_FLAG,
    RECORD_FLAG,
    FIELD_MANAGER('kubectl-autoscale'),
    text('cpu', 'Target CPU utilization over all the pods.'),
    whole('cpu-percent', 'The target average CPU utilization over all the pods.', {
      value: '-1',
      deprecated: "Use --cpu with percentage or resource quantity format (e.g., '70%' for utilization or '500m' for milliCPU).",
    }),
    text('memory', 'Target memory utilization over all the pods.'),
    whole('max', 'The upper limit for the number of pods that can be set by the autoscaler. Required.', { value: '-1', required: true }),
    whole('min', 'The lower limit for the number of pods that can be set by the autoscaler.', { value: '-1' }),
    text('name', 'The name for the newly created object. If not specified, the name of the input resource will be used.'),
  ],
  *run(k) {
    const min = k.flags.int('min');
    const max = k.flags.int('max');
    if (max < 1) throw new Failure('--max=MAXPODS is required and must be at least 1, max: ' + max);
    if (max < min) throw new Failure(`--max=MAXPODS must be larger or equal to --min=MINPODS, max: ${max}, min: ${min}`);
    const metrics = metricsOf(k);
    const dryRun = dryRunOf(k);
    const printer = yield* objectPrinter(k);
    yield* eachTarget(k, flagOptions(k), function* (info) {
      if (!info.resource.subresources.some((one) => one.name === 'scale')) {
        const gv = info.resource.group === '' ? `/${info.resource.version}` : groupVersion(info.resource);
        throw new Failure(
          `cannot autoscale a ${info.resource.kind}: could not find scale subresource for ${gv}, Resource=${info.resource.name} in discovery information`,
        );
      }
      const hpas = yield* (yield* k.discovery()).find('horizontalpodautoscalers');
      try {
        const made = yield* createObject(k, hpas, info.namespace, generated(autoscaler(k, info, metrics, min, max)), 'kubectl-autoscale');
        yield* report(k, printer, hpas, made, 'autoscaled', dryRun);
      } catch (error) {
        if (!(error instanceof StatusFailure)) throw error;
        if (metrics.length === 0)
          throw new Failure('failed to create autoscaling/v2 HPA and the configuration is incompatible with autoscaling/v1: empty input');
        throw error;
      }
    });
  },
});

function metricsOf(k: Kubectl): any[] {
  const metrics: any[] = [];
  const add = (name: string, value: string) => {
    if (value === '') return;
    const percent = /^(\d+)%$/.exec(value);
    if (percent !== null)
      metrics.push({ resource: { name, target: { averageUtilization: Number(percent[1]), type: 'Utilization' } }, type: 'Resource' });
    else {
      if (typeof parseQuantity(value) === 'string') throw new Failure(`invalid ${name} value: ${value}`);
      metrics.push({ resource: { name, target: { averageValue: value, type: 'AverageValue' } }, type: 'Resource' });
    }
  };
  add('cpu', k.flags.int('cpu-percent') > 0 ? `${k.flags.int('cpu-percent')}%` : k.flags.text('cpu'));
  add('memory', k.flags.text('memory'));
  return metrics;
}

function autoscaler(k: Kubectl, info: Info, metrics: readonly any[], min: number, max: number): any {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: k.flags.text('name') || info.name, ...(dryRunOf(k) === 'client' ? {} : { namespace: info.namespace }) },
    spec: {
      maxReplicas: max,
      ...(metrics.length > 0 ? { metrics } : {}),
      ...(min > 0 ? { minReplicas: min } : {}),
      scaleTargetRef: { apiVersion: groupVersion(info.resource), kind: info.resource.kind, name: info.name },
    },
  };
}
