import { describe, expect, test } from 'vitest';
import type { FlagRecord } from '../../feed/records.ts';
import { barPath, flagsToShow, spanOf } from './bars.ts';

const flag = (at: number, text: string): FlagRecord => ({ kind: 'flag', at, text, sort: 'command' });

describe('the time bar', () => {
  test('always has a future, and grows in steps', () => {
    for (const reached of [0, 30_000, 60_000, 252_384, 86_400_000]) {
      expect(spanOf(reached)).toBeGreaterThan(reached * 1.1);
      expect(spanOf(reached)).toBeLessThan(Math.max(60_001, reached * 1.7));
    }
    expect(spanOf(40_000)).toBe(spanOf(50_000));
  });

  test('draws a bar only where something happened', () => {
    expect(barPath({ widthMs: 1000, counts: [0, 5, 0] }, 3000, 9)).toBe('M4 44v-15.8');
    expect(barPath({ widthMs: 1000, counts: [] }, 3000, 9)).toBe('');
  });

  test('shortens the words of a flag to the room before the next one', () => {
    const shown = flagsToShow(
      [flag(0, 'minikube start'), flag(10_000, 'kubectl apply -f guestbook/'), flag(10_100, 'kubectl get pods')],
      100_000,
      888,
    );
    expect(shown.map((each) => each.shown)).toEqual(['minikube …', '', 'get pods']);
  });
});
