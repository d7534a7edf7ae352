// From closed buckets to REGRESSED and back: quiet for as long as production is within the limit, fast when it is not, exact over a restart.
import { describe, expect, it } from 'vitest';
import { randomFor } from '../../../../src/core/random.ts';
import { type WatchClaim, watchOf, watchThreshold } from '../../../../src/core/watch/claim.ts';
import { judgeWatch, newWatchState, type WatchState } from '../../../../src/core/watch/judge-watch.ts';
import { onsetOf } from '../../../../src/core/watch/onset.ts';
import { readWatch } from '../../../../src/core/watch/read-watch.ts';
import { about } from './sights.ts';

const claim: WatchClaim = {
  ...about,
  id: 'inputs.allZero',
  kind: 'all-zero',
  options: {},
  lookIn: 'request',
  definition: '',
  tolerance: 0.05,
};
const watch = watchOf(claim);
const threshold = watchThreshold({ claims: [claim], bucketMs: 10_000 });

function step(state: WatchState, { at, n, hits }: { at: number; n: number; hits: number }) {
  const added = { at, seen: n, looked: n, counts: [n, hits], looks: [] };
  return judgeWatch(state, { watch, about: claim, threshold, added });
}

/** So many buckets of 100 requests, each a hit with this chance. */
function run(state: WatchState, { buckets, rate, from = 0 }: { buckets: number; rate: number; from?: number }) {
  const random = randomFor('watch', String(from), 'a');
  const changes: string[] = [];
  let now = state;
  for (let bucket = from; bucket < from + buckets; bucket++) {
    let hits = 0;
    for (let request = 0; request < 100; request++) hits += Number(random.uniform() < rate);
    const next = step(now, { at: bucket * 10_000, n: 100, hits });
    if (next.change !== null) changes.push(`${next.change} ${bucket}`);
    now = next.state;
  }
  return { state: now, changes };
}

const fresh = newWatchState(watch, claim);

describe('a watch', () => {
  it('raises no alarm in 100,000 requests at its very limit', () => {
    expect(run(fresh, { buckets: 1000, rate: 0.05 }).changes).toEqual([]);
  });

  it('is REGRESSED within a few buckets of an incident after 100,000 good requests, and clears by itself', () => {
    const good = run(fresh, { buckets: 1000, rate: 0.01 });
    const ill = run(good.state, { buckets: 5, rate: 0.3, from: 1000 });
    expect(ill.changes).toEqual(['REGRESSED 1000']);
    expect(ill.state.alarm?.since).toBe(10_000_000);
    expect(readWatch(ill.state, { watch, about: claim })).toMatchObject({ status: 'REGRESSED', recent: { n: 500 } });
    const well = run(ill.state, { buckets: 20, rate: 0.01, from: 1005 });
    expect(well.changes).toEqual([expect.stringMatching(/^CLEARED 10[01]\d$/)]);
    expect(readWatch(well.state, { watch, about: claim })).toMatchObject({ status: 'QUIET', regressedSince: null });
  });

  it('alarms from the very first bucket on when production was never well', () => {
    expect(run(fresh, { buckets: 3, rate: 0.5 }).changes).toEqual(['REGRESSED 0']);
  });

  it('goes on from JSON exactly', () => {
    const half = run(fresh, { buckets: 50, rate: 0.06 }).state;
    const revived = JSON.parse(JSON.stringify(half)) as WatchState;
    expect(run(revived, { buckets: 50, rate: 0.08, from: 50 })).toEqual(
      run(half, { buckets: 50, rate: 0.08, from: 50 }),
    );
  });

  it('has one threshold for all: a false alarm a year over all detectors together', () => {
    expect(threshold).toBe(3_153_600);
    const distribution: WatchClaim = {
      ...claim,
      id: 'late.distribution',
      kind: 'distribution',
      options: { learn: '1000 requests' },
    };
    expect(watchThreshold({ claims: [claim, distribution], bucketMs: 10_000 })).toBe(3_153_600 * 27);
  });
});

describe('its reading', () => {
  const blind = (state: WatchState, at: number): WatchState =>
    judgeWatch(state, { watch, about: claim, threshold, added: { at, seen: 10, looked: 0, counts: [0, 0], looks: [] } })
      .state;

  it('is NO_DATA before the first request, when nothing is found, and when nothing is found any more', () => {
    const status = (state: WatchState) => readWatch(state, { watch, about: claim }).status;
    expect(status(fresh)).toBe('NO_DATA');
    expect(status(blind(fresh, 0))).toBe('NO_DATA');
    const seeing = step(fresh, { at: 0, n: 10, hits: 0 }).state;
    expect(status(seeing)).toBe('QUIET');
    const [one, two, three] = [blind(seeing, 1), blind(blind(seeing, 1), 2), blind(blind(blind(seeing, 1), 2), 3)];
    expect([one, two, three].map(status)).toEqual(['QUIET', 'QUIET', 'NO_DATA']);
    expect(readWatch(three, { watch, about: claim }).sentence).toMatch(/^no data: none of the 30 requests lately/);
  });

  it('keeps an alarm that it can no longer see', () => {
    const ill = step(fresh, { at: 0, n: 100, hits: 100 }).state;
    const state = blind(blind(blind(ill, 1), 2), 3);
    expect(readWatch(state, { watch, about: claim }).status).toBe('REGRESSED');
  });
});

describe('the probable beginning', () => {
  const counts = (hits: readonly number[]) => hits.map((hit, at) => ({ at, counts: [50, hit] }));
  it('is the change that explains the counts best', () => {
    expect(onsetOf(counts([0, 1, 0, 20, 25, 22]), 0.1)).toBe(3);
    expect(onsetOf(counts([50, 50, 50]), 0.1)).toBe(0);
    expect(onsetOf(counts([5, 4, 5]), 0.1)).toBeNull();
    expect(onsetOf([], 0.1)).toBeNull();
  });
});
