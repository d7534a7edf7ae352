// Each version beside the first, cell by cell: how many times as often the fault shows. Both rates lie in intervals that cover together
// with every other of the card (alpha divided by their number), so the ratios read off their ends do as well (union bound; the versions
// may be as dependent as they like).
import { betaInterval } from '../core/stats/beta-interval.ts';
import type { CardCell } from './card.ts';

export interface Comparison {
  readonly candidate: string;
  readonly production: string;
  readonly feature: string;
  readonly fault: string;
  readonly decision: string | null;
  readonly metric: string;
  readonly candidateRate: number;
  readonly productionRate: number;
  /** Candidate's rate over production's; null when production's was 0. */
  readonly ratio: number | null;
  /** The upper end is null when no largest ratio can be said. */
  readonly interval: readonly [number, number | null];
  readonly finding: 'more' | 'less' | 'not told apart';
}

export function compareVersions(
  cells: readonly CardCell[],
  { versions, alpha }: { readonly versions: readonly string[]; readonly alpha: number },
): readonly Comparison[] {
  const [production, ...candidates] = versions;
  const each = alpha / cells.length;
  const found = candidates.flatMap((candidate) =>
    cells
      .filter(({ version }) => version === candidate)
      .flatMap((cell) => {
        const beside = cells.find((other) => other.version === production && isSamePlace(other, cell));
        return beside === undefined ? [] : (compare(cell, beside, { alpha: each }) ?? []);
      }),
  );
  // Sorting is stable: what is equally sure stays in the card's order.
  return found.sort((one, other) => sureness(other) - sureness(one));
}

function isSamePlace(one: CardCell, other: CardCell): boolean {
  return (
    one.feature === other.feature &&
    one.fault === other.fault &&
    one.metric === other.metric &&
    one.decision === other.decision
  );
}

function compare(candidate: CardCell, production: CardCell, { alpha }: { alpha: number }): Comparison | null {
  if (candidate.estimate === null || production.estimate === null) return null;
  const [above, below] = [together(candidate, alpha), together(production, alpha)];
  const low = below[1] === 0 ? 0 : above[0] / below[1];
  const high = below[0] === 0 ? null : above[1] / below[0];
  const { feature, fault, decision, metric } = candidate;
  return {
    candidate: candidate.version,
    production: production.version,
    feature,
    fault,
    decision,
    metric,
    candidateRate: candidate.estimate,
    productionRate: production.estimate,
    ratio: production.estimate === 0 ? null : candidate.estimate / production.estimate,
    interval: [low, high],
    finding: low > 1 ? 'more' : high !== null && high < 1 ? 'less' : 'not told apart',
  };
}

/** The cell's interval at its part of the card's alpha. */
function together({ n, estimate }: CardCell, alpha: number): readonly [number, number] {
  return betaInterval({ n, hits: Math.round(n * (estimate ?? 0)), alpha });
}

/** The smallest difference that is proven, as a factor; below 1 nothing is. */
function sureness({ interval: [low, high] }: Comparison): number {
  return Math.max(low, high === null ? 0 : 1 / Math.max(high, Number.MIN_VALUE));
}

/** What weighs most, first: of one fault a wrong answer that nobody notices says more than a lost confidence. */
const gravest: readonly string[] = ['silent-wrong', 'flip', 'material'];

function gravity({ metric }: Comparison): number {
  const place = gravest.indexOf(metric);
  return place < 0 ? gravest.length : place;
}

/** Proven ones, the surest first; of each feature and fault the gravest metric only. */
export function differences(comparisons: readonly Comparison[]): readonly Comparison[] {
  const told = comparisons.filter(({ finding }) => finding !== 'not told apart');
  const placeOf = ({ candidate, feature, fault }: Comparison): string => [candidate, feature, fault].join('\u0000');
  const first = new Map<string, Comparison>();
  for (const one of told) {
    const known = first.get(placeOf(one));
    if (known === undefined || gravity(one) < gravity(known)) first.set(placeOf(one), one);
  }
  return told.filter((one) => first.get(placeOf(one)) === one);
}
