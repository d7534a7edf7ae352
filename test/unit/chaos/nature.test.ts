// How a fault shows, case by case, also where it is not known on which requests it acted.
import { describe, expect, it } from 'vitest';
import { natureOf } from '../../../src/chaos/nature.ts';
import type { Verdict } from '../../../src/model.ts';

function silent(verdict: Verdict, n: number) {
  const known = { decision: 'late', metric: 'silent-wrong', relation: 'bounded', tolerance: 0.05 } as const;
  return [{ ...known, verdict, n, estimate: null, interval: null }];
}

// biome-ignore format: one case a line reads as the table it is
const cases = [
  ['idle', { acted: 0, failed: 0, marked: 0, hypotheses: silent('UNDECIDED', 0) }],
  ['silent', { acted: 400, failed: 10, marked: 0, hypotheses: silent('VIOLATED', 400) }],
  ['loud', { acted: 400, failed: 150, marked: 60, hypotheses: silent('HOLDS', 400) }],
  ['loud', { acted: 400, failed: 400, marked: 0, hypotheses: silent('UNDECIDED', 400) }],
  ['bounded', { acted: 400, failed: 10, marked: 0, hypotheses: silent('HOLDS', 400) }],
  ['unclear', { acted: 400, failed: 10, marked: 0, hypotheses: silent('UNDECIDED', 400) }],
  ['silent', { acted: 0, failed: 0, marked: 0, hypotheses: silent('VIOLATED', 900) }],
  ['bounded', { acted: 0, failed: 0, marked: 0, hypotheses: silent('HOLDS', 900) }],
] as const;

describe('natureOf', () => {
  it.each(cases)('%s', (nature, cell) => {
    expect(natureOf(cell)).toBe(nature);
  });
});
