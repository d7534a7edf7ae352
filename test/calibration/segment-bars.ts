// N19: two hundred segments, five of them bad, the others exactly at the tolerance: flagged by e-BH on present e-values.
import { flagSegments } from '../../src/core/judge/multiplicity.ts';
import type { Random } from '../../src/core/random.ts';
import { bernoulliLogE } from '../../src/core/stats/bernoulli.ts';
import { type Bar, mostFalse, randomOf } from './bar.ts';
import { summaryOf } from './first-verdict.ts';

const declared = 200;
export const bad = 5;
const tolerance = 0.01;
const badShare = 0.05;
const alpha = 0.01;
/** Requests per segment between looks, and in all. */
export const step = 10;
const most = 1500;

export interface Found {
  /** False discovery proportion at the look where all bad ones are flagged for the first time, and at the end. */
  readonly atAll: number;
  readonly atEnd: number;
  /** First look at which each bad segment is flagged by e-BH, and tested alone at alpha. */
  readonly together: readonly number[];
  readonly alone: readonly number[];
}

function falseShare(flagged: readonly number[]): number {
  return flagged.length === 0 ? 0 : flagged.filter((segment) => segment >= bad).length / flagged.length;
}

/** `hitsOf` draws a segment's hits in its next `step` requests; the first `bad` segments are the bad ones. */
export function segmentRun({ segments, hitsOf }: { segments: number; hitsOf: (segment: number) => number }): Found {
  const hits = new Array<number>(segments).fill(0);
  const logEs = new Array<number>(segments).fill(0);
  const together = new Array<number>(bad).fill(Number.POSITIVE_INFINITY);
  const alone = new Array<number>(bad).fill(Number.POSITIVE_INFINITY);
  let [atAll, atEnd] = [-1, 0];
  for (let n = step; n <= most; n += step) {
    for (let segment = 0; segment < segments; segment++) {
      hits[segment] = (hits[segment] as number) + hitsOf(segment);
      logEs[segment] = bernoulliLogE([n, hits[segment] as number], tolerance).up;
    }
    const flagged = flagSegments(logEs, { alpha, segments: 'declared' });
    for (let segment = 0; segment < bad; segment++) {
      if (flagged.includes(segment)) together[segment] = Math.min(together[segment] as number, n);
      if ((logEs[segment] as number) >= Math.log(1 / alpha)) alone[segment] = Math.min(alone[segment] as number, n);
    }
    atEnd = falseShare(flagged);
    if (atAll < 0 && together.every(Number.isFinite)) atAll = atEnd;
  }
  return { atAll: Math.max(0, atAll), atEnd, together, alone };
}

function syntheticRun(random: Random): Found {
  return segmentRun({
    segments: declared,
    hitsOf: (segment) => hitsIn(random, segment < bad ? badShare : tolerance),
  });
}

/** Hits in one step, by the gaps between them. */
function hitsIn(random: Random, share: number): number {
  let hits = 0;
  for (let at = gap(random, share); at < step; at += 1 + gap(random, share)) hits += 1;
  return hits;
}

function gap(random: Random, share: number): number {
  return Math.floor(Math.log(1 - random.uniform()) / Math.log1p(-share));
}

export const segmentBars: readonly Bar[] = [
  {
    id: 'N19',
    says: '200 segments at 1 %, 5 of them bad (5 %), alpha .01: e-BH at the look that has all five, and at 1500 requests each',
    must: 'false discovery rate ≤ alpha, p95 delay at most twice that of testing each alone',
    measure(setting) {
      const runs = Array.from({ length: setting.short ? 15 : 1000 }, (_, run) =>
        syntheticRun(randomOf(setting, `N19 ${run}`)),
      );
      const rateOf = (pick: (found: Found) => number): number =>
        runs.reduce((sum, run) => sum + pick(run), 0) / runs.length;
      const [atAll, atEnd] = [rateOf((run) => run.atAll), rateOf((run) => run.atEnd)];
      const together = summaryOf(runs.flatMap((run) => run.together));
      const alone = summaryOf(runs.flatMap((run) => run.alone));
      const allowed = mostFalse(alpha, runs.length);
      return {
        measured: `${atAll.toFixed(4)} and ${atEnd.toFixed(4)}; ${together.median} / ${together.p95} against ${alone.median} / ${alone.p95} alone`,
        met: atAll <= allowed && atEnd <= allowed && together.p95 <= 2 * alone.p95,
      };
    },
  },
];
