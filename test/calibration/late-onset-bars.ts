// N16: a regression after a million good requests. The detector is fed request by request and its open bucket is peeked at.
import { type LateOnset, newLateOnsetState, peekLateOnset, updateLateOnset } from '../../src/core/judge/late-onset.ts';
import type { Random } from '../../src/core/random.ts';
import { bernoulli } from '../../src/core/stats/bernoulli.ts';
import type { LateOnsetState } from '../../src/model.ts';
import { type Bar, randomOf, type Setting } from './bar.ts';
import { summaryOf } from './first-verdict.ts';

/** Requests per minute bucket. */
const bucket = 100;
export const detector: LateOnset = { statistic: bernoulli, tolerance: 0.01, threshold: 525_600 };
const baseRate = 0.001;

/** The number of hits in a bucket at the base rate, by inversion of the binomial distribution. */
function baseHits(random: Random): number {
  let chance = (1 - baseRate) ** bucket;
  let left = random.uniform() - chance;
  let hits = 0;
  while (left >= 0 && hits < bucket) {
    chance *= ((bucket - hits) / (hits + 1)) * (baseRate / (1 - baseRate));
    hits += 1;
    left -= chance;
  }
  return hits;
}

/** The state after so many good buckets; null when it alarmed on the way. */
function afterGood(random: Random, buckets: number): LateOnsetState | null {
  let state = newLateOnsetState(detector);
  for (let index = 0; index < buckets; index++) {
    state = updateLateOnset(state, { detector, added: [bucket, baseHits(random)] }).state;
    if (state.isRegressed) return null;
  }
  return state;
}

/** Requests from the onset, at the start of a bucket, to the alarm. A peek rises only with a hit. */
export function alarmDelay(good: LateOnsetState, { isHit, cap }: { isHit: () => boolean; cap: number }): number {
  const goal = Math.log(detector.threshold);
  let state = good;
  let open = [0, 0];
  for (let n = 1; n <= cap; n++) {
    const hit = isHit();
    open = [(open[0] as number) + 1, (open[1] as number) + Number(hit)];
    if (hit && peekLateOnset(state, { detector, open }) >= goal) return n;
    if (open[0] !== bucket) continue;
    state = updateLateOnset(state, { detector, added: open }).state;
    open = [0, 0];
  }
  return Number.POSITIVE_INFINITY;
}

function onsetBar({ share, within }: { share: number; within: number }): Bar {
  return {
    id: 'N16',
    says: `1,000,000 requests at .1 %, then ${100 * share} %, one false alarm a year of minutes`,
    must: `REGRESSED within ${within}, none before`,
    measure(setting: Setting) {
      const runs = setting.short ? 60 : 400;
      const waits: number[] = [];
      let early = 0;
      for (let run = 0; run < runs; run++) {
        const random = randomOf(setting, `N16 ${share} ${run}`);
        // The detector forgets within some hundred buckets, so most short runs start a hundred thousand requests before.
        const state = afterGood(random, setting.short && run > 0 ? 1000 : 10_000);
        if (state === null) early += 1;
        else waits.push(alarmDelay(state, { isHit: () => random.uniform() < share, cap: 4 * within }));
      }
      const { median, p95 } = summaryOf(waits);
      return { measured: `${median} / ${p95}, ${early} of ${runs} before`, met: p95 <= within && early <= 0.02 * runs };
    },
  };
}

export const lateOnsetBars: readonly Bar[] = [
  onsetBar({ share: 0.05, within: 900 }),
  onsetBar({ share: 1, within: 10 }),
];
