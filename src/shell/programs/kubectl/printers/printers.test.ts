import { describe, expect, it } from 'vitest';
import { parseYaml, printYaml } from '../../../../cluster/apimachinery/yaml.ts';
import { columnsFromSpec } from './custom-columns.ts';
import { parseGoTemplate } from './go-template.ts';
import { printKyaml } from './json.ts';
import { parseJsonPath } from './jsonpath.ts';
import { TablePrinter } from './table.ts';
import { alignTabs } from './tabwriter.ts';

const pods = {
  items: [
    {
      metadata: { name: 'alpha', labels: { app: 'shop' } },
      spec: { containers: [{ image: 'busybox:1.36' }] },
      status: { phase: 'Running' },
    },
    { metadata: { name: 'beta', labels: { app: 'blog' } }, spec: { containers: [{ image: 'nginx' }, { image: 'redis' }] }, status: {} },
  ],
};

describe('jsonpath', () => {
  it.each([
    ['{.items[*].metadata.name}', 'alpha beta'],
    ['{.items[-1:].metadata.name} {.items[0:2].metadata.name}', 'beta alpha beta'],
    ['{.items[?(@.metadata.labels.app=="shop")].metadata.name}', 'alpha'],
    ['{range .items[*]}{.metadata.name}={range .spec.containers[*]}{.image};{end}{"\\n"}{end}', 'alpha=busybox:1.36;\nbeta=nginx;redis;\n'],
    ['{.items[0].metadata.labels}', '{"app":"shop"}'],
    ["{.items[0]['metadata'].name}", 'alpha'],
    ['{.items[*].nope}', ''],
    ['{..image}', 'busybox:1.36 nginx redis'],
  ])('%s prints as kubectl prints it', (template, text) => {
    expect(parseJsonPath(template).print(pods)).toBe(text);
  });

  it('says what is wrong with a template and with an index', () => {
    expect(() => parseJsonPath('{.a.b')).toThrow('error parsing jsonpath {.a.b, unclosed action');
    expect(() => parseJsonPath('{.items[9].metadata.name}').print(pods)).toThrow(
      'Error executing template: array index out of bounds: index 9, length 2. Printing more information',
    );
  });
});

describe('go-template', () => {
  it.each([
    ['{{range .items}}{{.metadata.name}} {{len .spec.containers}}{{"\\n"}}{{end}}', 'alpha 1\nbeta 2\n'],
    ['{{.nope.deeper}}', '<no value>'],
    ['{{(index .items 0).metadata.name}}', 'alpha'],
    ['{{range $k, $v := (index .items 0).metadata.labels}}{{$k}}={{$v}}{{end}}', 'app=shop'],
    ['{{with (index .items 1).status.phase}}{{.}}{{else}}none{{end}}', 'none'],
    ['{{if and (eq 1 1) (ne "a" "b")}}{{printf "%s-%03d" "x" 7}}{{end}}', 'x-007'],
    ['{{range .items -}} {{.metadata.name}} {{- end}}', 'alphabeta'],
    ['{{"YWJj" | base64decode}}', 'abc'],
  ])('%s prints as Go prints it', (template, text) => {
    expect(parseGoTemplate(template).print(pods)).toBe(text);
  });

  it('says what is wrong with a template', () => {
    expect(() => parseGoTemplate('{{.items')).toThrow('error parsing template {{.items, template: output:1: unclosed action');
    expect(() => parseGoTemplate('{{nope .}}')).toThrow('function "nope" not defined');
  });
});

it('custom columns join several values and print <none> for what is missing', () => {
  const { text } = columnsFromSpec('NAME:.metadata.name,IMAGES:.spec.containers[*].image,PHASE:.status.phase', false).print(pods.items);
  expect(text).toBe('NAME    IMAGES         PHASE\nalpha   busybox:1.36   Running\nbeta    nginx,redis    <none>\n');
});

describe('yaml', () => {
  it('quotes, folds and orders as go-yaml does', () => {
    const long = '0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are available: 3 Preemption is not helpful';
    const text = printYaml({
      b10: 'true',
      b9: '42',
      a: long,
      list: ['- x', 'a: b', 'plain'],
      map: {},
      none: null,
      text: 'two\nlines\n',
      tab: 'a\tb',
      time: '2026-11-24T14:06:12Z',
    });
    expect(text).toBe(
      `a: '${long.replace('available: 3 Pre', 'available:\n  3 Pre')}'\nb9: "42"\nb10: "true"\nlist:\n- '- x'\n- 'a: b'\n- plain\nmap: {}\nnone: null\ntab: "a\\tb"\ntext: |\n  two\n  lines\ntime: "2026-11-24T14:06:12Z"\n`,
    );
  });

  it('reads back what it printed', () => {
    const value = {
      spec: { containers: [{ args: ['yes', 'y', '0777', '1e3', '', ' x', "it's", '#', '10:30'], name: 'c' }], n: 1.5, s: 'a\n\n b' },
    };
    expect(parseYaml(printYaml(value))).toEqual([value]);
  });

  it('takes YAML 1.1 booleans for booleans, and says where an error is', () => {
    expect(parseYaml('a: yes\nb: n\nc: 2020-01-01\n')).toEqual([{ a: true, b: false, c: '2020-01-01' }]);
    expect(() => parseYaml('a: b\n  c: d\n')).toThrow(/^yaml: line \d+: mapping values are not allowed in this context$/);
  });

  it('prints KYAML with trailing commas and continued lines', () => {
    expect(printKyaml({ data: { text: 'two\nlines\n' }, list: [{ a: 1 }, { b: 'x' }] })).toBe(
      '---\n{\n  data: {\n    text: "\\\n       two\\n\\\n       lines\\n\\\n      ",\n  },\n  list: [{\n    a: 1,\n  }, {\n    b: "x",\n  }],\n}\n',
    );
  });
});

it('columns of describe end where a line has no such column', () => {
  expect(alignTabs('Name:\tx\nLabels:\ta=b\n\tc=d\nList:\n  Type\tStatus\n  Ready\tTrue\n')).toBe(
    'Name:    x\nLabels:  a=b\n         c=d\nList:\n  Type   Status\n  Ready  True\n',
  );
});

it('a table keeps its widths, names kinds and cuts cells at line breaks', () => {
  const resource = {
    group: 'apps',
    version: 'v1',
    name: 'deployments',
    singular: 'deployment',
    kind: 'Deployment',
    namespaced: true,
    verbs: [],
    shortNames: [],
    categories: [],
    subresources: [],
  };
  const printer = new TablePrinter(resource, {
    noHeaders: false,
    wide: false,
    withNamespace: true,
    withKind: true,
    showLabels: true,
    columnLabels: ['x.io/tier'],
  });
  const columnDefinitions = [
    { name: 'Name', format: 'name', priority: 0 },
    { name: 'Ready', format: '', priority: 0 },
    { name: 'Images', format: '', priority: 1 },
  ];
  const row = (name: string, cell: string) => ({
    cells: [name, cell, 'nginx'],
    object: { metadata: { namespace: 'ns', labels: { a: 'b', 'x.io/tier': 'web' } } },
  });
  expect(
    printer.print({ columnDefinitions, rows: [row('long-name', '1/1')] }) +
      printer.print({ columnDefinitions: null, rows: [row('s', 'x\ny')] }),
  ).toBe(
    'NAMESPACE   NAME                        READY   TIER   LABELS\nns          deployment.apps/long-name   1/1     web    a=b,x.io/tier=web\nns          deployment.apps/s           x...    web    a=b,x.io/tier=web\n',
  );
});
