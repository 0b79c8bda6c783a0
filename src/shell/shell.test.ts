// The user's terminal: typed keys against what the screen shows, minikube against a driver that makes machines at once, and
// transcripts in testdata/*.session.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSim } from '../sim/sim.ts';
import { buildRoot, lookupIn } from '../posix/installed.ts';
import { createProcesses } from '../posix/kernel.ts';
import type { Device, Machine } from '../posix/machine.ts';
import { gnuPrograms } from '../posix/programs.ts';
import { TreeFileSystem } from '../posix/tree.ts';
import type { NodeStatus } from './programs/minikube/driver.ts';
import { createUserMachine, HOME, runLine, Session, userEnvironment } from './shell.ts';

/** Makes every machine at once. */
function driver(): Device {
  const clusters = new Map<string, NodeStatus[]>();
  const change = (profile: string, node: string, state: 'Running' | 'Stopped') => {
    clusters.set(
      profile,
      (clusters.get(profile) ?? []).map((entry) =>
        entry.node === node ? { ...entry, host: state, kubelet: state, apiServer: state } : entry,
      ),
    );
  };
  const calls: Readonly<Record<string, (args: any) => unknown>> = {
    create: ({ profile }) => clusters.set(profile, []) && undefined,
    createNode({ profile, node, controlPlane }) {
      const nodes = clusters.get(profile) ?? [];
      const ip = `192.168.${49 + 9 * [...clusters.keys()].indexOf(profile)}.${nodes.length + 2}`;
      clusters.set(profile, [...nodes, { node, ip, controlPlane, host: 'Running', kubelet: 'Running', apiServer: 'Running' }]);
      return { ip };
    },
    phase: () => undefined,
    status: ({ profile }) => clusters.get(profile),
    powerOff: ({ profile, node }) => change(profile, node, 'Stopped'),
    powerOn: ({ profile, node }) => change(profile, node, 'Running'),
    removeNode: ({ profile, node }) =>
      clusters.set(
        profile,
        (clusters.get(profile) ?? []).filter((entry) => entry.node !== node),
      ) && undefined,
    removeCluster: ({ profile }) => clusters.delete(profile) && undefined,
    machine({ node }): Machine {
      const files = new TreeFileSystem(buildRoot(gnuPrograms, { '/home/docker/': '' }));
      return { hostname: node, files, lookup: lookupIn(gnuPrograms, files), network: undefined, devices: {}, firstPid: 800 };
    },
  };
  return { call: (_ticket, call, args) => ({ now: calls[call]?.(args) }) };
}

function world() {
  const sim = createSim();
  const processes = createProcesses(sim);
  const machine = createUserMachine({ devices: { minikube: driver() } });
  return { sim, processes, machine };
}

function runner(env: Readonly<Record<string, string>> = {}) {
  const { sim, processes, machine } = world();
  let owner = 100;
  return (line: string): string => {
    let output = '';
    let code: number | undefined;
    runLine(
      { processes, machine, owner: owner++, line, env: { ...userEnvironment, ...env } },
      { output: (_fd, text) => (output += text), exit: (status) => (code = status.code) },
    );
    const limit = sim.now + 600_000;
    while (code === undefined && sim.now < limit && sim.step());
    return code === 0 ? output : `${output}[exit ${code ?? 'never'}]\n`;
  };
}

function terminal(columns = 80) {
  const { sim, processes, machine } = world();
  let screen = '';
  let ended: number | undefined;
  const session = new Session({
    processes,
    machine,
    owner: 1,
    columns,
    rows: 24,
    onOutput: (text) => (screen += text),
    onExit: (code) => (ended = code),
  });
  const settle = () => sim.runUntil(sim.now + 50);
  settle();
  return {
    type(keys: string, waitMs = 50): string {
      screen = '';
      session.key(keys);
      sim.runUntil(sim.now + waitMs);
      return plain(screen);
    },
    session,
    sim,
    get ended() {
      return ended;
    },
    first: plain(screen),
  };
}

