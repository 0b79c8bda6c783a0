import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  QUANTITY_FORMAT_ERROR,
  quantity,
  quantityMilliValue,
  quantityValue,
  subtractQuantities,
} from './quantity.ts';

describe('quantities', () => {
  test.each([
    ['1', '1'],
    ['1000m', '1'],
    ['100m', '100m'],
    ['0.1', '100m'],
    ['1.5', '1500m'],
    ['0', '0'],
    ['1Gi', '1Gi'],
    ['1024Mi', '1Gi'],
    ['1.5Gi', '1536Mi'],
    ['1000Ki', '1000Ki'],
    ['1024', '1024'],
    ['1e3', '1e3'],
    ['1500e3', '1500e3'],
    ['100k', '100k'],
    ['1000k', '1M'],
    ['-1', '-1'],
    ['+1', '1'],
    ['.5', '500m'],
    ['1.', '1'],
    ['64Mi', '64Mi'],
    ['0.5Mi', '512Ki'],
    ['1m', '1m'],
  ])('%s is stored as %s', (text, canonical) => {
    expect(canonicalQuantity(text)).toBe(canonical);
  });

  test.each(['', 'abc', '1 Gi', '10MB', '1.2.3', '--1', 'Gi'])('%j is refused', (text) => {
    expect(parseQuantity(text)).toBe(QUANTITY_FORMAT_ERROR);
  });

  test('bytes and millicores round up', () => {
    expect([quantityValue(quantity('1500m')), quantityMilliValue(quantity('1')), quantityMilliValue(quantity('1u'))]).toEqual([2, 1000, 1]);
  });

  test('canonical text keeps the amount, and adding and subtracting undo each other', () => {
    const amount = fc
      .tuple(fc.integer({ min: 0, max: 100_000 }), fc.constantFrom('', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'e3'))
      .map(([value, suffix]) => quantity(`${value}${suffix}`));
    fc.assert(
      fc.property(amount, amount, (a, b) => {
        expect(compareQuantities(quantity(formatQuantity(a)), a)).toBe(0);
        expect(compareQuantities(subtractQuantities(addQuantities(a, b), b), a)).toBe(0);
      }),
      { seed: 3, numRuns: 500 },
    );
  });
});
