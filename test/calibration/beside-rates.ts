// Beside N1, N2 and N14 to N21: false alarms, segments, order and cost on the flight models' real answers.

import type { Random } from '../../src/core/random.ts';
import { bernoulli, bernoulliLogE } from '../../src/core/stats/bernoulli.ts';
import { boundedMean } from '../../src/core/stats/bounded-mean.ts';
import { addDifference, differenceEvidence, differenceSize } from '../../src/core/stats/difference.ts';
import { pairedKs } from '../../src/core/stats/paired-ks.ts';
import { type Observation, type Statistic, zeroCounts } from '../../src/core/stats/statistic.ts';
import { type Answers, type Arm, inOrder, isLate, losing, noisy, production, v2 } from './answers.ts';
import { mostFalse, randomOf } from './bar.ts';
import { type Asking, type Beside, notFromAnswers, percent, runsOf, waitWords } from './beside.ts';
import { type Extremes, falseRates } from './false-alarm-bars.ts';
import { createPanel, type PanelPair } from './panel.ts';
import { scattered } from './plumbing-bars.ts';
import { firstAlarm } from './quiet-bars.ts';
import { bad, segmentRun, step } from './segment-bars.ts';
import { bytesOf, nanosecondsPerPair } from './size-bars.ts';

interface Pairs {
  readonly answers: Answers;
  readonly random: Random;
  readonly arm: Arm;
  readonly control: Arm;
}

/** Pairs of the panel: flights drawn in the order of departure. Answers hold no latency: one, the same for both. */
function pairsOf({ answers, random, arm, control }: Pairs): () => PanelPair {
  const next = inOrder(random, answers);
  return () => {
    const asked = { answers, flight: next(), random };
    const before = production(asked);
    const [score, again] = [arm(asked), control(asked)];
    return {
      production: before,
      arm: score,
      control: again,
      armFlipped: isLate(score) !== isLate(before),
      controlFlipped: isLate(again) !== isLate(before),
      failed: 0,
      armMs: 20,
      controlMs: 20,
    };
  };
}

const quiet: Beside = {
  id: 'N1',
  says: 'A/A: v1 and v1 again, noise .02 on the log-odds of both; seven metrics and REGRESSED: alarms',
  measure(asking) {
    const { answers, setting } = asking;
    const requests = setting.short ? 3000 : 100_000;
    const runs = runsOf(asking, { place: 'N1', short: 8, full: 100 });
    const alarms = runs
      .map((random) => firstAlarm(pairsOf({ answers, random, arm: noisy(0.02), control: noisy(0.02) }), requests))
      .filter((alarm) => alarm !== null);
    return `in ${alarms.length} of ${runs.length} runs of ${requests} requests${alarms.length === 0 ? '' : ` (${alarms.join(', ')})`}`;
  },
};

interface Boundary {
  readonly what: string;
  readonly statistic: Statistic;
  readonly observe: (score: number, before: number) => Observation;
}

/** The limit is the arm's own figure over all flights, and flights are drawn with replacement: exactly on the boundary of both nulls. */
function boundary({ what, statistic, observe }: Boundary): Beside {
  return {
    id: 'N2',
    says: `v2's ${what}, the limit being exactly that of all flights: false VIOLATED, HOLDS at .05, then at .01`,
    measure(asking) {
      const { answers, setting } = asking;
      const observed = Array.from(answers.v1, (before, flight) => observe(answers.v2[flight] as number, before));
      const all = zeroCounts(statistic.size);
      for (const one of observed) statistic.add(all, one);
      const { estimate } = statistic.evidence(all, { tolerance: 0.5, alphaViolated: 0.05, alphaHolds: 0.05 });
      const tolerance = estimate as number;
      const runs = runsOf(asking, { place: `N2 ${what}`, short: 60, full: 2000 }).map((random) =>
        boundaryRun(() => observed[Math.floor(random.uniform() * observed.length)] as Observation, {
          statistic,
          tolerance,
          requests: setting.short ? 2000 : 20_000,
        }),
      );
      return `limit ${percent(tolerance)}; ${falseRates(runs).measured} in ${runs.length} runs`;
    },
  };
}

/** Looked at after every tenth request. */
function boundaryRun(
  draw: () => Observation,
  { statistic, tolerance, requests }: { statistic: Statistic; tolerance: number; requests: number },
): Extremes {
  const counts = zeroCounts(statistic.size);
  let [up, down] = [0, 0];
  for (let n = 1; n <= requests; n++) {
    statistic.add(counts, draw());
    if (n % 10 !== 0) continue;
    const logE = statistic.logE(counts, tolerance);
    [up, down] = [Math.max(up, logE.up), Math.max(down, logE.down)];
  }
  return { up, down };
}

