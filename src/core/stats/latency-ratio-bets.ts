// The bets behind a latency ratio at one candidate edge: what may be staked on "the control's quantile is not here" and on "the arm obeys
// (or breaks) the ratio here". Two sets: `paired`, on the difference of the two indicators, and `joint`, which needs a fifth fewer requests.
import { type Bets, createBets, gainOf } from './mixture.ts';
import { downFractions, downWeights, upFractions, upWeights } from './trinomial-grid.ts';

export type RatioEngine = 'joint' | 'paired';

export interface RatioBets {
  /** Logarithms of the weights of A_t (too low), B_t (too high) and C_t in the candidate's mean. */
  readonly logShares: readonly [number, number, number];
  /** For HOLDS and VIOLATED, on the cells [both inside, control alone, arm alone, neither]. */
  readonly obeys: Bets;
  readonly breaks: Bets;
}

interface Stakes {
  readonly tilts: readonly number[];
  readonly fractions: readonly number[];
  readonly weights: readonly number[];
}

const jointStakes: Stakes = { tilts: [1.5, 0.7], fractions: [0.7, 0.4, 0.2, 0.08], weights: [3, 3, 2, 1] };

/**
 * "Inside" is the control at or below edge t, the arm at or below ratio · edge t. At the true t the null of HOLDS says that
 * D = 1[arm inside] − p and, as the control is inside with chance p or more, A = p − 1[control inside] both have mean ≤ 0. Hence every bet on
 * D + tilt · A with tilt ≥ 0 is legal. Tilt 1 is the paired difference 1[arm] − 1[control]; less tilt takes the control's indicator as a control
 * variate (best near the quantile), more tilt leans on "not here" (best below it). VIOLATED bets on the negative. Stakes are fractions of the
 * largest that cannot ruin.
 */
export function createRatioBets(quantile: number, engine: RatioEngine): RatioBets {
  if (engine === 'paired') {
    const third = Math.log(1 / 3);
    return {
      logShares: [third, third, third],
      obeys: betsOn(1, quantile, { tilts: [1], fractions: upFractions, weights: upWeights }),
      breaks: betsOn(-1, quantile, { tilts: [1], fractions: downFractions, weights: downWeights }),
    };
  }
  return {
    logShares: [Math.log(0.02), Math.log(0.02), Math.log(0.96)],
    obeys: betsOn(1, quantile, jointStakes),
    breaks: betsOn(-1, quantile, jointStakes),
  };
}

function betsOn(side: 1 | -1, quantile: number, { tilts, fractions, weights }: Stakes): Bets {
  const gains = tilts.flatMap((tilt) => {
    const payoffs = [
      [1, 1],
      [1, 0],
      [0, 1],
      [0, 0],
    ].map(([control, arm]) => side * ((arm as number) - quantile + tilt * (quantile - (control as number))));
    const largestStake = -1 / Math.min(...payoffs);
    return fractions.map((fraction) => payoffs.map((payoff) => gainOf(fraction * largestStake * payoff)));
  });
  return createBets(
    tilts.flatMap(() => weights),
    gains,
  );
}
