// The interval shown beside a paired KS distance: from the confidence sequences of all edges, conservative, and cheap because an edge
// that cannot move an end costs one evaluation.
import { type Crossings, edgeCells } from './crossings.ts';
import { type Bets, leadingTerm, logWealth } from './mixture.ts';
import { createTrinomialBets } from './trinomial-bets.ts';
import { trinomialLowerEnd, trinomialUpperEnd } from './trinomial-interval.ts';

type Cells = readonly [down: number, same: number, up: number];

/**
 * [L, U] around the largest |F1 − F0| over the edges, at all times at once with probability 1 − alpha. U is the largest upper end of any
 * edge and sign at alpha/2 with no correction (the edge where the distance is attained is one of them); L the largest lower end at
 * alpha/2 shared over all edges and signs (union bound). O(edges · 16 bets).
 */
export function pairedKsInterval(crossings: Crossings, alpha: number): readonly [number, number] {
  const sides = sidesOf(crossings);
  const lowerLevel = Math.log((4 * crossings.ups.length) / alpha);
  const upperLevel = Math.log(2 / alpha);
  const lower = largestEnd(ranked(sides, -lowerLevel), {
    floor: 0,
    end: (cells) => trinomialLowerEnd(cells, lowerLevel),
    exceeds: (cells, { up }) => isAbove(up, { cells, level: lowerLevel }),
  });
  const upper = largestEnd(ranked(sides, upperLevel), {
    floor: -1,
    end: (cells) => trinomialUpperEnd(cells, upperLevel),
    exceeds: (cells, { down }) => !isAbove(down, { cells, level: upperLevel }),
  });
  return [lower, Math.max(upper, lower)];
}

/** Whether ln E exceeds the level; its leading bet usually tells. */
function isAbove(bets: Bets, { cells, level }: { cells: Cells; level: number }): boolean {
  const leading = leadingTerm(bets, cells);
  if (leading >= level) return true;
  return leading + Math.log(bets.terms.length) > level && logWealth(bets, cells) > level;
}

/** Every edge in both directions, repeated counts once. */
function sidesOf(crossings: Crossings): Cells[] {
  const sides: Cells[] = [];
  for (let edge = 0; edge < crossings.ups.length; edge++) {
    const { ups, downs } = crossings;
    if (edge > 0 && ups[edge] === ups[edge - 1] && downs[edge] === downs[edge - 1]) continue;
    const [down, same, up] = edgeCells(crossings, edge);
    sides.push([down, same, up], [up, same, down]);
  }
  return sides;
}

/** By where their end will lie, roughly: mean ± √(2 · level · variance); then the first is nearly always the one that counts. */
function ranked(sides: readonly Cells[], level: number): Cells[] {
  const guessOf = ([down, same, up]: Cells): number => {
    const spread = Math.sqrt(2 * Math.abs(level) * (up + down - (up - down) ** 2 / (up + same + down)));
    return up - down + Math.sign(level) * spread;
  };
  return sides
    .map((cells) => ({ cells, guess: guessOf(cells) }))
    .sort((first, second) => second.guess - first.guess)
    .map(({ cells }) => cells);
}

interface Search {
  readonly floor: number;
  readonly end: (cells: Cells) => number;
  /** Whether this side's end lies above the limit that the bets are made for. */
  readonly exceeds: (cells: Cells, bets: ReturnType<typeof createTrinomialBets>) => boolean;
}

function largestEnd(sides: readonly Cells[], { floor, end, exceeds }: Search): number {
  let largest = floor;
  let bets: ReturnType<typeof createTrinomialBets> | null = null;
  for (const cells of sides) {
    if (largest >= 1) break;
    if (bets !== null && !exceeds(cells, bets)) continue;
    const found = end(cells);
    if (found <= largest) continue;
    largest = found;
    bets = largest < 1 ? createTrinomialBets(largest) : null;
  }
  return largest;
}
