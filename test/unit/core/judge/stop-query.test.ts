import { describe, expect, it } from 'vitest';
import { judgeSight, newQueryState, type Sight, whyNotStart } from '../../../../src/core/judge/stop-query.ts';
import type { PrometheusStop } from '../../../../src/model.ts';

const condition: PrometheusStop = {
  text: 'errors above 0.01',
  signal: 'prometheus',
  url: 'http://127.0.0.1:1',
  headers: {},
  query: 'errors',
  side: 'above',
  limit: 0.01,
  everyMs: 10_000,
  times: 3,
};
const gone: Sight = { missing: 'no answer (connection_refused)' };

/** Numbers are values, null is a missing signal. */
function after(sights: readonly (number | null)[], changed: Partial<PrometheusStop> = {}) {
  return sights.reduce(
    (state, value) =>
      judgeSight(state, { condition: { ...condition, ...changed }, sight: value === null ? gone : { value } }),
    newQueryState,
  );
}

describe('a query over its limit', () => {
  it.each([
    [[0.02, 0.02], null],
    [[0.02, 0.02, 0.01, 0.02, 0.02], null],
    [[0.02, 0.02, 0.02], 'stop condition met: errors above 0.01 (0.02)'],
    [[0, Number.POSITIVE_INFINITY, 1, 2], 'stop condition met: errors above 0.01 (2)'],
  ])('%j comes to %j', (values, abort) => {
    expect(after(values).abort).toBe(abort);
  });

  it('counts what is below, when that is the limit', () => {
    expect(after([0, 0, 0], { side: 'below' }).abort).toContain('stop condition met');
    expect(after([0.01, 0.01, 0.01], { side: 'below' }).abort).toBeNull();
  });

  it('is not forgotten for a moment in which it could not be seen', () => {
    expect(after([1, null, 1, null, 1]).abort).toContain('stop condition met');
  });

  it('aborts for good', () => {
    expect(after([1, 1, 1, 0, 0, 0]).abort).toContain('stop condition met');
  });
});

describe('a missing signal', () => {
  it('aborts when it is missing three times in a row, with the reason', () => {
    expect(after([0, null, null]).abort).toBeNull();
    expect(after([null, null, 0, null, null]).abort).toBeNull();
    expect(after([0, null, null, null]).abort).toBe(
      'no usable answer to errors above 0.01 for 3 × 10s: it cannot be watched (no answer (connection_refused))',
    );
  });
});

describe('before a run starts', () => {
  it('one answer over the limit is enough to refuse it, and so is none', () => {
    expect(whyNotStart(condition, { value: 0.01 })).toBeNull();
    expect(whyNotStart(condition, { value: 0.011 })).toBe(
      'its stop condition is met already: errors above 0.01 (0.011)',
    );
    expect(whyNotStart(condition, gone)).toContain('cannot be watched: errors above 0.01: no answer');
  });
});
