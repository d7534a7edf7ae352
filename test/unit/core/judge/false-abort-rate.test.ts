import { describe, expect, it } from 'vitest';
import { abortThreshold, falseAbortRate, mostFalseAborts } from '../../../../src/core/judge/false-abort-rate.ts';

describe('the evidence that an abort needs', () => {
  it('is 2 J / rate for the windows of the run, the conditions sharing the rate', () => {
    expect(abortThreshold(1, { windowsInRun: 3600, conditions: 1 })).toBe(720_000);
    expect(abortThreshold(3600, { windowsInRun: 3600, conditions: 2 })).toBe(1_440_000);
    expect(falseAbortRate({ conditions: 4 })).toBe(0.0025);
  });

  it.each([1, 7, 100])('costs no more than the rate however long a run of %d windows lasts', (windowsInRun) => {
    let bound = 0;
    let from = 0;
    for (let to = windowsInRun; to < 1e9; to *= 2) {
      const thresholds = [from + 1, to].map((judged) => abortThreshold(judged, { windowsInRun, conditions: 1 }));
      expect(thresholds[0]).toBe(thresholds[1]);
      bound += to / (thresholds[0] as number);
      from = to;
    }
    expect(bound).toBeLessThanOrEqual(mostFalseAborts);
    expect(bound).toBeGreaterThan(0.99 * mostFalseAborts);
  });

  it.each([
    [0, { windowsInRun: 10, conditions: 1 }],
    [1.5, { windowsInRun: 10, conditions: 1 }],
    [1, { windowsInRun: Number.POSITIVE_INFINITY, conditions: 1 }],
    [1, { windowsInRun: 10, conditions: 0 }],
  ])('refuses window %d of %j', (judged, run) => {
    expect(() => abortThreshold(judged, run)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});
