// minikube's storage provisioner: runs, and has nothing to do before there are claims.
// Simplified: provisions nothing.
import { defineProgram } from '../../../posix/program.ts';
import { defineImage } from '../image.ts';
import { pauseProgram } from '../pause/pause.ts';

export const storageProvisioner = defineImage({
  repository: 'gcr.io/k8s-minikube/storage-provisioner',
  tags: ['v3', 'v4', 'v5'],
  sizeMiB: 9,
  entrypoint: [],
  cmd: ['/storage-provisioner'],
  env: {},
  files: {},
  programs: { '/storage-provisioner': defineProgram({ name: 'storage-provisioner', run: (os) => pauseProgram.run(os) }) },
});
