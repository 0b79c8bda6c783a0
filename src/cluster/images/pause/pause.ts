// registry.k8s.io/pause: sleeps until it is told to stop. Models: kubernetes v1.37 build/pause/linux/pause.c
import { type Body, type Os, type Program, SystemError } from '../../../posix/program.ts';
import { defineImage } from '../image.ts';

export const pauseProgram: Program = {
  name: 'pause',
  *run(os: Os): Body<number> {
    for (const signal of ['INT', 'TERM'] as const) yield* os.trap(signal, 'queue');
    for (;;) {
      try {
        yield* os.pause();
      } catch (error) {
        if (!(error instanceof SystemError) || error.errno !== 'EINTR') throw error;
      }
      const signals = yield* os.pendingSignals();
      if (signals.length === 0) continue;
      yield* os.write(2, `Shutting down, got signal: ${signals[0] === 'INT' ? 'Interrupt' : 'Terminated'}\n`);
      return 0;
    }
  },
};

export const pause = defineImage({
  repository: 'registry.k8s.io/pause',
  tags: ['3.1', '3.2', '3.3', '3.4.1', '3.5', '3.6', '3.7', '3.8', '3.9', '3.10', '3.10.1', '3.10.2', 'latest'],
  sizeMiB: 0.3,
  entrypoint: ['/pause'],
  cmd: [],
  env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
  workingDir: '/',
  user: '65535',
  files: {},
  programs: { '/pause': pauseProgram },
  idle: { '/pause': 0 },
});
