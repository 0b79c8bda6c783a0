// Programs of the user's machine beyond those of every Linux system: where they are installed.
import type { Program } from '../posix/program.ts';

/** Declares where a program of the user's machine is found. */
export interface ShellProgram {
  /** Absolute path, as `which` prints it. */
  readonly path: string;
  readonly program: Program;
}

export function installAt(path: string, program: Program): ShellProgram {
  return { path, program };
}
