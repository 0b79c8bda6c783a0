// busybox: a shell and many small tools in one file.
import { busyboxPrograms } from '../../../posix/programs.ts';
import { defineImage } from '../image.ts';

const TAGS = [
  '1.28',
  '1.28.4',
  '1.29',
  '1.30',
  '1.31',
  '1.32',
  '1.33',
  '1.34',
  '1.35',
  '1.36',
  '1.36.1',
  '1.37',
  '1.37.0',
  'latest',
  'stable',
  'musl',
  'glibc',
  'uclibc',
];

export const busybox = defineImage({
  repository: 'docker.io/library/busybox',
  tags: TAGS,
  sizeMiB: 2.1,
  entrypoint: [],
  cmd: ['sh'],
  env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
  files: {
    '/etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\n',
    '/etc/group': 'root:x:0:\nnobody:x:65534:\n',
  },
  programs: busyboxPrograms,
});
