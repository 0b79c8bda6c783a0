// which: where a command is found.
import { type Body, defineProgram, type Os, SystemError } from '../program.ts';

/** The first file of that name in PATH; `executable`: it must have an execute bit. */
export function* findInPath(os: Os, path: string, name: string, executable: boolean): Body<string | undefined> {
  const candidates = name.includes('/') ? [name] : path.split(':').map((folder) => `${folder === '' ? '.' : folder}/${name}`);
  for (const candidate of candidates) {
    try {
      const stat = yield* os.stat(candidate);
      if (stat.type === 'file' && (!executable || (stat.mode & 0o111) !== 0)) return candidate;
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
    }
  }
  return undefined;
}

export const which = defineProgram({
  name: 'which',
  *run(os) {
    let status = 0;
    for (const name of os.argv.slice(1).filter((word) => word !== '-a')) {
      const found = yield* findInPath(os, os.env['PATH'] ?? '', name, true);
      if (found === undefined) status = 1;
      else yield* os.write(1, `${found}\n`);
    }
    return status;
  },
});
