// The bets on a paired difference in {−1, 0, 1}, shared by everything that judges one: excess over control, the edges of the
// paired KS distance, the crossings behind a latency ratio.
import { type Bets, createBets, gainOf, rememberByTolerance } from './mixture.ts';
import { downFractions, downWeights, upFractions, upWeights } from './trinomial-grid.ts';

/** Bets against a tolerance in (−1, 1); cells are [observations of −1, of 0, of 1]. */
export function createTrinomialBets(tolerance: number): { readonly up: Bets; readonly down: Bets } {
  const gains = (lambda: number): number[] =>
    [-1, 0, 1].map((observation) => gainOf(lambda * (observation - tolerance)));
  return {
    up: createBets(
      upWeights,
      upFractions.map((fraction) => gains(fraction / (1 + tolerance))),
    ),
    down: createBets(
      downWeights,
      downFractions.map((fraction) => gains(-fraction / (1 - tolerance))),
    ),
  };
}

/** The same, made once for each tolerance. */
export const trinomialBets = rememberByTolerance(createTrinomialBets);
