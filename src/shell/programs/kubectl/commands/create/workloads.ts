// create deployment, job, cronjob.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/create/create_{deployment,job,cronjob}.go
import { Failure } from '../../errors.ts';
import { strings, text, whole } from '../../flags.ts';
import { resourcePath } from '../../discovery.ts';
import { defineGenerator } from './generator.ts';

/** Name of a container made from an image: its base name without tag, with dots and such replaced. */
export function containerName(image: string): string {
  let name = image.slice(image.lastIndexOf('/') + 1);
  name = name.split(':')[0]!.split('@')[0]!;
  return name
    .replace(/[^a-zA-Z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .toLowerCase();
}

export const createDeployment = defineGenerator({
  name: 'deployment',
  aliases: ['deploy', 'dep'],
  short: 'Create a deployment with the specified name',
  use: 'NAME --image=image -- [COMMAND] [args...]',
  failing: 'failed to create deployment: ',
  flags: [
    strings('image', 'Image names to run. A deployment can have multiple images set for multi-container pod.', { required: true }),
    whole('port', 'The containerPort that this deployment exposes.', { value: '-1' }),
    whole('replicas', 'Number of replicas to create. Default is 1.', { short: 'r', value: '1' }),
  ],
  *object(k, name) {
    const images = k.flags.list('image');
    const command = k.dash < 0 ? [] : k.args.slice(k.dash);
    if (images.length > 1 && command.length > 0) throw new Failure('cannot specify multiple --image options and command');
    if (k.flags.changed('replicas') && k.flags.int('replicas') < 0)
      throw new Failure(`Invalid replicas number: ${k.flags.int('replicas')}`);
    const port = k.flags.int('port');
    const used = new Set<string>();
    const containers = images.map((image, index) => {
      let containerLabel = containerName(image);
      // Simplified: a second container of the same image gets its position, not a random suffix.
      if (used.has(containerLabel)) containerLabel = `${containerLabel}-${index}`;
      used.add(containerLabel);
      return {
        ...(command.length === 0 ? {} : { command }),
        image,
        name: containerLabel,
        ...(port > 0 && index === 0 ? { ports: [{ containerPort: port }] } : {}),
      };
    });
    const labels = { app: name };
    return {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, labels },
      spec: {
        replicas: k.flags.int('replicas'),
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers } },
      },
    };
  },
});

export const createJob = defineGenerator({
  name: 'job',
  short: 'Create a job with the specified name',
  use: 'NAME --image=image [--from=cronjob/name] -- [COMMAND] [args...]',
  failing: 'failed to create job: ',
  flags: [text('image', 'Image name to run.'), text('from', 'The name of the resource to create a Job from (only cronjob is supported).')],
  *object(k, name) {
    const image = k.flags.text('image');
    const from = k.flags.text('from');
    const command = k.dash < 0 ? [] : k.args.slice(k.dash);
    if ((image === '') === (from === '')) throw new Failure('either --image or --from must be specified');
    if (from !== '' && command.length > 0) throw new Failure('cannot specify --from and command');
    if (from === '') {
      return {
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name },
        spec: {
          template: {
            metadata: {},
            spec: { containers: [{ ...(command.length === 0 ? {} : { command }), image, name }], restartPolicy: 'Never' },
          },
        },
      };
    }
    const [kind, source] = from.split('/') as [string, string?];
    const discovery = yield* k.discovery();
    const resource = yield* discovery.find(kind);
    const { namespace } = yield* k.namespace();
    const client = yield* k.client();
    const cronjob = yield* client.get(resourcePath(resource, namespace, source ?? ''));
    if (resource.name !== 'cronjobs') throw new Failure(`unknown object type *v1.${resource.kind}`);
    const template = cronjob.spec.jobTemplate;
    return {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: {
        name,
        annotations: { 'cronjob.kubernetes.io/instantiate': 'manual', ...template.metadata?.annotations },
        ...(template.metadata?.labels === undefined ? {} : { labels: template.metadata.labels }),
        ownerReferences: [
          { apiVersion: 'batch/v1', kind: 'CronJob', name: cronjob.metadata.name, uid: cronjob.metadata.uid, controller: true },
        ],
      },
      spec: template.spec,
    };
  },
});

export const createCronjob = defineGenerator({
  name: 'cronjob',
  aliases: ['cj'],
  short: 'Create a cron job with the specified name',
  use: "NAME --image=image --schedule='0/5 * * * ?' -- [COMMAND] [args...]",
  failing: 'failed to create cronjob: ',
  flags: [
    text('image', 'Image name to run.', { required: true }),
    text('schedule', 'A schedule in the Cron format the job should be run with.', { required: true }),
    text('restart', "job's restart policy. supported values: OnFailure, Never"),
  ],
  *object(k, name) {
    const command = k.dash < 0 ? [] : k.args.slice(k.dash);
    const container = { ...(command.length === 0 ? {} : { command }), image: k.flags.text('image'), name };
    return {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name },
      spec: {
        jobTemplate: {
          metadata: { name },
          spec: { template: { metadata: {}, spec: { containers: [container], restartPolicy: k.flags.text('restart') || 'OnFailure' } } },
        },
        schedule: k.flags.text('schedule'),
      },
    };
  },
});