/** Without the switching of bracketed paste, which every prompt does. */
function plain(text: string): string {
  return text.replace(/\x1b\[\?2004[hl]/g, '');
}

describe('the terminal', () => {
  it('shows a prompt, echoes what is typed, and runs it', () => {
    const shell = terminal();
    expect(shell.first).toBe('$ ');
    expect(shell.type('echo hi')).toBe('echo hi');
    expect(shell.type('\r')).toBe('\r\nhi\r\n$ ');
  });

  it('recalls earlier lines and edits them', () => {
    const shell = terminal();
    shell.type('echo one\r');
    shell.type('\x1b[A');
    expect(shell.type('\x7f\x7f\x7ftwo\r')).toContain('\r\ntwo\r\n$ ');
    expect(shell.type('\x1b[A\x1b[A\x01\x1b[C\x1b[C\x1b[C\x1b[C\x05!\r')).toContain('\r\none!\r\n');
  });

  it('ends a running program with Ctrl-C and says ^C', () => {
    const shell = terminal();
    shell.type('sleep 100\r');
    expect(shell.type('\x03')).toBe('^C\r\n$ ');
    expect(shell.type('echo $?\r')).toContain('\r\n130\r\n$ ');
  });

  it('ends a loop with Ctrl-C, also one that never waits', () => {
    const shell = terminal();
    shell.type('while true; do sleep 1; done\r', 5000);
    expect(shell.type('\x03')).toBe('^C\r\n$ ');
    shell.type('while true; do :; done\r', 5000);
    expect(shell.type('\x03', 3000)).toBe('^C$ ');
  });

  it('runs all of the next line after a Ctrl-C that ended a loop of builtins', () => {
    const shell = terminal();
    shell.type('while true; do echo x; done\r', 4000);
    shell.type('\x03', 3000);
    expect(shell.type('echo $?; echo two\r')).toContain('\r\n130\r\ntwo\r\n$ ');
  });

  it('asks for the rest of an unfinished command', () => {
    const shell = terminal();
    expect(shell.type('for i in 1 2; do\r')).toContain('\r\n> ');
    expect(shell.type('echo $i; done\r')).toContain('\r\n1\r\n2\r\n$ ');
    shell.type('cat <<EOF\r');
    shell.type('a $HOME\r');
    expect(shell.type('EOF\r')).toContain('\r\na /home/user\r\n$ ');
  });

  it('takes a paste of several lines as a whole', () => {
    const shell = terminal();
    expect(shell.type('\x1b[200~echo a\necho b\x1b[201~')).toContain('echo a\r\necho b');
    expect(shell.type('\r')).toContain('a\r\nb\r\n$ ');
  });

  it('completes commands, files and folders', () => {
    const shell = terminal();
    expect(shell.type('cat gue\t')).toContain('guestbook/');
    expect(shell.type('frontend-s\t')).toContain('ervice.yaml ');
    shell.type('\x03');
    expect(shell.type('miniku\t')).toBe('minikube ');
    expect(shell.type('pro\t')).toBe('profile ');
  });

  it('searches backwards with Ctrl-R', () => {
    const shell = terminal();
    shell.type('echo first\r');
    shell.type('echo second\r');
    expect(shell.type('\x12fir')).toContain("(reverse-i-search)`fir': echo first");
    expect(shell.type('\r')).toContain('\r\nfirst\r\n');
  });

  it('reads lines for programs with echo and Ctrl-D', () => {
    const shell = terminal();
    shell.type('cat\r');
    expect(shell.type('hello\r')).toBe('hello\r\nhello\r\n');
    expect(shell.type('\x04')).toBe('$ ');
  });

  it('leaves with Ctrl-D', () => {
    const shell = terminal();
    shell.type('\x04');
    expect(shell.ended).toBe(0);
  });

  it('keeps a long line in order when it wraps', () => {
    const shell = terminal(20);
    shell.type('echo aaaaaaaaaaaaaaaaaaaaaaaa');
    expect(shell.type('\x01')).toContain('\x1b[1A');
    expect(shell.type('\x05b\r')).toContain('aaaaaaaaaaaaaaaaaaaaaaaab\r\n');
  });

  it('opens a shell on a node and comes back', () => {
    const shell = terminal();
    shell.type('minikube start\r', 60_000);
    expect(shell.type('minikube ssh\r', 1000)).toContain('docker@minikube:~$ ');
    expect(shell.type('hostname\r', 1000)).toContain('minikube\r\ndocker@minikube:~$ ');
    expect(shell.type('sleep 50\r', 100)).toContain('\r\n');
    expect(shell.type('\x03', 100)).toContain('^C\r\ndocker@minikube:~$ ');
    expect(shell.type('exit\r', 1000)).toContain('$ ');
    expect(shell.type('hostname\r', 1000)).toContain('kubarium');
  });
});

describe('minikube', () => {
  it('starts with the step lines of the real one, in both forms', () => {
    const steps = JSON.parse(readFileSync('e2e/recorded/minikube/steps.json', 'utf8')).flows['start-docker'] as {
      style: string;
      emoji: string;
      plain: string;
    }[];
    const ours = (text: string) =>
      text
        .replaceAll('v1.35.1', 'v1.37.2')
        .replace('selected the docker driver', 'selected the docker driver. Other choices: none, ssh')
        .replace('Memory=3900MB', 'Memory=3900MB');
    const expected = (form: 'emoji' | 'plain') =>
      steps
        .filter((step) => form === 'emoji' || step.style !== 'SubStep')
        .map((step) => `${ours(step[form])}\n`)
        .join('');
    expect(runner()('minikube start')).toBe(expected('plain'));
    expect(runner({ MINIKUBE_IN_STYLE: 'true' })('minikube start').replace(/^ {4}▪ MINIKUBE_IN_STYLE=true\n/m, '')).toBe(expected('emoji'));
  });
});

describe('recorded sessions of the user machine', () => {
  const folder = join(import.meta.dirname, 'testdata');
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.session'))) {
    it(`prints what ${file} says`, () => {
      const text = readFileSync(join(folder, file), 'utf8');
      const run = runner(/^# emoji/.test(text) ? { MINIKUBE_IN_STYLE: 'true' } : {});
      const parts = text.split(/^\$ /m).slice(1);
      const actual = parts.map((part) => {
        const command = part.slice(0, part.indexOf('\n'));
        return `${command}\n${run(command)
          .replace(/^ {4}▪ MINIKUBE_IN_STYLE=true\n/m, '')
          .replace(/\n+$/, '\n')}`;
      });
      expect(parts.length).toBeGreaterThan(0);
      expect(actual.join('\n')).toBe(parts.map((part) => `${part.replace(/\n+$/, '')}\n`).join('\n'));
    });
  }

  it('has its home in place', () => {
    expect(runner()('cd; pwd; cat web.yaml | head -2')).toBe(`${HOME}\napiVersion: apps/v1\nkind: Deployment\n`);
  });
});
