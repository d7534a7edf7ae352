// The evidence against an independent implementation of the same formulas (test/oracle/evidence.py, fifty decimal digits, no code in
// common) on random counts, to 1e-9 in the logarithm of every e-value.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { newLateOnsetState, updateLateOnset } from '../../../../src/core/judge/late-onset.ts';
import { bernoulli } from '../../../../src/core/stats/bernoulli.ts';
import { bias } from '../../../../src/core/stats/bias.ts';
import { boundedMean, createBoundedMean } from '../../../../src/core/stats/bounded-mean.ts';
import { addDifference, differenceEvidence, differenceSize } from '../../../../src/core/stats/difference.ts';
import { createLatencyRatio } from '../../../../src/core/stats/latency-ratio.ts';
import { mcnemarLogE } from '../../../../src/core/stats/mcnemar.ts';
import { pairedKs } from '../../../../src/core/stats/paired-ks.ts';
import { type LogE, type Observation, type Statistic, zeroCounts } from '../../../../src/core/stats/statistic.ts';
import { trinomial } from '../../../../src/core/stats/trinomial.ts';

type Times<Seen> = readonly [one: Seen, other: Seen, times: number];

interface Oracle {
  readonly rate: readonly (readonly [n: number, hits: number, tolerance: number, up: number, down: number])[];
  readonly pair: readonly (readonly [n: number, b: number, c: number, tolerance: number, up: number, down: number])[];
  readonly mcnemar: readonly (readonly [b: number, c: number, logE: number])[];
  readonly mean: readonly Weighed[];
  readonly bias: readonly Weighed[];
  readonly hat: readonly (readonly [number: number, signed: 0 | 1, left: number, weight: number])[];
  readonly ks: readonly { pairs: readonly Times<number>[]; tolerance: number; logs: Logs }[];
  readonly latency: readonly {
    requests: readonly Times<number>[];
    joint: boolean;
    quantile: number;
    ratio: number;
    logs: Logs;
  }[];
  readonly different: readonly {
    requests: readonly (readonly [
      arm: number,
      control: number,
      armFlipped: boolean,
      controlFlipped: boolean,
      times: number,
    ])[];
    log: number;
  }[];
  readonly onset: readonly {
    buckets: readonly (readonly [number, number])[];
    tolerance: number;
    logs: readonly number[];
  }[];
}

type Logs = readonly [up: number, down: number];

interface Weighed {
  readonly weights: readonly number[];
  readonly tolerance: number;
  readonly logs: Logs;
}

const oracle = JSON.parse(readFileSync(new URL('../../../oracle/evidence.json', import.meta.url), 'utf8')) as Oracle;

/** The largest distance of any logarithm from the oracle's. */
function largestGap<Case>(
  cases: readonly Case[],
  gapOf: (one: Case) => readonly (readonly [number, number])[],
): number {
  expect(cases.length).toBeGreaterThanOrEqual(12);
  // Math.max gives NaN when one is: a missing number must not pass.
  return Math.max(...cases.flatMap((one) => gapOf(one).map(([ours, theirs]) => Math.abs(ours - theirs))));
}

const both = ({ up, down }: LogE, [upward, downward]: Logs): [number, number][] => [
  [up, upward],
  [down, downward],
];

function countsOf(statistic: Statistic, seen: readonly Times<number>[]): number[] {
  const counts = zeroCounts(statistic.size);
  for (const [one, other, times] of seen) {
    const once = zeroCounts(statistic.size);
    statistic.add(once, [one, other] satisfies Observation);
    for (const [index, count] of once.entries()) counts[index] = (counts[index] as number) + count * times;
  }
  return counts;
}

const unit = 1024;
const observations = (weights: readonly number[]): number => weights.reduce((sum, weight) => sum + weight, 0) / unit;

describe('evidence equals the oracle to 1e-9', () => {
  it('of rates', () => {
    const gap = largestGap(oracle.rate, ([n, hits, tolerance, ...logs]) =>
      both(bernoulli.logE([n, hits], tolerance), logs),
    );
    expect(gap).toBeLessThanOrEqual(1e-9);
  });

  it('of paired differences', () => {
    const gap = largestGap(oracle.pair, ([n, b, c, tolerance, ...logs]) =>
      both(trinomial.logE([n, b, c], tolerance), logs),
    );
    expect(gap).toBeLessThanOrEqual(1e-9);
  });

  it('of discordant pairs', () => {
    expect(largestGap(oracle.mcnemar, ([b, c, logE]) => [[mcnemarLogE(b, c), logE]])).toBeLessThanOrEqual(1e-9);
  });

  it('of bounded means, distances and signed', () => {
    const gap = largestGap(oracle.mean, ({ weights, tolerance, logs }) => {
      const statistic = createBoundedMean({ signed: weights.length === 45 });
      return both(statistic.logE([observations(weights), ...weights], tolerance), logs);
    });
    expect(gap).toBeLessThanOrEqual(1e-9);
  });

  it('of a bias', () => {
    const gap = largestGap(oracle.bias, ({ weights, tolerance, logs }) =>
      both(bias.logE([observations(weights), ...weights], tolerance), logs),
    );
    expect(gap).toBeLessThanOrEqual(1e-9);
  });

  it('of paired scores at 63 edges', () => {
    const gap = largestGap(oracle.ks, ({ pairs, tolerance, logs }) =>
      both(pairedKs.logE(countsOf(pairedKs, pairs), tolerance), logs),
    );
    expect(gap).toBeLessThanOrEqual(1e-9);
  });

  it('of latency ratios, plain and joint bets, at p50 and p90', () => {
    const gap = largestGap(oracle.latency, ({ requests, joint, quantile, ratio, logs }) => {
      const statistic = createLatencyRatio({ quantile, ratio, engine: joint ? 'joint' : 'paired' });
      return both(statistic.logE(countsOf(statistic, requests), ratio - 1), logs);
    });
    expect(gap).toBeLessThanOrEqual(1e-9);
  });

  it('of DIFFERENT', () => {
    const gap = largestGap(oracle.different, ({ requests, log }) => {
      const counts = zeroCounts(differenceSize);
      for (const [arm, control, armFlipped, controlFlipped, times] of requests) {
        for (let n = 0; n < times; n++) addDifference(counts, { arm, control, armFlipped, controlFlipped });
      }
      return [[differenceEvidence(counts).logE, log]];
    });
    expect(gap).toBeLessThanOrEqual(1e-9);
  });

  it('of the late-onset detector, bucket by bucket', () => {
    const gap = largestGap(oracle.onset, ({ buckets, tolerance, logs }) => {
      const detector = { statistic: bernoulli, tolerance, threshold: 1e300 };
      let state = newLateOnsetState(detector);
      return buckets.map((added, index) => {
        const step = updateLateOnset(state, { detector, added });
        state = step.state;
        return [step.logR, logs[index] as number];
      });
    });
    expect(gap).toBeLessThanOrEqual(1e-9);
  });
});

it('counts a number at the oracle’s two points with the oracle’s weights', () => {
  expect(oracle.hat.length).toBeGreaterThan(100);
  for (const [number, signed, left, weight] of oracle.hat) {
    const statistic = signed === 1 ? createBoundedMean({ signed: true }) : boundedMean;
    const counts = zeroCounts(statistic.size);
    statistic.add(counts, number);
    const wanted = zeroCounts(statistic.size);
    wanted[0] = 1;
    wanted[1 + left] = unit - weight;
    wanted[2 + left] = weight;
    expect(counts, String(number)).toEqual(wanted);
  }
});
