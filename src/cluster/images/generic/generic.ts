// An image nobody described: a server that says who it is on the ports its container declares.
// Simplified: what the real program would do is not known; it answers HTTP 200 with its image and host name.
import { type Body, defineProgram, type Os, SystemError } from '../../../posix/program.ts';
import { gnuPrograms } from '../../../posix/programs.ts';
import { DEBIAN_FILES, DEBIAN_PATH } from '../debian/debian.ts';
import { serveHttp, text } from '../http-server.ts';
import { defineImage, type ImageDefinition } from '../image.ts';

function* listenOn(os: Os, port: number, repository: string): Body<number> {
  try {
    return yield* serveHttp(os, port, function* ({ os: thread }) {
      return text(200, `${repository} on ${yield* thread.hostname()}\n`);
    });
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    yield* os.write(2, `port ${port}: address already in use\n`);
    return 1;
  }
}

/** Ports come as `--port` arguments, which the kubelet makes of the declared ones. */
export function genericImage(repository: string, ports: readonly number[] = [8080]): ImageDefinition {
  const program = defineProgram({
    name: 'server',
    *run(os) {
      const declared = os.argv
        .slice(1)
        .map(Number)
        .filter((port) => port > 0);
      const [first = 8080, ...others] = declared.length > 0 ? declared : ports;
      for (const port of others) yield* os.spawn(['server'], { body: (thread) => listenOn(thread, port, repository) });
      return yield* listenOn(os, first, repository);
    },
  });
  return defineImage({
    repository,
    tags: () => true,
    sizeMiB: 50,
    entrypoint: [],
    cmd: ['/server'],
    env: { PATH: DEBIAN_PATH },
    files: DEBIAN_FILES,
    programs: { ...gnuPrograms, '/server': program },
    simplified: true,
  });
}
