import { describe, expect, it } from 'vitest';
import { useText } from '../../../src/faults/use-text.ts';

describe('a perturbation or fault in words', () => {
  it.each([
    [{ type: 'scale', options: { features: 'dep_delay', by: 60, share: 0.2 } }, 'scale dep_delay, by 60'],
    [{ type: 'clip', options: { features: ['a', 'b'], to: [0, 10] } }, 'clip a + b, to 0 to 10'],
    [{ type: 'kill', options: { signal: 'SIGKILL', everyMs: 60_000, settleMs: 1 } }, 'kill, signal SIGKILL'],
    [{ type: 'truncate', options: { keepShare: 0.5, share: 1 } }, 'truncate, keep share 50%'],
    [{ type: 'stale', options: { features: 'wind_*', key: 'tail', ageMs: 60_000 } }, 'stale wind_*, age 1m'],
    [{ type: 'swap', options: { other: { type: 'http', headers: { authorization: 'x' } }, share: 0.5 } }, 'swap'],
  ])('%o', (use, words) => {
    expect(useText(use)).toBe(words);
  });

  it('does not list a hundred features', () => {
    const features = Array.from({ length: 100 }, (_, index) => `f${index}`);
    expect(useText({ type: 'zero', options: { features } })).toBe('zero f0 + f1 + f2 + f3 + f4 + f5 and 94 more');
  });
});
