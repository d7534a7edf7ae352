// The card's cells laid out for every way of drawing them: per metric one grid of features × faults with the versions under one another,
// and one for what is done to the whole request.
import type { Card, CardCell, CardVersion, Treatment } from '../../chaos/card.ts';
import type { Comparison } from '../../chaos/compare-versions.ts';
import { wholeRequest } from '../../chaos/plan-suite.ts';

export interface Matrix {
  readonly metric: string;
  readonly decision: string | null;
  readonly faults: readonly string[];
  readonly rows: readonly MatrixRow[];
}

export interface MatrixRow {
  readonly feature: string;
  readonly version: CardVersion;
  /** One per fault; null where the fault is not done to this feature. */
  readonly places: readonly (Place | null)[];
}

export interface Place {
  readonly cell: CardCell;
  readonly treatment: Treatment;
  /** Beside the first version; null for the first itself, and where nothing could be compared. */
  readonly comparison: Comparison | null;
}

/** In the card's order; grids without a cell are left out. */
export function matricesOf(card: Card): readonly Matrix[] {
  const metrics = new Map(card.cells.map((cell) => [`${cell.metric}\u0000${cell.decision}`, cell]));
  const groups = [
    { features: card.features, faults: card.faults.filter(({ isOfFeature }) => isOfFeature) },
    { features: [wholeRequest], faults: card.faults.filter(({ isOfFeature }) => !isOfFeature) },
  ];
  const find = createFinder(card);
  return [...metrics.values()].flatMap(({ metric, decision }) =>
    groups.flatMap(({ features, faults }): Matrix[] => {
      const rows = features.flatMap((feature) =>
        card.versions.map((version): MatrixRow => {
          const places = faults.map((fault) =>
            find({ feature, fault: fault.name, version: version.name, metric, decision }),
          );
          return { feature, version, places };
        }),
      );
      const isEmpty = rows.every(({ places }) => places.every((place) => place === null));
      return isEmpty ? [] : [{ metric, decision, faults: faults.map(({ name }) => name), rows }];
    }),
  );
}

interface Wanted extends Pick<CardCell, 'feature' | 'fault' | 'version' | 'metric' | 'decision'> {}

function createFinder({ cells, treatments, comparisons }: Card): (wanted: Wanted) => Place | null {
  const place = (one: { feature: string; fault: string }, version: string): string =>
    [version, one.feature, one.fault].join('\u0000');
  const about = (one: CardCell | Comparison, version: string): string =>
    [place(one, version), one.metric, one.decision].join('\u0000');
  const cellAt = new Map(cells.map((cell) => [about(cell, cell.version), cell]));
  const treatmentAt = new Map(treatments.map((one) => [place(one, one.version), one]));
  const comparisonAt = new Map(comparisons.map((one) => [about(one, one.candidate), one]));
  return (wanted) => {
    const key = [place(wanted, wanted.version), wanted.metric, wanted.decision].join('\u0000');
    const cell = cellAt.get(key);
    const treatment = treatmentAt.get(place(wanted, wanted.version));
    if (cell === undefined || treatment === undefined) return null;
    return { cell, treatment, comparison: comparisonAt.get(key) ?? null };
  };
}

/** What a picture of a metric is called. */
export function matrixTitle({ metric, decision }: Pick<Matrix, 'metric' | 'decision'>): string {
  const words = titles[metric] ?? `How often: ${metric}`;
  return decision === null ? words : `${words} (decision: ${decision})`;
}

const titles: Readonly<Record<string, string>> = {
  flip: 'Flips: the decision is another one than without the fault',
  'silent-wrong': 'Silently wrong: answered in time, not marked as a fallback, and materially different',
  'confidence-fall': 'Confidence falls: the model is less sure than without the fault',
  material: 'Material change: the answer moved by more than what matters',
  'low-confidence': 'Low confidence: the model is less sure than the bar',
};

const verdictMarks = { HOLDS: '✓', VIOLATED: '✗', UNDECIDED: '?' } as const;

/** "✓", or "≥✓" where a change is expected. */
export function markOf({ verdict, relation }: Pick<CardCell, 'verdict' | 'relation'>): string {
  return `${relation === 'sensitive' ? '≥' : ''}${verdictMarks[verdict]}`;
}

export const markWords =
  '✓ proven to be as expected, ✗ proven not to be, ? undecided with these requests; ≥ here a change was expected, since none would mean that the feature is not used; loud: it failed, or marked its answer as a fallback, on half or more of what the fault changed; idle: the fault changed nothing; ▲ proven more fragile than the version in production, ▼ proven less';

/** What the card is about, for somebody who has not seen the config. */
export function aboutLines({ versions, traffic }: Card): readonly [string, string] {
  const names = versions.map(({ name, version, role }) => {
    const place = role === 'production' ? 'in production' : 'a candidate';
    return `${name}${version === null ? '' : ` (${version})`}, ${place}`;
  });
  const { requests, file, warmUp } = traffic;
  const asked = `Under every fault each version was asked ${requests} requests of ${file} and compared with its own answers to them untouched`;
  return [names.join('; beside it '), `${asked}; the first ${warmUp} warm it up and are not counted.`];
}

/** Said right under the first sentences. */
export function bracketWords({ alpha }: Card): string {
  const sure = `${Number((100 * (1 - alpha)).toPrecision(4))} %`;
  return `"6× [3, 13] more fragile" means: the share of requests in which it shows is 6 times that of the version in production, and proven to be between 3 and 13 times (all such brackets of the card are right together with ${sure}).`;
}

/** What stands large in a place: its rate, or why there is none. A flip rate of a fault that makes the model fail would mislead. */
export function placeValue({ cell, treatment }: Place): string {
  if (treatment.asked === 0) return 'not run';
  if (treatment.nature === 'loud') return 'loud';
  if (cell.estimate === null) return 'idle';
  const share = 100 * cell.estimate;
  return `${share >= 10 || share === 0 ? share.toFixed(0) : Number(share.toPrecision(2))} %`;
}
