// The programs of a small Linux system, in alphabetical order of their files; one line each. Two flavours: Debian's and busybox's.
import type { Flavour } from './arguments.ts';
import type { InstalledPrograms } from './installed.ts';
import type { Program } from './program.ts';
import { cat } from './programs/cat.ts';
import { cut } from './programs/cut.ts';
import { date } from './programs/date.ts';
import { echo } from './programs/echo.ts';
import { env, printenv } from './programs/env.ts';
import { egrep, fgrep, grep } from './programs/grep.ts';
import { head } from './programs/head.ts';
import { killProgram } from './programs/kill.ts';
import { printf } from './programs/printf.ts';
import { seq } from './programs/seq.ts';
import { sleep } from './programs/sleep.ts';
import { basename, clear, dirname, falseProgram, hostname, nproc, pwd, sync, trueProgram, tty, whoami, yes } from './programs/small.ts';
import { sort } from './programs/sort.ts';
import { tail } from './programs/tail.ts';
import { tee } from './programs/tee.ts';
import { bracket, test } from './programs/test.ts';
import { tr } from './programs/tr.ts';
import { uniq } from './programs/uniq.ts';
import { wc } from './programs/wc.ts';
import { which } from './programs/which.ts';
import { ash, bash, dash } from './sh/sh.ts';

interface Entry {
  /** Where Debian has it; busybox has all in /bin. Absent: busybox only. */
  readonly gnu?: '/bin' | '/usr/bin' | '/usr/sbin' | '/sbin';
  readonly busybox?: boolean;
  readonly make: (flavour: Flavour) => Program;
}

const entries: readonly Entry[] = [
  { gnu: '/usr/bin', busybox: true, make: basename },
  { gnu: '/usr/bin', busybox: true, make: () => bracket },
  { gnu: '/bin', busybox: true, make: cat },
  { gnu: '/usr/bin', busybox: true, make: clear },
  { gnu: '/usr/bin', busybox: true, make: cut },
  { gnu: '/bin', busybox: true, make: date },
  { gnu: '/usr/bin', busybox: true, make: dirname },
  { gnu: '/bin', busybox: true, make: () => echo },
  { gnu: '/bin', busybox: true, make: egrep },
  { gnu: '/usr/bin', busybox: true, make: env },
  { gnu: '/bin', busybox: true, make: falseProgram },
  { gnu: '/bin', busybox: true, make: fgrep },
  { gnu: '/bin', busybox: true, make: grep },
  { gnu: '/usr/bin', busybox: true, make: head },
  { gnu: '/bin', busybox: true, make: hostname },
  { gnu: '/bin', busybox: true, make: (flavour) => killProgram(flavour === 'gnu' ? 'procps' : 'ash') },
  { gnu: '/usr/bin', busybox: true, make: nproc },
  { gnu: '/usr/bin', busybox: true, make: printenv },
  { gnu: '/usr/bin', busybox: true, make: () => printf },
  { gnu: '/bin', busybox: true, make: pwd },
  { gnu: '/usr/bin', busybox: true, make: seq },
  { gnu: '/bin', busybox: true, make: sleep },
  { gnu: '/usr/bin', busybox: true, make: sort },
  { gnu: '/bin', busybox: true, make: sync },
  { gnu: '/usr/bin', busybox: true, make: tail },
  { gnu: '/usr/bin', busybox: true, make: tee },
  { gnu: '/usr/bin', busybox: true, make: () => test },
  { gnu: '/usr/bin', busybox: true, make: tr },
  { gnu: '/bin', busybox: true, make: trueProgram },
  { gnu: '/usr/bin', busybox: true, make: tty },
  { gnu: '/usr/bin', busybox: true, make: uniq },
  { gnu: '/usr/bin', busybox: true, make: wc },
  { gnu: '/usr/bin', busybox: true, make: () => which },
  { gnu: '/usr/bin', busybox: true, make: whoami },
  { gnu: '/usr/bin', busybox: true, make: yes },
];

/** Debian's programs by absolute path: coreutils, grep, sed, procps, dash as sh, bash. */
export const gnuPrograms: InstalledPrograms = {
  '/bin/sh': dash,
  '/bin/dash': dash,
  '/bin/bash': bash,
  ...Object.fromEntries(
    entries.flatMap(({ gnu, make }) => {
      const program = gnu === undefined ? undefined : make('gnu');
      return program === undefined ? [] : [[`${gnu}/${program.name}`, program]];
    }),
  ),
};

/** The applets of a busybox image. */
export const busyboxPrograms: InstalledPrograms = {
  '/bin/sh': ash,
  '/bin/ash': ash,
  ...Object.fromEntries(
    entries.flatMap(({ busybox, make }) => {
      const program = busybox ? make('busybox') : undefined;
      return program === undefined ? [] : [[`/bin/${program.name}`, program]];
    }),
  ),
};
