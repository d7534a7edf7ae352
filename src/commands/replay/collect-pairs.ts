// Keeps what effect sizes and classical tests need of every compared pair on which the arm answered: scores side by side, labels, and
// on which requests only the arm or only the control went another way than production.
import { movedMaterially } from '../../core/compare/moved-materially.ts';
import type { Arm, Decision, Outcome, Pair, Prediction, PredictionKind } from '../../model.ts';

export interface DecisionPairs {
  readonly decision: Decision;
  /** Pairs on which the arm answered ok; batches are not among them. */
  n: number;
  /** Requests of several rows: their rows are no independent observations, which classical tests need. */
  batches: number;
  /** One number per pair and side, where the output has one. */
  readonly scores: { readonly production: number[]; readonly arm: number[] };
  /** How often each label came, [production, arm]; empty where the output has none. */
  readonly labels: Map<string, [number, number]>;
  /** Pairs on which arm and control both answered, and of those the ones that only one of them answered unlike production. */
  readonly against: { n: number; arm: number; control: number };
}

export interface PairCollector {
  onPair(arm: Arm, pair: Pair): void;
  /** By decision, in the config's order; empty decisions before the first pair. */
  of(arm: string): readonly DecisionPairs[];
}

export function createPairCollector(decisions: readonly Decision[]): PairCollector {
  const byArm = new Map<string, readonly DecisionPairs[]>();
  const of = (arm: string): readonly DecisionPairs[] => {
    const known = byArm.get(arm) ?? decisions.map(emptyPairs);
    byArm.set(arm, known);
    return known;
  };
  return {
    of,
    onPair: ({ name }, pair) => {
      for (const pairs of of(name)) addPair(pairs, pair);
    },
  };
}

function emptyPairs(decision: Decision): DecisionPairs {
  return {
    decision,
    n: 0,
    batches: 0,
    scores: { production: [], arm: [] },
    labels: new Map(),
    against: { n: 0, arm: 0, control: 0 },
  };
}

function addPair(pairs: DecisionPairs, { production: { predictions }, arm, control, rows }: Pair): void {
  if (rows !== undefined) {
    pairs.batches += 1;
    return;
  }
  const { decision, scores, labels, against } = pairs;
  const production = predictions[decision.name];
  const shadow = predictionOf(arm, decision);
  if (production === undefined || shadow === undefined) return;
  pairs.n += 1;
  const [before, after] = [scoreOf(production), scoreOf(shadow)];
  if (before !== null && after !== null) {
    scores.production.push(before);
    scores.arm.push(after);
  }
  if (hasLabels(decision.kind)) {
    countLabel(labels, production.label, 0);
    countLabel(labels, shadow.label, 1);
  }
  const twin = control === null ? undefined : predictionOf(control, decision);
  if (twin === undefined) return;
  const armDiffers = differs(decision, production, shadow);
  const controlDiffers = differs(decision, production, twin);
  if (armDiffers === null || controlDiffers === null) return;
  against.n += 1;
  if (armDiffers && !controlDiffers) against.arm += 1;
  if (controlDiffers && !armDiffers) against.control += 1;
}

function predictionOf({ status, predictions }: Outcome, { name }: Decision): Prediction | undefined {
  return status === 'ok' ? predictions?.[name] : undefined;
}

/** The one number of a prediction: the score, the value, or how sure the winning class is; null where there is none. */
function scoreOf({ kind, scores, value, confidence }: Prediction): number | null {
  if (kind === 'binary') return scores[0] ?? null;
  if (kind === 'regression') return value;
  return kind === 'classes' ? confidence : null;
}

export function hasLabels(kind: PredictionKind): boolean {
  return kind === 'binary' || kind === 'classes' || kind === 'label';
}

/** Whether the answer is another one: another label, or where outputs have none a material difference. Null when it cannot be said. */
function differs(decision: Decision, production: Prediction, shadow: Prediction): boolean | null {
  return hasLabels(decision.kind)
    ? production.label !== shadow.label
    : movedMaterially(decision, { production, shadow });
}

function countLabel(labels: DecisionPairs['labels'], label: string, side: 0 | 1): void {
  const counts = labels.get(label) ?? [0, 0];
  counts[side] += 1;
  labels.set(label, counts);
}
