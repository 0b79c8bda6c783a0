// The programs of a small Linux system, in alphabetical order of their files; one line each. Two flavours: Debian's and busybox's.
import type { Flavour } from './arguments.ts';
import type { InstalledPrograms } from './installed.ts';
import type { Program } from './program.ts';
import { awk } from './programs/awk/awk.ts';
import { cat } from './programs/cat.ts';
import { curl } from './programs/curl.ts';
import { cut } from './programs/cut.ts';
import { date } from './programs/date.ts';
import { diff } from './programs/diff.ts';
import { dig } from './programs/dig.ts';
import { echo } from './programs/echo.ts';
import { env, printenv } from './programs/env.ts';
import { expr } from './programs/expr.ts';
import { chgrp, chmod, chown, cp, ln, mkdir, mv, rm, rmdir, touch } from './programs/files.ts';
import { find } from './programs/find.ts';
import { getent } from './programs/getent.ts';
import { egrep, fgrep, grep } from './programs/grep.ts';
import { head } from './programs/head.ts';
import { host } from './programs/host.ts';
import { du, mktemp, readlink, realpath, stat } from './programs/inspect.ts';
import { killProgram } from './programs/kill.ts';
import { ls } from './programs/ls.ts';
import { httpd, ip, nc, ping } from './programs/nettools.ts';
import { nslookup } from './programs/nslookup.ts';
import { printf } from './programs/printf.ts';
import { df, free, id, mount, nohup, pgrep, pkill, ps, sudo, timeout, top, uname, uptime, watch, xargs } from './programs/processes.ts';
import { sed } from './programs/sed.ts';
import { seq } from './programs/seq.ts';
import { sleep } from './programs/sleep.ts';
import { basename, clear, dirname, falseProgram, hostname, nproc, pwd, sync, trueProgram, tty, whoami, yes } from './programs/small.ts';
import { sort } from './programs/sort.ts';
import { tail } from './programs/tail.ts';
import { tar } from './programs/tar.ts';
import { tee } from './programs/tee.ts';
import { bracket, test } from './programs/test.ts';
import { base64, md5sum, nl, od, paste, rev, sha1sum, sha256sum, sha512sum, tac } from './programs/text.ts';
import { tr } from './programs/tr.ts';
import { uniq } from './programs/uniq.ts';
import { wc } from './programs/wc.ts';
import { wget } from './programs/wget.ts';
import { which } from './programs/which.ts';
import { ash, bash, dash } from './sh/sh.ts';

interface Entry {
  /** Where Debian has it; busybox has all in /bin. Absent: busybox only. */
  readonly gnu?: '/bin' | '/usr/bin' | '/usr/sbin' | '/sbin';
  readonly busybox?: boolean;
  readonly make: (flavour: Flavour) => Program;
}

