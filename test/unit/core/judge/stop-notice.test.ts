import { describe, expect, it } from 'vitest';
import { noticeMs } from '../../../../src/core/judge/stop-notice.ts';
import type { StopCondition } from '../../../../src/model.ts';

const errors: StopCondition = {
  text: 'x',
  signal: 'production.errors',
  above: 0.05,
  windowMs: 1000,
  minCount: 1,
  windows: 1,
};
const rule = { condition: errors, windowsInRun: 3660, conditions: 2 };

describe('how long until a breach is noticed', () => {
  // A = 2 · 3660 / .005; all requests fail: each window gains ln(1 + (1/.05) · .95) = ln 20 at weight 1/15: (14.2 + 2.7) / 3.0 → 6 windows.
  it.each([2, 10, 50, 5000])(
    'an outage at %d requests/s: six windows, half a window late on average',
    (requestsPerSecond) => {
      expect(noticeMs(rule, { share: 1, requestsPerSecond })).toBe(5500);
    },
  );

  it('is longer the smaller the breach and the fewer the requests', () => {
    const times = [
      { share: 0.5, requestsPerSecond: 50 },
      { share: 0.1, requestsPerSecond: 50 },
      { share: 0.1, requestsPerSecond: 10 },
      { share: 0.1, requestsPerSecond: 2 },
    ].map((breach) => noticeMs(rule, breach) as number);
    expect(times).toEqual(times.toSorted((one, other) => one - other));
    expect(times[3]).toBeGreaterThan(100_000);
  });

  it('counts windows that are joined, and windows in a row', () => {
    const joined = { ...rule, condition: { ...errors, minCount: 20 } };
    expect(noticeMs(joined, { share: 1, requestsPerSecond: 2 })).toBe(55_000);
    const inARow = { ...rule, condition: { ...errors, windows: 30 } };
    expect(noticeMs(inARow, { share: 1, requestsPerSecond: 50 })).toBe(29_500);
  });

  it('is not said of a share within the limit', () => {
    expect(noticeMs(rule, { share: 0.04, requestsPerSecond: 50 })).toBe(null);
  });
});
