// minPairs is about the candidate that answers now: pairs of a version before it do not fill it.
import { describe, expect, it } from 'vitest';
import { currentPairs } from '../../../src/pipeline/current-pairs.ts';

describe('the pairs of the versions that answer now', () => {
  it('are all of them as long as no evidence has started anew', () => {
    expect(currentPairs(180, [])).toBe(180);
    expect(
      currentPairs(180, [
        { n: 20, generation: 1 },
        { n: 0, generation: 0 },
      ]),
    ).toBe(180);
  });

  it('are those of the new evidence once it has: the hypothesis that counts most saw them all', () => {
    expect(
      currentPairs(180, [
        { n: 70, generation: 2 },
        { n: 80, generation: 2 },
      ]),
    ).toBe(80);
    expect(currentPairs(180, [{ n: 0, generation: 3 }])).toBe(0);
  });

  it('are never more than were compared', () => {
    expect(currentPairs(10, [{ n: 12, generation: 2 }])).toBe(10);
  });
});
