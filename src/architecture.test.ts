import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { MAY_IMPORT, PACKAGE_HOMES } from './architecture.ts';

const SRC = dirname(fileURLToPath(import.meta.url));
const IMPORT =
  /^\s*(?:import|export)\b(?:[^'"`;]*?\bfrom)?\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)|new URL\(\s*['"](\.[^'"]+)['"]/gm;

function sources(folder = SRC): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'testdata' ? [] : sources(path);
    return /\.tsx?$/.test(entry.name) ? [relative(SRC, path).replaceAll('\\', '/')] : [];
  });
}

/** What a file imports: [specifier, is it only for types]. */
function importsOf(text: string): { specifier: string; typeOnly: boolean }[] {
  return [...text.matchAll(IMPORT)].map((match) => ({
    specifier: match[1] ?? match[2] ?? match[3],
    typeOnly: /^\s*(import|export)\s+type\b/.test(match[0]),
  }));
}

function folderOf(file: string): string {
  const folders = Object.keys(MAY_IMPORT).filter((folder) => file.startsWith(`${folder}/`));
  return folders.sort((a, b) => b.length - a.length)[0] ?? '';
}

/** Why this import is not allowed, or undefined. */
function judge(file: string, specifier: string): string | undefined {
  const clean = specifier.split('?')[0];
  if (clean.startsWith('.')) {
    const target = posix.normalize(posix.join(posix.dirname(file), clean));
    if (target.startsWith('..')) return undefined;
    const from = folderOf(file);
    const to = folderOf(target);
    if (from === to || to === '') return undefined;
    const allowed = MAY_IMPORT[from] ?? [];
    if (allowed.includes(to) || (to.startsWith('cluster/') && allowed.includes('cluster'))) return undefined;
    return `${file} imports ${target}: ${from} may not import ${to}`;
  }
  for (const [name, homes] of Object.entries(PACKAGE_HOMES)) {
    const family = name.endsWith('*') ? clean.startsWith(name.slice(0, -1)) : clean === name || clean.startsWith(`${name}/`);
    if (family && !homes.some((home) => home.test(file))) return `${file} imports ${specifier} outside its home`;
  }
  return undefined;
}

const files = sources().filter((file) => !/\.(test|bench)\.tsx?$|(^|\/)test-[^/]*\.ts$/.test(file) && !file.startsWith('architecture'));
const texts = new Map(files.map((file) => [file, readFileSync(join(SRC, file), 'utf8')]));

test('every import is one that the import table allows', () => {
  const faults = files.flatMap((file) => importsOf(texts.get(file)!).flatMap(({ specifier }) => judge(file, specifier) ?? []));
  expect(faults).toEqual([]);
});

test('a forbidden import and a package outside its home are found', () => {
  expect(judge('sim/queue.ts', '../cluster/etcd/etcd.ts')).toBe(
    'sim/queue.ts imports cluster/etcd/etcd.ts: sim may not import cluster/etcd',
  );
  expect(judge('cluster/etcd/etcd.ts', 'node:fs')).toBe('cluster/etcd/etcd.ts imports node:fs outside its home');
});

test('no file imports itself through others', () => {
  const edges = new Map(
    files.map((file) => [
      file,
      importsOf(texts.get(file)!)
        .filter(({ specifier, typeOnly }) => specifier.startsWith('.') && !typeOnly)
        .map(({ specifier }) => posix.normalize(posix.join(posix.dirname(file), specifier.split('?')[0]))),
    ]),
  );
  const state = new Map<string, 'open' | 'done'>();
  const cycles: string[] = [];
  const visit = (file: string, path: string[]): void => {
    if (state.get(file) === 'done') return;
    if (state.get(file) === 'open') {
      cycles.push([...path.slice(path.indexOf(file)), file].join(' → '));
      return;
    }
    state.set(file, 'open');
    for (const target of edges.get(file) ?? []) if (edges.has(target)) visit(target, [...path, file]);
    state.set(file, 'done');
  };
  for (const file of files) visit(file, []);
  expect(cycles).toEqual([]);
});

test('the engine never reads a wall clock, rolls its own dice or waits', () => {
  const engine = files.filter((file) => /^(sim|cluster|posix|shell)\//.test(file) && file !== 'sim/pace.ts');
  const faults = engine.filter((file) =>
    /\bDate\.now\(|\bMath\.random\(|\bset(?:Timeout|Interval)\(|\bperformance\.now\(|\basync\b[^'"\n]*(?:=>|function)/.test(
      texts.get(file)!.replace(/\/\/.*|\/\*[\s\S]*?\*\//g, ''),
    ),
  );
  expect(faults).toEqual([]);
});

test('no folder hides its meaning behind index, utils, helpers, common or types', () => {
  expect(files.filter((file) => /(^|\/)index\.tsx?$|(^|\/)(utils?|helpers?|common|types)\//.test(file))).toEqual([]);
});
