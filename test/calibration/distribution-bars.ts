// Bars on how soon the statistics of whole distributions decide: N11 (DIFFERENT), N12 (paired KS), N14 (latency ratio).
import type { Random } from '../../src/core/random.ts';
import { addDifference, differenceEvidence, differenceSize } from '../../src/core/stats/difference.ts';
import { createLatencyRatio, latencyRatio } from '../../src/core/stats/latency-ratio.ts';
import { pairedKs } from '../../src/core/stats/paired-ks.ts';
import { type Distances, type Observation, type Statistic, zeroCounts } from '../../src/core/stats/statistic.ts';
import { type Bar, randomOf } from './bar.ts';
import { summaryOf } from './first-verdict.ts';

interface Wait {
  readonly cap: number;
  /** Looks after every so many requests, which can only make the wait longer. */
  readonly every: number;
  readonly add: () => void;
  readonly isDecided: () => boolean;
}

function firstLook({ cap, every, add, isDecided }: Wait): number {
  for (let n = 1; n <= cap; n++) {
    add();
    if (n % every === 0 && isDecided()) return n;
  }
  return Number.POSITIVE_INFINITY;
}

interface Decision {
  readonly id: string;
  readonly says: string;
  readonly verdict: string;
  readonly within: number;
  readonly runs: { readonly short: number; readonly full: number };
  readonly first: (random: Random) => number;
  /** Other readings or engines on the same draws: printed, not barred, in the full run only. */
  readonly beside?: Readonly<Record<string, (random: Random) => number>>;
}

function decisionBar({ id, says, verdict, within, runs, first, beside = {} }: Decision): Bar {
  return {
    id,
    says,
    must: `${verdict} within ${within}`,
    measure(setting) {
      const waitsOf = (once: (random: Random) => number) =>
        summaryOf(
          Array.from({ length: setting.short ? runs.short : runs.full }, (_, run) =>
            once(randomOf(setting, `${id} ${says} ${run}`)),
          ),
        );
      const { median, p95 } = waitsOf(first);
      const others = Object.entries(setting.short ? {} : beside).map(([name, once]) => {
        const other = waitsOf(once);
        return `; ${name} ${other.median} / ${other.p95} (not barred)`;
      });
      return { measured: `${median} / ${p95}${others.join('')}`, met: p95 <= within };
    },
  };
}

/** DIFFERENT at alpha .01 shared over 7 metrics, looked at after every request. */
function differenceBar(options: { says: string; within: number; draw: (random: Random) => Distances }): Bar {
  const goal = Math.log(7 / 0.01);
  return decisionBar({
    ...options,
    id: 'N11',
    verdict: 'DIFFERENT',
    runs: { short: 400, full: 4000 },
    first(random) {
      const counts = zeroCounts(differenceSize);
      return firstLook({
        cap: 4 * options.within,
        every: 1,
        add: () => addDifference(counts, options.draw(random)),
        isDecided: () => differenceEvidence(counts).logE >= goal,
      });
    },
  });
}

const noFlips = { armFlipped: false, controlFlipped: false };

interface Proof {
  readonly id: string;
  readonly says: string;
  readonly verdict: 'HOLDS' | 'VIOLATED';
  readonly within: number;
  readonly alpha: number;
  readonly statistic: Statistic;
  readonly tolerance: number;
  readonly runs: { readonly short: number; readonly full: number };
  readonly every: number;
  readonly draw: (random: Random) => Observation;
  readonly beside?: Readonly<Record<string, Partial<Pick<Proof, 'statistic' | 'draw'>>>>;
}

function proofBar(options: Proof): Bar {
  const { beside = {} } = options;
  return decisionBar({
    ...options,
    first: (random) => firstProof(random, options),
    beside: Object.fromEntries(
      Object.entries(beside).map(([name, changed]) => [
        name,
        (random: Random) => firstProof(random, { ...options, ...changed }),
      ]),
    ),
  });
}

