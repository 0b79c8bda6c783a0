import { expect, it } from 'vitest';
import { failureText, Failures, Failure, StatusFailure } from './errors.ts';
import { bool, duration, parseFlags, strings, text, whole } from './flags.ts';
import { findCommand } from './find-command.ts';
import { suggestions } from './help.ts';
import { COMMANDS } from './commands.ts';

const SPECS = [
  bool('watch', '', { short: 'w' }),
  text('output', '', { short: 'o' }),
  whole('replicas', ''),
  strings('filename', '', { short: 'f' }),
  duration('timeout', ''),
  text('dry-run', '', { bare: 'unchanged' }),
];

it('reads long and short flags, lists, bare values and what follows --', () => {
  const { flags, args, dash } = parseFlags(SPECS, [
    'pods',
    '-wo',
    'yaml',
    '--replicas=3',
    '-f',
    'a,b',
    '-fc',
    '--dry-run',
    'x',
    '--timeout',
    '1m30s',
    '--',
    '-w',
  ]);
  expect([
    flags.bool('watch'),
    flags.text('output'),
    flags.int('replicas'),
    flags.list('filename'),
    flags.text('dry-run'),
    flags.duration('timeout'),
    args,
    dash,
  ]).toEqual([true, 'yaml', 3, ['a', 'b', 'c'], 'unchanged', 90_000, ['pods', 'x', '-w'], 2]);
});

it.each([
  [['--foo'], 'unknown flag: --foo'],
  [['-z'], "unknown shorthand flag: 'z' in -z"],
  [['-o'], "flag needs an argument: 'o' in -o"],
  [['--output'], 'flag needs an argument: --output'],
  [['--replicas=x'], 'invalid argument "x" for "--replicas" flag: strconv.ParseInt: parsing "x": invalid syntax'],
  [['--timeout=5'], 'invalid argument "5" for "--timeout" flag: time: missing unit in duration "5"'],
])('%j is refused in the words of pflag', (line, message) => {
  expect(() => parseFlags(SPECS, line)).toThrow(message);
});

it('finds commands behind flags and below others', () => {
  expect(findCommand(['-n', 'get', 'get', 'pods']).path).toBe('kubectl get');
  expect(findCommand(['--context=x', 'create', '-o', 'yaml', 'secret', 'tls', 'a']).path).toBe('kubectl create secret tls');
});

it('suggests what may have been meant', () => {
  expect(suggestions('ls', COMMANDS)).toEqual(['get', 'logs', 'cp']);
  expect(suggestions('foo', COMMANDS)).toEqual(['top']);
  expect(suggestions('remove', COMMANDS)).toEqual(['delete']);
});

it('prints refusals of the server as kubectl does', () => {
  const status = (reason: string, message: string, details?: object) =>
    new StatusFailure({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      reason,
      message,
      ...(details === undefined ? {} : { details }),
    });
  const causes = [
    { field: 'spec.x', message: 'Required value' },
    { field: 'spec.y', message: 'Forbidden: no' },
  ];
  expect(failureText(status('Invalid', 'm', { kind: 'Pod', name: 'web', causes: causes.slice(0, 1) }))).toBe(
    'The Pod "web" is invalid: spec.x: Required value',
  );
  expect(failureText(status('Invalid', 'm', { kind: 'Pod', name: 'web', causes }))).toBe(
    'The Pod "web" is invalid: \n* spec.x: Required value\n* spec.y: Forbidden: no',
  );
  expect(failureText(status('NotFound', 'pods "x" not found'))).toBe('Error from server (NotFound): pods "x" not found');
  expect(failureText(new Failures([status('NotFound', 'a'), new Failure('timed out')]))).toBe('Error from server (NotFound): a\ntimed out');
  expect(failureText(new Failure('no objects passed to apply'))).toBe('error: no objects passed to apply');
});
