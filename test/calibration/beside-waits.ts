// Beside N3 to N13 and N16: how soon the flight models' real answers bring a verdict. A run starts at a random flight and goes on in
// the order of departure. VIOLATED at alpha .01 shared over 7 metrics, HOLDS at .01, as in the bars.

import { newLateOnsetState, updateLateOnset } from '../../src/core/judge/late-onset.ts';
import type { Random } from '../../src/core/random.ts';
import { addDifference, differenceEvidence, differenceSize } from '../../src/core/stats/difference.ts';
import { pairedKs } from '../../src/core/stats/paired-ks.ts';
import { zeroCounts } from '../../src/core/stats/statistic.ts';
import type { LateOnsetState } from '../../src/model.ts';
import {
  type Answers,
  type Arm,
  flipsOf,
  inOrder,
  isLate,
  losing,
  noisy,
  production,
  rounded,
  shareOf,
  units,
  v2,
} from './answers.ts';
import { randomOf } from './bar.ts';
import { type Asking, type Beside, percent, runsOf, waitWords } from './beside.ts';
import { firstHolds, firstViolated } from './first-verdict.ts';
import { alarmDelay, detector } from './late-onset-bars.ts';

const shared = 0.01 / 7;
const runs = { short: 100, full: 1000 };

interface Wait {
  readonly id: string;
  readonly verdict: 'HOLDS' | 'VIOLATED';
  readonly tolerance: number;
  readonly what: string;
  readonly arm: Arm;
  readonly cap: number;
  /** Unless given, the label: what counts as a hit of an answer and production's. */
  readonly differs?: (score: number, production: number) => boolean;
}

const flips = (score: number, before: number): boolean => isLate(score) !== isLate(before);
const moves = (score: number, before: number): boolean => Math.abs(score - before) > 0.05;

function rateWait({ id, verdict, tolerance, what, arm, cap, differs = flips }: Wait): Beside {
  return {
    id,
    says: `${what}, tolerance ${100 * tolerance} %: ${verdict}`,
    measure(asking) {
      const { answers, setting } = asking;
      const share = shareOf(answers, { arm, random: randomOf(setting, `answers ${id} ${what}`), differs });
      const first = verdict === 'HOLDS' ? firstHolds : firstViolated;
      const waits = runsOf(asking, { place: `${id} ${what}`, ...runs }).map((random) => {
        const next = inOrder(random, answers);
        const draw = (): number => {
          const flight = next();
          return Number(differs(arm({ answers, flight, random }), production({ answers, flight, random })));
        };
        return first({ statistic: 'bernoulli', tolerance, alpha: verdict === 'HOLDS' ? 0.01 : shared, cap, draw });
      });
      return `true ${percent(share)}; ${waitWords(waits)}`;
    },
  };
}

/** No noise, no flips: the bar's own number must come out of real answers too. */
const exact: Beside = {
  id: 'N8',
  says: 'v1 asked again, no noise, tolerance 1 %: HOLDS at alpha .05 and .01',
  measure({ answers, setting }) {
    const random = randomOf(setting, 'answers N8');
    const found = [0.05, 0.01].map((alpha) => {
      const draw = flipsOf(production, { answers, random });
      return firstHolds({ statistic: 'bernoulli', tolerance: 0.01, alpha, cap: 1000, draw });
    });
    return found.join(' and ');
  },
};

/** The first of every so many requests at which the evidence is there. */
function firstLook({ cap, every, add, isDecided }: { cap: number; every: number; add(): void; isDecided(): boolean }) {
  for (let n = 1; n <= cap; n++) {
    add();
    if (n % every === 0 && isDecided()) return n;
  }
  return Number.POSITIVE_INFINITY;
}

function differenceWait({ what, arm, control }: { what: string; arm: Arm; control: Arm }): Beside {
  return {
    id: 'N11',
    says: `${what}: DIFFERENT`,
    measure(asking) {
      const { answers } = asking;
      const waits = runsOf(asking, { place: `N11 ${what}`, ...runs }).map((random) => {
        const next = inOrder(random, answers);
        const counts = zeroCounts(differenceSize);
        const add = (): void => {
          const asked = { answers, flight: next(), random };
          const [before, score, again] = [production(asked), arm(asked), control(asked)];
          addDifference(counts, {
            arm: Math.abs(score - before),
            control: Math.abs(again - before),
            armFlipped: flips(score, before),
            controlFlipped: flips(again, before),
          });
        };
        const isDecided = (): boolean => differenceEvidence(counts).logE >= Math.log(1 / shared);
        return firstLook({ cap: 20_000, every: 5, add, isDecided });
      });
      return waitWords(waits);
    },
  };
}

function ksWait({ what, arm, runCount }: { what: string; arm: Arm; runCount: typeof runs }): Beside {
  return {
    id: 'N12',
    says: `${what}, paired KS ≤ .05, alpha .05: HOLDS`,
    measure(asking) {
      const { answers } = asking;
      const waits = runsOf(asking, { place: `N12 ${what}`, ...runCount }).map((random) => {
        const next = inOrder(random, answers);
        const counts = zeroCounts(pairedKs.size);
        const add = (): void => {
          const asked = { answers, flight: next(), random };
          pairedKs.add(counts, [production(asked), arm(asked)]);
        };
        return firstLook({
          cap: 20_000,
          every: 5,
          add,
          isDecided: () => pairedKs.logE(counts, 0.05).down >= Math.log(20),
        });
      });
      return waitWords(waits);
    },
  };
}

