// The parser never hangs and never fails in another way than by a syntax error; quoting brings every word through unchanged.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseNext, parseScript } from './parser.ts';
import { ShellSyntaxError } from './syntax.ts';

const pieces = [
  'echo',
  ' ',
  '\n',
  ';',
  '&&',
  '||',
  '|',
  '&',
  '(',
  ')',
  '{',
  '}',
  'if',
  'then',
  'fi',
  'while',
  'do',
  'done',
  'for',
  'in',
  'case',
  'esac',
  ';;',
  '$',
  '$(',
  '${',
  '}',
  '`',
  '"',
  "'",
  '\\',
  '<<EOF',
  'EOF',
  '>',
  '2>&1',
  '[[',
  ']]',
  '((',
  '))',
  'x=1',
  'a',
  '*',
  '#',
  '!',
  'function',
  '<(',
  '<<<',
  '$((',
  '%',
  '/',
  ':-',
];

describe('the shell parser', () => {
  it('ends on any text, with a script or a syntax error', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...pieces), { maxLength: 30 }),
        fc.constantFrom('bash' as const, 'dash' as const, 'ash' as const),
        (words, dialect) => {
          try {
            parseScript(words.join(''), { dialect });
          } catch (error) {
            expect(error).toBeInstanceOf(ShellSyntaxError);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('always goes forward when it reads line by line', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 20 }), (words) => {
        const text = words.join('');
        let at = 0;
        let line = 1;
        try {
          while (at < text.length) {
            const next = parseNext(text, at, line, { dialect: 'bash' });
            expect(next.at).toBeGreaterThan(at);
            ({ at, line } = next);
          }
        } catch (error) {
          if (!(error instanceof ShellSyntaxError)) throw error;
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('keeps a quoted word as it is, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string(), (word) => {
        const text = `echo '${word.replaceAll("'", `'\\''`)}'`;
        const script = parseScript(text, { dialect: 'dash' });
        const command = script.items[0]?.command.first.commands[0];
        const quoted = command?.kind === 'simple' ? command.words[1] : undefined;
        expect(quoted?.map((part) => (part.kind === 'text' && part.quoted ? part.text : '?')).join('')).toBe(word);
      }),
    );
  });

  it('knows an unfinished command from a wrong one', () => {
    const incomplete = (text: string) => {
      try {
        parseScript(text, { dialect: 'bash' });
        return undefined;
      } catch (error) {
        return (error as ShellSyntaxError).incomplete;
      }
    };
    for (const text of [
      'if true',
      'echo "a',
      "echo 'a",
      'for i in 1 2; do',
      'a |',
      'a &&',
      'cat <<EOF\nx',
      'f() {',
      '(',
      'echo $(',
      'case x in',
      'echo \\\n',
    ])
      expect([text, incomplete(text)]).toEqual([text, true]);
    for (const text of [')', 'fi', 'echo (', '; ;', 'if ; then']) expect([text, incomplete(text)]).toEqual([text, false]);
    for (const text of ['', '# x', 'echo a # b', 'a; b & c', 'if a; then b; fi', 'cat <<EOF\nx\nEOF\n'])
      expect([text, incomplete(text)]).toEqual([text, undefined]);
  });
});
