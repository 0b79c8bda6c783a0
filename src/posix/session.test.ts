// Transcripts in testdata/*.session: each `$ command` line is run by one shell, and what it prints must be what follows.
// `[exit N]` after the output when the status is not 0. The first line may name the machine: `# machine: busybox|debian|bash`.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSim } from '../sim/sim.ts';
import { buildRoot, lookupIn } from './installed.ts';
import { createProcesses, type ProcessKernel } from './kernel.ts';
import type { Machine } from './machine.ts';
import { busyboxPrograms, gnuPrograms } from './programs.ts';
import { TreeFileSystem } from './tree.ts';

interface Step {
  readonly command: string;
  readonly expected: string;
}

function parseSession(text: string): { readonly machine: string; readonly steps: readonly Step[] } {
  const machine = /^# machine: (\S+)/.exec(text)?.[1] ?? 'bash';
  const steps: { command: string; expected: string }[] = [];
  for (const line of text.split('\n')) {
    const last = steps[steps.length - 1];
    if (line.startsWith('$ ')) steps.push({ command: line.slice(2), expected: '' });
    else if (line.startsWith('> ') && last !== undefined && last.expected === '') last.command += `\n${line.slice(2)}`;
    else if (last !== undefined) last.expected += `${line}\n`;
  }
  return {
    machine,
    steps: steps.map(({ command, expected }) => ({ command, expected: expected.replace(/\n+$/, '\n').replace(/^\n$/, '') })),
  };
}

function machineOf(kind: string): { readonly machine: Machine; readonly shell: readonly string[] } {
  const programs = kind === 'busybox' ? busyboxPrograms : gnuPrograms;
  const root = buildRoot(programs, {
    '/etc/passwd': 'root:x:0:0:root:/root:/bin/bash\nwww-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\n',
    '/etc/group': 'root:x:0:\nwww-data:x:33:\n',
    '/etc/hosts': '127.0.0.1\tlocalhost\n10.244.0.7\tweb-1\n',
    '/root/': '',
    '/tmp/': { mode: 0o777 },
  });
  const files = new TreeFileSystem(root);
  const machine: Machine = { hostname: 'web-1', files, lookup: lookupIn(programs, files), network: undefined, devices: {}, firstPid: 1000 };
  return { machine, shell: kind === 'busybox' || kind === 'debian' ? ['sh', '-c'] : ['bash', '-c'] };
}

/** Runs one command line; a thousand simulated seconds at most. */
function run(kernel: ProcessKernel, sim: ReturnType<typeof createSim>, machine: Machine, argv: readonly string[]): string {
  let output = '';
  let code: number | undefined;
  const env = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root' };
  kernel.start(
    { machine, argv, env, cwd: '/root', owner: 1 },
    {
      output: (_fd, text) => {
        output += text;
      },
      exit: (status) => {
        code = status.code;
      },
    },
  );
  const limit = sim.now + 1_000_000;
  while (code === undefined && sim.now < limit && sim.step());
  if (output !== '' && !output.endsWith('\n')) output += '\\c\n';
  return code === 0 ? output : `${output}[exit ${code ?? 'never'}]\n`;
}

function replay(text: string): readonly { readonly command: string; readonly expected: string; readonly actual: string }[] {
  const session = parseSession(text);
  const sim = createSim();
  const kernel = createProcesses(sim);
  const { machine, shell } = machineOf(session.machine);
  return session.steps.map(({ command, expected }) => ({ command, expected, actual: run(kernel, sim, machine, [...shell, command]) }));
}

const folder = join(import.meta.dirname, 'testdata');

describe('recorded shell sessions', () => {
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.session'))) {
    it(`prints what ${name} says`, () => {
      const steps = replay(readFileSync(join(folder, name), 'utf8'));
      expect(steps.length).toBeGreaterThan(0);
      const transcript = (of: 'actual' | 'expected') => steps.map((step) => `$ ${step.command}\n${step[of]}`).join('');
      expect(transcript('actual')).toBe(transcript('expected'));
    });
  }

  it('notices a planted difference', () => {
    const [step] = replay('$ echo one\ntwo\n');
    expect(step?.actual).toBe('one\n');
    expect(step?.actual).not.toBe(step?.expected);
  });
});