/** Production, control and arm each with noise of their own, so that all flip against each other. */
function excessWait({ what, arm, verdict }: { what: string; arm: Arm; verdict: 'HOLDS' | 'VIOLATED' }): Beside {
  const noise = noisy(0.7);
  const first = verdict === 'HOLDS' ? firstHolds : firstViolated;
  return {
    id: 'N13',
    says: `${what}, all three with noise .7 on the log-odds, flips over control at most 1 pt: ${verdict}`,
    measure(asking) {
      const { answers } = asking;
      const waits = runsOf(asking, { place: `N13 ${what}`, short: 30, full: 400 }).map((random) => {
        const next = inOrder(random, answers);
        const draw = (): number => {
          const asked = { answers, flight: next(), random };
          const before = isLate(noise(asked));
          return Number(isLate(arm(asked)) !== before) - Number(isLate(noise(asked)) !== before);
        };
        const alpha = verdict === 'HOLDS' ? 0.01 : shared;
        return first({ statistic: 'trinomial', tolerance: 0.01, alpha, cap: 60_000, draw });
      });
      return waitWords(waits);
    },
  };
}

/** The late-onset detector after so many flights of a noisy v1. */
function afterGood(answers: Answers, { random, buckets }: { random: Random; buckets: number }): LateOnsetState {
  const draw = flipsOf(noisy(0.02), { answers, random });
  let state = newLateOnsetState(detector);
  for (let bucket = 0; bucket < buckets; bucket++) {
    let hits = 0;
    for (let n = 0; n < 100; n++) hits += draw();
    state = updateLateOnset(state, { detector, added: [100, hits] }).state;
  }
  return state;
}

function onsetWait({ what, arm }: { what: string; arm: Arm }): Beside {
  return {
    id: 'N16',
    says: `v1 with noise .02, then ${what}: REGRESSED`,
    measure(asking: Asking) {
      const { answers, setting } = asking;
      let early = 0;
      const waits = runsOf(asking, { place: `N16 ${what}`, short: 20, full: 100 }).map((random) => {
        const state = afterGood(answers, { random, buckets: setting.short ? 300 : 3000 });
        if (state.isRegressed) early += 1;
        const isHit = flipsOf(arm, { answers, random });
        return alarmDelay(state, { isHit: () => isHit() === 1, cap: 20_000 });
      });
      return `${waitWords(waits)}, ${early} before`;
    },
  };
}

export const waitsBeside: readonly Beside[] = [
  ...(
    [
      ['N3', 0.01, 'dep_delay zero in 20 %', losing('noDepDelay', 0.2), 20_000],
      ['N4', 0.01, 'stored features zero in 10 %', losing('noStored', 0.1), 40_000],
      ['N5', 0.01, 'v2 with minutes read as hours', units, 5000],
      ['N5', 0.01, 'stored features zero in 30 %', losing('noStored', 0.3), 5000],
      ['N6', 0.001, 'stored features zero in 3 %', losing('noStored', 0.03), 40_000],
      ['N6', 0.001, 'v2', v2, 40_000],
    ] as const
  ).map(([id, tolerance, what, arm, cap]) => rateWait({ id, verdict: 'VIOLATED', tolerance, what, arm, cap })),
  rateWait({
    id: 'N7',
    verdict: 'VIOLATED',
    tolerance: 0.01,
    what: 'v2, scores that move by more than .05',
    arm: v2,
    cap: 5000,
    differs: moves,
  }),
  exact,
  ...(
    [
      ['N9', 0.01, 'v1 with noise .02', noisy(0.02), 20_000],
      ['N9', 0.01, 'stored features zero in 2 %', losing('noStored', 0.02), 60_000],
      ['N10', 0.05, 'v2', v2, 20_000],
      ['N10', 0.05, 'stored features zero in 10 %', losing('noStored', 0.1), 20_000],
      ['N10', 0.05, 'dep_delay zero in 15 %', losing('noDepDelay', 0.15), 60_000],
    ] as const
  ).map(([id, tolerance, what, arm, cap]) => rateWait({ id, verdict: 'HOLDS', tolerance, what, arm, cap })),
  differenceWait({
    what: 'stored features zero in 5 %, control quiet',
    arm: losing('noStored', 0.05),
    control: production,
  }),
  differenceWait({
    what: 'stored features zero in 5 %, noise .02 on both',
    arm: noisy(0.02, losing('noStored', 0.05)),
    control: noisy(0.02),
  }),
  differenceWait({ what: 'v2, noise .02 on both', arm: noisy(0.02, v2), control: noisy(0.02) }),
  differenceWait({ what: 'v1 in 8 bits, noise .002 on both', arm: noisy(0.002, rounded), control: noisy(0.002) }),
  ksWait({ what: 'v1 asked again', arm: production, runCount: { short: 3, full: 3 } }),
  ksWait({ what: 'v1 with noise .02', arm: noisy(0.02), runCount: { short: 40, full: 400 } }),
  excessWait({ what: 'v1 again', arm: noisy(0.7), verdict: 'HOLDS' }),
  excessWait({
    what: 'dep_delay zero in 30 %',
    arm: noisy(0.7, losing('noDepDelay', 0.3)),
    verdict: 'VIOLATED',
  }),
  onsetWait({ what: 'dep_delay zero in 20 %', arm: losing('noDepDelay', 0.2) }),
  onsetWait({ what: 'v2 with minutes read as hours', arm: units }),
];
