// kubectl cluster-info and cluster-info dump.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/clusterinfo
import { defineCommand } from '../command.ts';
import { resourcePath } from '../discovery.ts';
import { bool, strings, text } from '../flags.ts';
import { printYaml } from '../../../../cluster/apimachinery/yaml.ts';
import { indentedJson } from '../printers/jsonpath.ts';
import { withKind } from '../resource-builder.ts';

const GREEN = '\u001b[0;32m';
const YELLOW = '\u001b[0;33m';
const PLAIN = '\u001b[0m';

const dump = defineCommand({
  name: 'dump',
  short: 'Dump relevant information for debugging and diagnosis',
  flags: [
    bool('all-namespaces', 'If true, dump all namespaces.', { short: 'A' }),
    strings('namespaces', 'A comma separated list of namespaces to dump.'),
    text('output', 'Output format.', { short: 'o', value: 'json' }),
    text('output-directory', 'Where to output the files.'),
  ],
  *run(k) {
    const client = yield* k.client();
    const discovery = yield* k.discovery();
    const show = (object: any) => (k.flags.text('output') === 'yaml' ? `---\n${printYaml(object)}` : `${indentedJson(object)}\n`);
    yield* k.out(show(yield* client.get('/api/v1/nodes')));
    let namespaces = [...k.flags.list('namespaces')];
    if (k.flags.bool('all-namespaces')) namespaces = (yield* client.get('/api/v1/namespaces')).items.map((one: any) => one.metadata.name);
    else if (namespaces.length === 0) namespaces = ['kube-system', (yield* k.namespace()).namespace];
    for (const namespace of namespaces) {
      for (const word of ['events', 'replicationcontrollers', 'services', 'daemonsets', 'deployments', 'replicasets', 'pods']) {
        const resource = yield* discovery.find(word);
        const list = yield* client.get(resourcePath(resource, namespace));
        yield* k.out(show(list));
        if (word !== 'pods') continue;
        for (const pod of list.items.map((one: any) => withKind(one, resource))) {
          for (const container of pod.spec.containers) {
            yield* k.out(`==== START logs for container ${container.name} of pod ${namespace}/${pod.metadata.name} ====\n`);
            try {
              yield* k.out(
                String(
                  (yield* client.get(`/api/v1/namespaces/${namespace}/pods/${pod.metadata.name}/log`, {
                    query: { container: container.name },
                  })) ?? '',
                ),
              );
            } catch {
              yield* k.out('Request log error\n');
            }
            yield* k.out(`==== END logs for container ${container.name} of pod ${namespace}/${pod.metadata.name} ====\n`);
          }
        }
      }
    }
  },
});

export const clusterInfo = defineCommand({
  name: 'cluster-info',
  short: 'Display cluster information',
  long: "Display addresses of the control plane and services with label kubernetes.io/cluster-service=true. To further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.",
  use: '',
  subcommands: [dump],
  *run(k) {
    const client = yield* k.client();
    const list = yield* client.get('/api/v1/namespaces/kube-system/services', {
      query: { labelSelector: 'kubernetes.io/cluster-service=true' },
    });
    const color = yield* k.os.isTty(1);
    const line = (name: string, url: string) =>
      color ? `${GREEN}${name}${PLAIN} is running at ${YELLOW}${url}${PLAIN}\n` : `${name} is running at ${url}\n`;
    yield* k.out(line('Kubernetes control plane', client.server));
    for (const service of list.items) {
      const name = service.metadata.labels['kubernetes.io/name'] || service.metadata.name;
      const port = service.spec.ports?.[0]?.name;
      const scheme = port === 'https' || service.spec.ports?.[0]?.port === 443 ? 'https:' : '';
      yield* k.out(
        line(
          name,
          `${client.server}/api/v1/namespaces/kube-system/services/${scheme}${service.metadata.name}${port ? `:${port}` : ''}/proxy`,
        ),
      );
    }
    yield* k.out("\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.\n");
  },
});