function firstProof(random: Random, options: Proof): number {
  const { verdict, within, alpha, statistic, tolerance, draw } = options;
  const goal = Math.log(1 / alpha);
  const counts = zeroCounts(statistic.size);
  return firstLook({
    cap: 4 * within,
    every: options.every,
    add: () => statistic.add(counts, draw(random)),
    isDecided() {
      const { up, down } = statistic.logE(counts, tolerance);
      return (verdict === 'HOLDS' ? down : up) >= goal;
    },
  });
}

const clip = (score: number): number => Math.min(1, Math.max(0, score));

/**
 * Log-normal latencies of control and arm, the arm's `times` as long. The bar's words, "sd .5, correlated .8", are read as: each logarithm has
 * sd .5, and the two logarithms have correlation .8.
 */
function latencies(random: Random, { times, correlation = 0.8 }: { times: number; correlation?: number }): Observation {
  const control = random.normal();
  const arm = correlation * control + Math.sqrt(1 - correlation * correlation) * random.normal();
  return [20 * Math.exp(0.5 * control), times * 20 * Math.exp(0.5 * arm)];
}

const ks = { id: 'N12', verdict: 'HOLDS', alpha: 0.05, statistic: pairedKs, tolerance: 0.05, every: 5 } as const;
const latency = {
  id: 'N14',
  within: 300,
  alpha: 0.01,
  statistic: latencyRatio,
  tolerance: 0.2,
  every: 2,
  runs: { short: 300, full: 1000 },
} as const;

/** What stands beside N14: the plain difference of the two indicators, and arms correlated .95 and not at all. */
function besideLatency(times: number): NonNullable<Proof['beside']> {
  const plain = createLatencyRatio({ engine: 'paired' });
  return {
    'plain difference': { statistic: plain },
    'correlated .95': { draw: (random) => latencies(random, { times, correlation: 0.95 }) },
    'plain difference, correlated .95': {
      statistic: plain,
      draw: (random) => latencies(random, { times, correlation: 0.95 }),
    },
    independent: { draw: (random) => latencies(random, { times, correlation: 0 }) },
    'plain difference, independent': {
      statistic: plain,
      draw: (random) => latencies(random, { times, correlation: 0 }),
    },
  };
}

export const distributionBars: readonly Bar[] = [
  differenceBar({
    says: 'unlike the control: 5 % of requests move by more than .3, the rest not at all',
    within: 450,
    draw: (random) => ({ arm: random.uniform() < 0.05 ? 0.31 : 0, control: 0, ...noFlips }),
  }),
  differenceBar({
    says: 'the same under control noise sd .002 on both',
    within: 450,
    draw: (random) => ({
      arm: Math.abs((random.uniform() < 0.05 ? 0.35 : 0) + 0.002 * random.normal()),
      control: Math.abs(0.002 * random.normal()),
      ...noFlips,
    }),
  }),
  differenceBar({
    says: 'unlike the control: all requests move by .003, control noise sd .002 on both',
    within: 700,
    draw: (random) => ({
      arm: Math.abs(0.003 + 0.002 * random.normal()),
      control: Math.abs(0.002 * random.normal()),
      ...noFlips,
    }),
  }),
  proofBar({
    ...ks,
    says: 'paired KS ≤ .05, alpha .05, identical scores',
    within: 100,
    runs: { short: 3, full: 3 },
    draw(random) {
      const score = random.uniform();
      return [score, score];
    },
  }),
  proofBar({
    ...ks,
    says: 'paired KS ≤ .05, alpha .05, jitter sd .01 on uniform scores',
    within: 450,
    runs: { short: 60, full: 400 },
    draw(random) {
      const score = random.uniform();
      return [score, clip(score + 0.01 * random.normal())];
    },
  }),
  proofBar({
    ...latency,
    says: 'latency p50 ratio ≤ 1.2, alpha .01, true ratio 1.0',
    verdict: 'HOLDS',
    draw: (random) => latencies(random, { times: 1 }),
    beside: besideLatency(1),
  }),
  proofBar({
    ...latency,
    says: 'latency p50 ratio ≤ 1.2, alpha .01, true ratio 1.5',
    verdict: 'VIOLATED',
    draw: (random) => latencies(random, { times: 1.5 }),
    beside: besideLatency(1.5),
  }),
];
