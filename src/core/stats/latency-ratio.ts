// Latency quantile ratio: whether the arm's p50 (or another quantile) is at most so many times its control's, on the same requests.
// No union bound over where the quantile lies: each place in question is either refuted or proven there.
import { type Static, Type } from 'typebox';
import type { Counts, Evidence } from '../../model.ts';
import type { Kind } from '../kind.ts';
import { createRatioBets, type RatioBets } from './latency-ratio-bets.ts';
import { addLatencies, createRatioGrid, type RatioGrid, ratioSize, readRatioCounts } from './latency-ratio-counts.ts';
import { latencyRatioLogE } from './latency-ratio-evidence.ts';
import { latencyRatioInterval } from './latency-ratio-interval.ts';
import {
  type Claim,
  checkClaim,
  checkShare,
  inputInvalid,
  type LogE,
  noEvidence,
  type Statistic,
} from './statistic.ts';
import { stillNeeded } from './still-needed.ts';

const options = Type.Object(
  {
    quantile: Type.Optional(
      Type.Number({ description: 'which quantile', exclusiveMinimum: 0, exclusiveMaximum: 1, default: 0.5 }),
    ),
    ratio: Type.Optional(
      Type.Number({
        description: 'how many times the control’s it may be',
        minimum: 1.05,
        exclusiveMaximum: 2,
        default: 1.2,
      }),
    ),
    engine: Type.Optional(
      Type.Union([Type.Literal('joint'), Type.Literal('paired')], {
        description: 'which bets: joint needs fewer requests, paired is the plain difference of the two indicators',
        default: 'joint',
      }),
    ),
  },
  { additionalProperties: false },
);

/** About what a mixture of bets costs before it gains, as a factor of the e-value. */
const priceOfMixture = 10;

/**
 * Evidence on Q_arm(p) ≤ ratio · Q_control(p), read on buckets of ratio^(1/8). Its tolerance is ratio − 1, its estimate the relative
 * excess of the arm's quantile. An observation is [control's milliseconds, the arm's]. Assumption: the control's quantile stays in its
 * bucket; latencies outside 0.1 ms to 100 s count in the end buckets. O(buckets near the quantile) after O(buckets) of sums.
 * The bets are those of `engine: 'joint'` unless told: they stake on the two indicators in several mixtures. To check against the plain paired
 * composition (trinomial bets on 1[arm inside] − 1[control inside], terms A, B and C a third each) ask for `engine: 'paired'`: its
 * e-values are other numbers, and need about a fifth more requests.
 * Reference: Waudby-Smith and Ramdas, JRSSB 2024, for the bets; Howard and Ramdas, Bernoulli 2022, arXiv:1906.09712, for the displayed interval.
 *
 * @throws PenumbraError STATISTIC_INPUT_INVALID for times that are negative or not finite, unsound counts, another tolerance than ratio − 1
 * @example
 * const counts = zeroCounts(latencyRatio.size);
 * for (let n = 0; n < 300; n++) latencyRatio.add(counts, [20 + (n % 9), 20 + (n % 9)]);
 * latencyRatio.logE(counts, 0.2).down >= Math.log(100) // true
 */
export function createLatencyRatio({
  quantile = 0.5,
  ratio = 1.2,
  engine = 'joint',
}: Static<typeof options> = {}): Statistic {
  checkShare('quantile', quantile);
  // Nearer to 0 than 1e-16 and there is no number left for its complement.
  checkShare('1 − quantile', 1 - quantile);
  if (engine !== 'joint' && engine !== 'paired') {
    throw inputInvalid(`engine requires "joint" or "paired", not ${String(engine)}`);
  }
  const grid = createRatioGrid(ratio);
  const bets = createRatioBets(quantile, engine);
  const onlyTolerance = Number((ratio - 1).toPrecision(12));
  const checkTolerance = (tolerance: number): void => {
    checkShare('tolerance', tolerance);
    if (Math.abs(tolerance - onlyTolerance) > 1e-9) {
      throw inputInvalid(`latency-ratio counted for a tolerance of ${onlyTolerance} cannot judge ${tolerance}`);
    }
  };
  const logE = (counts: Counts, tolerance: number): LogE => {
    checkTolerance(tolerance);
    return latencyRatioLogE(readRatioCounts(counts, grid), { quantile, bets });
  };
  return {
    name: 'latency-ratio',
    size: ratioSize(grid),
    onlyTolerance,
    add: (counts, observation) => addLatencies(counts, observation, grid),
    logE,
    evidence(counts, claim) {
      checkClaim(claim);
      checkTolerance(claim.tolerance);
      return evidenceOf(counts, { claim, grid, quantile, bets });
    },
  };
}

function evidenceOf(
  counts: Counts,
  { claim, grid, quantile, bets }: { claim: Claim; grid: RatioGrid; quantile: number; bets: RatioBets },
): Evidence {
  const read = readRatioCounts(counts, grid);
  const { n } = read;
  if (n === 0) return noEvidence;
  const found = latencyRatioLogE(read, { quantile, bets });
  const alpha = Math.max(claim.alphaViolated, claim.alphaHolds);
  const { estimate, interval } = latencyRatioInterval(read, { grid, quantile, alpha });
  const isAbove = estimate > claim.tolerance;
  const logE = isAbove ? found.up : found.down;
  const wanted = isAbove ? claim.alphaViolated : claim.alphaHolds;
  return {
    n,
    estimate,
    interval,
    logEUp: found.up,
    logEDown: found.down,
    stillNeeded: stillNeeded({ n, logE, alpha: wanted, growth: (logE + Math.log(priceOfMixture)) / n }),
  };
}

/**
 * The median, at most 1.2 times the control’s: judged at a tolerance of 0.2, by the `joint` bets. Whoever expects the plain paired composition
 * (trinomial bets on the difference of the two indicators) finds it in `createLatencyRatio({ engine: 'paired' })`.
 */
export const latencyRatio: Statistic = createLatencyRatio();

export const latencyRatioKind: Kind<typeof options, Statistic> = {
  name: 'latency-ratio',
  summary: 'A latency quantile of the arm as a multiple of its control’s on the same requests, against a limit.',
  options,
  create: createLatencyRatio,
};