const entries: readonly Entry[] = [
  { gnu: '/usr/bin', busybox: true, make: awk },
  { gnu: '/usr/bin', busybox: true, make: base64 },
  { gnu: '/usr/bin', busybox: true, make: basename },
  { gnu: '/usr/bin', busybox: true, make: () => bracket },
  { gnu: '/bin', busybox: true, make: cat },
  { gnu: '/bin', busybox: true, make: chgrp },
  { gnu: '/bin', busybox: true, make: chmod },
  { gnu: '/bin', busybox: true, make: chown },
  { gnu: '/usr/bin', busybox: true, make: clear },
  { gnu: '/bin', busybox: true, make: cp },
  { gnu: '/usr/bin', make: curl },
  { gnu: '/usr/bin', busybox: true, make: cut },
  { gnu: '/bin', busybox: true, make: date },
  { gnu: '/bin', busybox: true, make: df },
  { gnu: '/usr/bin', busybox: true, make: diff },
  { gnu: '/usr/bin', make: dig },
  { gnu: '/usr/bin', busybox: true, make: dirname },
  { gnu: '/usr/bin', busybox: true, make: du },
  { gnu: '/bin', busybox: true, make: () => echo },
  { gnu: '/bin', busybox: true, make: egrep },
  { gnu: '/usr/bin', busybox: true, make: env },
  { gnu: '/usr/bin', busybox: true, make: expr },
  { gnu: '/bin', busybox: true, make: falseProgram },
  { gnu: '/bin', busybox: true, make: fgrep },
  { gnu: '/usr/bin', busybox: true, make: find },
  { gnu: '/usr/bin', busybox: true, make: free },
  { gnu: '/usr/bin', make: getent },
  { gnu: '/bin', busybox: true, make: grep },
  { gnu: '/usr/bin', busybox: true, make: head },
  { gnu: '/usr/bin', make: host },
  { gnu: '/bin', busybox: true, make: hostname },
  { busybox: true, make: httpd },
  { gnu: '/usr/bin', busybox: true, make: id },
  { gnu: '/sbin', busybox: true, make: ip },
  { gnu: '/bin', busybox: true, make: (flavour) => killProgram(flavour === 'gnu' ? 'procps' : 'ash') },
  { gnu: '/bin', busybox: true, make: ln },
  { gnu: '/bin', busybox: true, make: ls },
  { gnu: '/usr/bin', busybox: true, make: md5sum },
  { gnu: '/bin', busybox: true, make: mkdir },
  { gnu: '/bin', busybox: true, make: mktemp },
  { gnu: '/bin', busybox: true, make: mount },
  { gnu: '/bin', busybox: true, make: mv },
  { gnu: '/bin', busybox: true, make: nc },
  { gnu: '/usr/bin', busybox: true, make: nl },
  { gnu: '/usr/bin', busybox: true, make: nohup },
  { gnu: '/usr/bin', busybox: true, make: nproc },
  { gnu: '/usr/bin', busybox: true, make: nslookup },
  { gnu: '/usr/bin', busybox: true, make: od },
  { gnu: '/usr/bin', busybox: true, make: paste },
  { gnu: '/usr/bin', make: pgrep },
  { gnu: '/bin', busybox: true, make: ping },
  { gnu: '/usr/bin', make: pkill },
  { gnu: '/usr/bin', busybox: true, make: printenv },
  { gnu: '/usr/bin', busybox: true, make: () => printf },
  { gnu: '/bin', busybox: true, make: ps },
  { gnu: '/bin', busybox: true, make: pwd },
  { gnu: '/bin', busybox: true, make: readlink },
  { gnu: '/usr/bin', busybox: true, make: realpath },
  { gnu: '/usr/bin', busybox: true, make: rev },
  { gnu: '/bin', busybox: true, make: rm },
  { gnu: '/bin', busybox: true, make: rmdir },
  { gnu: '/bin', busybox: true, make: sed },
  { gnu: '/usr/bin', busybox: true, make: seq },
  { gnu: '/usr/bin', busybox: true, make: sha1sum },
  { gnu: '/usr/bin', busybox: true, make: sha256sum },
  { gnu: '/usr/bin', busybox: true, make: sha512sum },
  { gnu: '/bin', busybox: true, make: sleep },
  { gnu: '/usr/bin', busybox: true, make: sort },
  { gnu: '/usr/bin', busybox: true, make: stat },
  { gnu: '/usr/bin', make: sudo },
  { gnu: '/bin', busybox: true, make: sync },
  { gnu: '/usr/bin', busybox: true, make: tac },
  { gnu: '/usr/bin', busybox: true, make: tail },
  { gnu: '/bin', busybox: true, make: tar },
  { gnu: '/usr/bin', busybox: true, make: tee },
  { gnu: '/usr/bin', busybox: true, make: () => test },
  { gnu: '/usr/bin', busybox: true, make: timeout },
  { gnu: '/usr/bin', busybox: true, make: top },
  { gnu: '/bin', busybox: true, make: touch },
  { gnu: '/usr/bin', busybox: true, make: tr },
  { gnu: '/bin', busybox: true, make: trueProgram },
  { gnu: '/usr/bin', busybox: true, make: tty },
  { gnu: '/bin', busybox: true, make: uname },
  { gnu: '/usr/bin', busybox: true, make: uniq },
  { gnu: '/usr/bin', busybox: true, make: uptime },
  { gnu: '/usr/bin', busybox: true, make: watch },
  { gnu: '/usr/bin', busybox: true, make: wc },
  { gnu: '/usr/bin', busybox: true, make: wget },
  { gnu: '/usr/bin', busybox: true, make: () => which },
  { gnu: '/usr/bin', busybox: true, make: whoami },
  { gnu: '/usr/bin', busybox: true, make: xargs },
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
