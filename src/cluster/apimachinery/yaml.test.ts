import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseYaml, parseYamlDocuments, printYaml } from './yaml.ts';

const RECORDED = new URL('../../../e2e/recorded/', import.meta.url);

function recordedYaml(): { readonly name: string; readonly text: string }[] {
  const out: { name: string; text: string }[] = [];
  const walk = (folder: URL): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory()) walk(new URL(`${entry.name}/`, folder));
      else if (entry.name.endsWith('.json')) {
        const data = JSON.parse(readFileSync(new URL(entry.name, folder), 'utf8'));
        for (const step of data.steps ?? []) {
          if (
            /^kubectl (get|create|run|apply)[^|]*-o ?yaml$/.test(step.run ?? '') &&
            step.out?.startsWith('apiVersion:') &&
            step.exit === 0
          ) {
            out.push({ name: `${fileURLToPath(folder).split('/').at(-2)}/${entry.name} ${step.run}`, text: step.out });
          }
        }
      }
    }
  };
  walk(new URL('cluster/', RECORDED));
  return out;
}

describe('yaml', () => {
  test('every recorded `-o yaml` is printed again exactly as kubectl printed it', () => {
    const cases = recordedYaml();
    expect(cases.length).toBeGreaterThan(20);
    for (const { name, text } of cases) {
      const whole = text.endsWith('\n') ? text : `${text}\n`;
      expect({ name, text: printYaml(parseYaml(whole)[0]) }).toEqual({ name, text: whole });
    }
  });

  test('plain scalars mean what YAML 1.1 says', () => {
    const text = 'a: yes\nb: no\nc: 0777\nd: 0x1F\ne: 1_000\nf: 1e3\ng: ~\nh:\ni: "yes"\nj: 1.5\nk: 2024-01-01\nno: x\n1: y\nl: 0o17\n';
    expect(parseYaml(text)).toEqual([
      {
        a: true,
        b: false,
        c: 511,
        d: 31,
        e: 1000,
        f: 1000,
        g: null,
        h: null,
        i: 'yes',
        j: 1.5,
        k: '2024-01-01',
        false: 'x',
        1: true,
        l: 15,
      },
    ]);
  });

  test('anchors, merges and several documents are read', () => {
    expect(parseYaml('a: &x {b: 1}\nc:\n  <<: *x\n  d: 2\n---\n- e\n---\n')).toEqual([{ a: { b: 1 }, c: { b: 1, d: 2 } }, ['e'], null]);
  });

  test('a key given twice is reported with its line, and the last one counts', () => {
    expect(parseYamlDocuments('data:\n  a: "1"\n  a: "2"\n')).toEqual([
      { value: { data: { a: '2' } }, duplicateKeys: ['line 3: key "a" already set in map'] },
    ]);
  });

  test.each([
    ['kind: ConfigMap\n foo: bar\n', 'yaml: line 2: mapping values are not allowed in this context'],
    ['kind:\tConfigMap\n\tx: y', 'yaml: line 2: found a tab character that violates indentation'],
    ['kind: [', 'yaml: line 1: did not find expected node content'],
    ['apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\n labels:\n    a: b\n', 'yaml: line 4: did not find expected key'],
    ['apiVersion: v1\nkind: Pod\nmetadata:\n\tname: x\n', 'yaml: line 4: found character that cannot start any token'],
    ['a: b\nfoo\nc: d\n', "yaml: line 3: could not find expected ':'"],
    ['a: @b\n', 'yaml: line 1: found character that cannot start any token'],
    ['a: *x\n', "yaml: unknown anchor 'x' referenced"],
  ])('%j is refused in the words of go-yaml', (text, message) => {
    expect(() => parseYaml(text)).toThrow(message);
  });

  test.each([
    [
      { a: 'yes', b: 'null', c: '1', d: '1.5', e: '', f: 'a: b', g: '- x', h: ' x', i: 'x#y', j: 'x #y', k: '*', l: '1:30', m: 'a\tb' },
      'a: "yes"\nb: "null"\nc: "1"\nd: "1.5"\ne: ""\nf: \'a: b\'\ng: \'- x\'\nh: \' x\'\ni: x#y\nj: \'x #y\'\nk: \'*\'\nl: "1:30"\nm: "a\\tb"\n',
    ],
    [{ a10: 1, a2: 2, A: 3, _x: 4 }, '_x: 4\nA: 3\na2: 2\na10: 1\n'],
    [{ a: 'x\ny\n', b: ['x\ny'], c: 'x\n\n', d: '  x\ny' }, 'a: |\n  x\n  y\nb:\n- |-\n  x\n  y\nc: |+\n  x\n\nd: |2-\n    x\n  y\n'],
    [{ a: [], b: {}, c: [[1, 2], []], d: [{ e: 1, f: [2] }] }, 'a: []\nb: {}\nc:\n- - 1\n  - 2\n- []\nd:\n- e: 1\n  f:\n  - 2\n'],
  ])('%j is printed with kubectl\u0027s quotes and indents', (value, text) => {
    expect(printYaml(value)).toBe(text);
  });

  test('whatever is printed is read back the same', () => {
    const plain = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.string(),
        fc.constantFrom('yes', 'a\nb\n', '\n', ' x ', "it's", '1e3', '- a', 'long '.repeat(40)),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(fc.stringMatching(/^[a-zA-Z][\w./ -]{0,12}$/), tie('value'), { maxKeys: 4 }),
      ),
    })).value;
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), plain, { maxKeys: 5 }), (value) => {
        expect(parseYaml(printYaml(value))[0] ?? {}).toEqual(value);
      }),
      { seed: 7, numRuns: 400 },
    );
  });
});
