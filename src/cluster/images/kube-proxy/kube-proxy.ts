// kube-proxy: answers its health port; the rules it stands for are kept by the engine's proxier of the node.
// Models: kubernetes v1.37 cmd/kube-proxy (healthz on 10256, log at start)
import { defineProgram } from '../../../posix/program.ts';
import { gnuPrograms } from '../../../posix/programs.ts';
import { pathOf, serveHttp, text } from '../http-server.ts';
import { defineImage } from '../image.ts';

const HEALTH_PORT = 10256;

const program = defineProgram({
  name: 'kube-proxy',
  *run(os) {
    yield* os.write(2, 'I1124 12:00:00.000000       1 server_linux.go:49] "Using iptables proxy"\n');
    return yield* serveHttp(
      os,
      HEALTH_PORT,
      function* ({ request }) {
        return pathOf(request.target) === '/healthz' || pathOf(request.target) === '/livez'
          ? text(200, '{"status":"OK"}', 'application/json')
          : text(404, '404 page not found\n');
      },
      { stops: ['TERM', 'INT'] },
    );
  },
});

export const kubeProxy = defineImage({
  repository: 'registry.k8s.io/kube-proxy',
  tags: (tag) => /^v1\.\d+\.\d+$/.test(tag),
  sizeMiB: 32,
  entrypoint: [],
  cmd: ['/usr/local/bin/kube-proxy'],
  env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
  files: {},
  programs: { ...gnuPrograms, '/usr/local/bin/kube-proxy': program },
});
