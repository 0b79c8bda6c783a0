// Replays a recorded user session in a fresh world: the recording's files, namespace and commands, its pauses in virtual time.
// Models: the recordings' format (e2e/recorded/cluster/README.md)

export interface RunStep {
  readonly run: string;
  readonly exit: number;
  readonly out: string;
  readonly err?: string;
  readonly stdin?: string;
  readonly t?: number;
  readonly took?: number;
}

export type Step =
  | RunStep
  | { readonly sleep: number }
  | { readonly until: string; readonly ok: boolean; readonly waited: number }
  | { readonly [other: string]: unknown };

export interface Scenario {
  readonly name: string;
  readonly namespace?: string;
  readonly files: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

/** What a replay needs of a world. Times in virtual milliseconds. */
export interface Terminal {
  readonly now: number;
  writeFile(path: string, text: string): void;
  /** Runs a line to its end (or `limitMs` of virtual time). */
  run(
    line: string,
    options?: { readonly stdin?: string; readonly limitMs?: number },
  ): { readonly exit: number; readonly out: string; readonly err: string };
  /** Starts a line and goes on. */
  background(line: string): void;
  advance(ms: number): void;
  /** Makes a namespace the default of kubectl's context. */
  switchNamespace(namespace: string): void;
}

/** What a command takes at least on an idle machine: starting the program and reading its configuration. */
const COMMAND_MS = 60;
/** A recorded command never took longer; ours is then stuck. */
const LIMIT_MS = 15 * 60_000;
const POLL_MS = 500;
/** An `until` that a real, loaded cluster met gets this much longer here before it is given up. */
const UNTIL_SLACK = 3;

const isRun = (step: Step): step is RunStep => typeof (step as RunStep).run === 'string';
const isSleep = (step: Step): step is { readonly sleep: number } => typeof (step as { sleep?: unknown }).sleep === 'number';
const isUntil = (step: Step): step is { readonly until: string; readonly ok: boolean; readonly waited: number } =>
  typeof (step as { until?: unknown }).until === 'string';

function prepare(scenario: Scenario, terminal: Terminal): void {
  for (const [name, text] of Object.entries(scenario.files ?? {})) terminal.writeFile(name, text);
  if (scenario.namespace === undefined) return;
  terminal.run(`kubectl create namespace ${scenario.namespace}`);
  for (let i = 0; i < 100; i++) {
    if (terminal.run(`kubectl get serviceaccount default -n ${scenario.namespace}`).exit === 0) break;
    terminal.advance(100);
  }
  terminal.switchNamespace(scenario.namespace);
}

/** A run of ours in the recording's own shape, for the yardstick. */
export function replayScenario(scenario: Scenario, terminal: Terminal): { readonly name: string; readonly steps: readonly RunStep[] } {
  prepare(scenario, terminal);
  const steps: RunStep[] = [];
  const begun = terminal.now;
  for (const step of scenario.steps) {
    // As late as the recording was: a real, loaded cluster had had this long.
    const t = (step as { t?: number }).t;
    if (t !== undefined && isRun(step)) terminal.advance(Math.max(0, begun + t * 1000 - terminal.now));
    if (isSleep(step)) terminal.advance(step.sleep * 1000);
    else if (isUntil(step)) {
      const deadline = terminal.now + Math.max(5000, step.waited * 1000 * UNTIL_SLACK);
      while (terminal.run(step.until, { limitMs: LIMIT_MS }).exit !== 0 && terminal.now < deadline) terminal.advance(POLL_MS);
    } else if (isRun(step)) steps.push(replayRun(step, terminal));
  }
  return { name: scenario.name, steps };
}

function replayRun(step: RunStep, terminal: Terminal): RunStep {
  const line = step.run.trimEnd();
  if (/[^&]&$/.test(line)) {
    terminal.background(line.slice(0, -1));
    terminal.advance(COMMAND_MS);
    return { run: step.run, exit: 0, out: '', err: '' };
  }
  const begun = terminal.now;
  const { exit, out, err } = terminal.run(step.run, { stdin: step.stdin, limitMs: LIMIT_MS });
  const short = begun + COMMAND_MS - terminal.now;
  if (short > 0) terminal.advance(short);
  return { run: step.run, exit, out, err };
}
