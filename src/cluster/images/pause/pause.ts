// The pause container: holds the pod's namespaces and does nothing until it is told to stop.
import { defineProgram, SystemError } from '../../../posix/program.ts';
import { defineImage } from '../image.ts';

/** Waits for TERM or INT. Other images' `pause` commands behave the same. */
export const pauseProgram = defineProgram({
  name: 'pause',
  *run(os) {
    yield* os.trap('TERM', 'queue');
    yield* os.trap('INT', 'queue');
    try {
      for (;;) yield* os.pause();
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
    }
    yield* os.write(1, 'Shutting down, got signal\n');
    return 0;
  },
});

export const pause = defineImage({
  repository: 'registry.k8s.io/pause',
  tags: ['3.1', '3.2', '3.3', '3.4.1', '3.5', '3.6', '3.7', '3.8', '3.9', '3.10', '3.10.1', '3.10.2', 'latest'],
  sizeMiB: 0.3,
  entrypoint: ['/pause'],
  cmd: [],
  env: {},
  user: '65535:65535',
  files: {},
  programs: { '/pause': pauseProgram },
  idle: { '/pause': 0 },
});
