// Debian: bash, coreutils, and the network tools people install into it.
import { gnuPrograms } from '../../../posix/programs.ts';
import { defineImage } from '../image.ts';

export const DEBIAN_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export const DEBIAN_FILES: Readonly<Record<string, string>> = {
  '/etc/passwd':
    'root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\nwww-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n',
  '/etc/group': 'root:x:0:\ndaemon:x:1:\nwww-data:x:33:\nnogroup:x:65534:\n',
  '/etc/debian_version': '12.12\n',
  '/etc/os-release':
    'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nVERSION="12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=debian\nHOME_URL="https://www.debian.org/"\nSUPPORT_URL="https://www.debian.org/support"\nBUG_REPORT_URL="https://bugs.debian.org/"\n',
};

export const debian = defineImage({
  repository: 'docker.io/library/debian',
  tags: ['10', '11', '12', '12-slim', '13', 'bookworm', 'bookworm-slim', 'bullseye', 'trixie', 'stable', 'latest'],
  sizeMiB: 46,
  entrypoint: [],
  cmd: ['bash'],
  env: { PATH: DEBIAN_PATH },
  files: DEBIAN_FILES,
  programs: gnuPrograms,
});
