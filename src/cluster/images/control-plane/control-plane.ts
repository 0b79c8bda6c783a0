// The control plane's own images. Their work is done by the engine's etcd, API server, controllers and scheduler; here they are
// processes that start, answer their health probes and stop.
// Simplified: the static pods' programs only answer /healthz, /livez, /readyz and /startupz.
import { defineProgram } from '../../../posix/program.ts';
import { pathOf, serveHttp, text } from '../http-server.ts';
import { defineImage, type ImageDefinition } from '../image.ts';

const HEALTH = new Set(['/healthz', '/livez', '/readyz', '/health', '/startupz']);

function component(name: string, repository: string, tags: ImageDefinition['tags'], port: number, sizeMiB: number): ImageDefinition {
  const program = defineProgram({
    name,
    *run(os) {
      return yield* serveHttp(
        os,
        port,
        function* ({ request }) {
          return HEALTH.has(pathOf(request.target)) ? text(200, 'ok') : text(404, '404 page not found\n');
        },
        { stops: ['TERM', 'INT'] },
      );
    },
  });
  return defineImage({
    repository,
    tags,
    sizeMiB,
    entrypoint: [],
    cmd: [name],
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
    files: {},
    programs: { [`/usr/local/bin/${name}`]: program },
  });
}

const isVersion = (tag: string): boolean => /^v1\.\d+\.\d+$/.test(tag);

export const controlPlane: readonly ImageDefinition[] = [
  component('etcd', 'registry.k8s.io/etcd', (tag) => /^3\.\d+\.\d+-\d+$/.test(tag), 2381, 21),
  component('kube-apiserver', 'registry.k8s.io/kube-apiserver', isVersion, 6443, 28),
  component('kube-controller-manager', 'registry.k8s.io/kube-controller-manager', isVersion, 10257, 25),
  component('kube-scheduler', 'registry.k8s.io/kube-scheduler', isVersion, 10259, 20),
];
