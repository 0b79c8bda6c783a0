// `parity PATH…`: replays recordings of real programs against this engine and says what differs. Nothing is loosened here: scenarios
// are judged by the recordings' own yardstick.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
// @ts-expect-error The yardstick is plain JavaScript and is used as it is.
import { compareScenario } from '../../e2e/recorded/compare.mjs';
import { proxyModes } from '../cluster/proxy/modes.ts';
import { replayRules } from './rules.ts';
import { replayScenario, type Scenario, type Terminal } from './scenario.ts';
import { replayVectors, VECTOR_FILES, type VectorFile } from './vectors.ts';

export interface CaseResult {
  readonly file: string;
  readonly name: string;
  readonly equal: number;
  readonly differ: number;
  readonly differences: readonly { readonly at: string; readonly want: unknown; readonly got: unknown }[];
}

export interface ParityOptions {
  readonly json: boolean;
  /** Makes the world a scenario is replayed in. */
  terminal(): Terminal;
  print(line: string): void;
}

/** All `.json` files below the paths, sorted. Throws when a path does not exist. */
export function recordings(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    if (!existsSync(path)) throw new Error(`${path}: no such file or folder`);
    if (!statSync(path).isDirectory()) return [path];
    return recordings(
      readdirSync(path)
        .filter((name) => name.endsWith('.json') || statSync(join(path, name)).isDirectory())
        .sort()
        .map((name) => join(path, name)),
    );
  });
}

function scenarioCase(file: string, data: Scenario, terminal: Terminal): CaseResult {
  try {
    const result = compareScenario(data, replayScenario(data, terminal));
    return {
      file,
      name: data.name,
      equal: result.equal,
      differ: result.differ.length,
      differences: result.differ.map((one: { run: string; want: string; got: string }) => ({ at: one.run, want: one.want, got: one.got })),
    };
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const steps = data.steps.filter((step) => 'run' in step && !('sandbox' in step) && !('varies' in step)).length;
    return {
      file,
      name: data.name,
      equal: 0,
      differ: Math.max(1, steps),
      differences: [{ at: 'replay', want: 'no exception', got: message }],
    };
  }
}

function casesOf(file: string, options: ParityOptions): CaseResult[] {
  const data = JSON.parse(readFileSync(file, 'utf8'));
  if (Array.isArray(data.steps)) return [scenarioCase(file, data, options.terminal())];
  const kind = basename(file, '.json') as VectorFile;
  if (Array.isArray(data.vectors) && VECTOR_FILES.includes(kind)) {
    return replayVectors(kind, data).map(({ name, equal, differences }) => ({
      file,
      name,
      equal: equal ? 1 : 0,
      differ: equal ? 0 : 1,
      differences: differences.map(({ path, recorded, ours }) => ({ at: path, want: recorded, got: ours })),
    }));
  }
  if (Array.isArray(data.vectors) && basename(file) === 'rules.json') {
    // Lines are the cases: a rule that is missing or too much is one difference.
    return proxyModes
      .flatMap((mode) => replayRules(data.vectors, mode))
      .map(({ name, lines, missing, extra }) => ({
        file,
        name,
        equal: lines - missing.length,
        differ: missing.length + extra.length,
        differences: [
          ...missing.map((line) => ({ at: 'missing', want: line, got: undefined })),
          ...extra.map((line) => ({ at: 'extra', want: undefined, got: line })),
        ],
      }));
  }
  return [];
}

/** Replays everything and prints; answers whether nothing differed. */
export function parity(paths: readonly string[], options: ParityOptions): boolean {
  const cases: CaseResult[] = [];
  for (const file of recordings(paths)) {
    const ofFile = casesOf(file, options);
    if (ofFile.length === 0) {
      if (!options.json) options.print(`${file}: a format that is not replayed here`);
      continue;
    }
    cases.push(...ofFile);
    if (!options.json) for (const one of ofFile) report(one, options.print);
  }
  const equal = cases.reduce((sum, one) => sum + one.equal, 0);
  const differ = cases.reduce((sum, one) => sum + one.differ, 0);
  if (options.json) options.print(JSON.stringify({ equal, differ, cases }));
  else options.print(`${equal} equal, ${differ} differ`);
  return differ === 0;
}

function report({ file, name, equal, differ, differences }: CaseResult, print: (line: string) => void): void {
  if (differ === 0) return;
  print(`--- ${file}: ${name}: ${equal} equal, ${differ} differ`);
  for (const { at, want, got } of differences) print(`  at   ${at}\n  want ${shown(want)}\n  got  ${shown(got)}`);
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
  return text.trim().replaceAll('\n', '\n       ');
}
