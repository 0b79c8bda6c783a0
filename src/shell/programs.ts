// The programs that only the user's machine has, one line each.
import type { Program } from '../posix/program.ts';
import { installAt, type ShellProgram } from './program.ts';
import { kubectl } from './programs/kubectl/kubectl.ts';
import { helpProgram } from './programs/help.ts';
import { minikube } from './programs/minikube/minikube.ts';

const installed: readonly ShellProgram[] = [
  installAt('/usr/bin/help', helpProgram),
  installAt('/usr/local/bin/kubectl', kubectl),
  installAt('/usr/local/bin/minikube', minikube),
];

/** By absolute path. */
export const shellPrograms: Readonly<Record<string, Program>> = Object.fromEntries(installed.map(({ path, program }) => [path, program]));