const scatter: Beside = {
  id: 'N18',
  says: 'v1 against v2, 5000 flights over 7 shards, merged in any order, saved and loaded at random points',
  measure({ answers, setting }) {
    const random = randomOf(setting, 'answers N18');
    const pairs = Array.from({ length: 5000 }, pairsOf({ answers, random, arm: v2, control: noisy(0.02) }));
    const distance = (one: number, other: number): number => Math.abs(one - other);
    const ways: [number, (counts: number[], pair: PanelPair) => void, (counts: readonly number[]) => unknown][] = [
      [
        bernoulli.size,
        (counts, pair) => bernoulli.add(counts, pair.armFlipped ? 1 : 0),
        (counts) => bernoulli.logE(counts, 0.01),
      ],
      [
        boundedMean.size,
        (counts, pair) => boundedMean.add(counts, distance(pair.arm, pair.production)),
        (counts) => boundedMean.logE(counts, 0.01),
      ],
      [
        pairedKs.size,
        (counts, pair) => pairedKs.add(counts, [pair.production, pair.arm]),
        (counts) => pairedKs.logE(counts, 0.02),
      ],
      [
        differenceSize,
        (counts, { arm, control, production: before, armFlipped, controlFlipped }) =>
          addDifference(counts, {
            arm: distance(arm, before),
            control: distance(control, before),
            armFlipped,
            controlFlipped,
          }),
        differenceEvidence,
      ],
    ];
    const same = ways.filter(([size, add, evidence]) => {
      const whole = zeroCounts(size);
      for (const pair of pairs) add(whole, pair);
      const parts = scattered(pairs, { random, size, add });
      return JSON.stringify([whole, evidence(whole)]) === JSON.stringify([parts, evidence(parts)]);
    });
    return `${same.length} of ${ways.length} statistics identical`;
  },
};

/** Real flights of each airport and carrier; every segment drawn with replacement from its own flights. */
function airlineRun({ answers }: Asking, random: Random) {
  const faulty = losing('noDepDelay', 0.3);
  const start = Math.floor(random.uniform() * answers.segments.length);
  const segments = [...answers.segments.slice(start), ...answers.segments.slice(0, start)];
  return segmentRun({
    segments: segments.length,
    hitsOf(segment) {
      const flights = segments[segment] as readonly number[];
      let hits = 0;
      for (let n = 0; n < step; n++) {
        const flight = flights[Math.floor(random.uniform() * flights.length)] as number;
        const asked = { answers, flight, random };
        const score = segment < bad ? faulty(asked) : noisy(0.02)(asked);
        hits += Number(isLate(score) !== isLate(production(asked)));
      }
      return hits;
    },
  });
}

const airlines: Beside = {
  id: 'N19',
  says: 'segments by airport and carrier, 5 of them without dep_delay in 30 % of requests, the others v1 with noise .02: e-BH at .01',
  measure(asking) {
    const runs = runsOf(asking, { place: 'N19', short: 10, full: 300 }).map((random) => airlineRun(asking, random));
    const rate = runs.reduce((sum, { atEnd }) => sum + atEnd, 0) / runs.length;
    const together = waitWords(runs.flatMap((run) => run.together));
    const alone = waitWords(runs.flatMap((run) => run.alone));
    return `${asking.answers.segments.length} segments; false discovery rate ${rate.toFixed(4)}; ${together} against ${alone} alone`;
  },
};

/** Whether a limit at the flips' own rate was ever VIOLATED, counting every copy and each request once. */
const bursts: Beside = {
  id: 'N20',
  says: 'v2’s flips in bursts of the same request, mean 20, the limit being their own rate: false VIOLATED at .05',
  measure(asking) {
    const { answers } = asking;
    const flips = Array.from(answers.v1, (before, flight) => isLate(answers.v2[flight] as number) !== isLate(before));
    const tolerance = flips.filter(Boolean).length / flips.length;
    const runs = runsOf(asking, { place: 'N20', short: 100, full: 2000 }).map((random) => {
      let [n, hits, onceHits, every, once] = [0, 0, 0, 0, 0];
      for (let index = 1; index <= 5000; index++) {
        const size = 1 + Math.floor(Math.log(1 - random.uniform()) / Math.log(1 - 1 / 20));
        n += size;
        if (!flips[Math.floor(random.uniform() * flips.length)]) continue;
        hits += size;
        onceHits += 1;
        every = Math.max(every, bernoulliLogE([n, hits], tolerance).up);
        once = Math.max(once, bernoulliLogE([index, onceHits], tolerance).up);
      }
      return { every, once };
    });
    const shareOf = (pick: (run: { every: number; once: number }) => number): number =>
      runs.filter((run) => pick(run) >= Math.log(20)).length / runs.length;
    const most = mostFalse(0.05, runs.length).toFixed(3);
    return `${shareOf((run) => run.once).toFixed(3)} (${most} would be too many); every copy ${shareOf((run) => run.every).toFixed(3)}`;
  },
};

const cost: Beside = {
  id: 'N21',
  says: 'the full panel on v1, v2 and v1 again: time per pair, latency included; state',
  measure({ answers, setting }) {
    const random = randomOf(setting, 'answers N21');
    const pairs = Array.from({ length: 2000 }, pairsOf({ answers, random, arm: v2, control: noisy(0.02) }));
    const time = nanosecondsPerPair(pairs, { batches: setting.short ? 100 : 1000 });
    return `${Math.round(time)} ns, ${bytesOf(createPanel({ withLatency: true })).packed} B`;
  },
};

export const ratesBeside: readonly Beside[] = [
  quiet,
  boundary({
    what: 'flips',
    statistic: bernoulli,
    observe: (score, before) => Number(isLate(score) !== isLate(before)),
  }),
  boundary({ what: 'mean |Δ|', statistic: boundedMean, observe: (score, before) => Math.abs(score - before) }),
  notFromAnswers('N14', 'they hold no latency'),
  notFromAnswers('N15', 'they hold no latency'),
  notFromAnswers('N17', 'every one of them came'),
  scatter,
  airlines,
  bursts,
  cost,
];
