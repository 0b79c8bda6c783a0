// kindnet: routes between the nodes' pod subnets. The routes are the network's own; the process only shows.
// Simplified: writes no routes.
import { defineProgram } from '../../../posix/program.ts';
import { defineImage } from '../image.ts';
import { pauseProgram } from '../pause/pause.ts';

export const kindnetd = defineImage({
  repository: 'docker.io/kindest/kindnetd',
  tags: (tag) => /^v\d{8}-[0-9a-f]{8}$/.test(tag),
  sizeMiB: 38,
  entrypoint: [],
  cmd: ['/bin/kindnetd'],
  env: { PATH: '/bin' },
  files: {},
  programs: { '/bin/kindnetd': defineProgram({ name: 'kindnetd', run: (os) => pauseProgram.run(os) }) },
});
