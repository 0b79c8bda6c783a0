import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tail } from './tail.ts';

test('a text within twice its limit stays as it is', () => {
  expect(tail('one\ntwo\n', 4)).toBe('one\ntwo\n');
});

test('a longer text is cut at the beginning of a line', () => {
  expect(tail('one\ntwo\nthree\n', 6)).toBe('three\n');
});

test('one line without an end is cut anywhere', () => {
  expect(tail('abcdefgh', 3)).toBe('fgh');
  expect(tail('abcdefgh\n', 3)).toBe('gh\n');
});

test('whatever is printed, what is kept is the end of it and never more than twice the limit', () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[ab\n]{0,9}$/)), fc.integer({ min: 1, max: 12 }), (parts, kept) => {
      let text = '';
      for (const part of parts) text = tail(text + part, kept);
      expect(parts.join('').endsWith(text)).toBe(true);
      expect(text.length).toBeLessThanOrEqual(2 * kept);
    }),
  );
});
