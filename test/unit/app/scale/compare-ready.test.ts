import { describe, expect, it } from 'vitest';
import type { CompareState } from '../../../../src/app/scale/compare.ts';
import { whyNotReady } from '../../../../src/app/scale/compare-ready.ts';

const well: CompareState = {
  ...{ member: 'm', partitions: 2, lag: 5, lags: [], judgeSilentMs: 200, waitsFor: null, losses: {} },
  ...{ exchanges: 1, pairs: [], progressAtMs: 1, progressAgoMs: 100, answeredAgoMs: 500 },
  ...{ stalls: 0, crashes: 0, rebalances: 1 },
};

describe('the readiness of a comparator among others', () => {
  it('is there while it is connected, assigned and moving', () => {
    expect(whyNotReady(well)).toEqual([]);
  });

  it.each<[string, Partial<CompareState>, RegExp]>([
    ['Kafka has not answered at all', { answeredAgoMs: null }, /^Kafka has not answered yet$/],
    ['Kafka is away', { answeredAgoMs: 12_000 }, /^Kafka has not answered for 12 s$/],
    ['there is no judge', { judgeSilentMs: null }, /^no judge has been heard yet/],
    ['the judge is away', { judgeSilentMs: 9000, waitsFor: 'judge' }, /^the judge has not been heard for 9 s$/],
    ['the judge has another config', { waitsFor: 'config' }, /another config/],
    ['no partition is assigned', { partitions: 0 }, /^it holds no partition/],
    ['nothing moves', { progressAgoMs: 31_000 }, /^5 records wait and none was taken for 31 s$/],
    ['arms are not ready for long', { progressAgoMs: 31_000, waitsFor: 'arms' }, /^5 records wait/],
  ])('is not there when %s', (_name, change, reason) => {
    const reasons = whyNotReady({ ...well, ...change });
    expect(reasons.length).toBe(1);
    expect(reasons[0]).toMatch(reason);
  });

  it.each<[string, Partial<CompareState>]>([
    ['there is nothing to take', { lag: 0 }],
    ['the kill switch is engaged', { waitsFor: 'kill switch' }],
    ['no run scores yet', { waitsFor: 'run' }],
  ])('is there when nothing moves because %s', (_name, change) => {
    expect(whyNotReady({ ...well, progressAgoMs: 600_000, ...change })).toEqual([]);
  });
});
