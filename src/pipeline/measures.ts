// Fourth step: a hypothesis made ready to count: pairs in, integers out. Which metric and statistic is core's affair.
import { type Explained, explain } from '../core/judge/explain.ts';
import { createObserver } from '../core/judge/observe.ts';
import type { PairVersions } from '../io/store-port.ts';
import type { Arm, Decision, Experiment, Hypothesis, Pair } from '../model.ts';
import { type Contributions, contributionOf } from './accumulate.ts';
import type { JoinedTruth } from './truth.ts';

export interface Measure {
  readonly hypothesis: Hypothesis;
  /** Hash of the hypothesis definition: counts of another definition are another stream. */
  readonly key: string;
  /** Length of its counts. */
  readonly size: number;
  count(pair: Pair, contributions: Contributions, versions: PairVersions): void;
  countTruth(truth: JoinedTruth, contributions: Contributions): void;
  explain(judged: Omit<Explained, 'hypothesis'>): string;
}

export interface MeasureOptions {
  readonly decisions: readonly Decision[];
  readonly hashOf: (experiment: Experiment, hypothesis: Hypothesis) => string;
}

export function createMeasures(experiment: Experiment, { decisions, hashOf }: MeasureOptions): readonly Measure[] {
  return experiment.hypotheses.map((hypothesis) =>
    createMeasure(hypothesis, {
      key: hashOf(experiment, hypothesis),
      decision: decisions.find(({ name }) => name === hypothesis.decision) ?? null,
      arm: experiment.arms.find(({ name }) => name === hypothesis.arm) as Arm,
      control: experiment.arms.find(({ role }) => role === 'control')?.name ?? null,
    }),
  );
}

interface Parts {
  readonly key: string;
  readonly decision: Decision | null;
  readonly arm: Arm;
  readonly control: string | null;
}

function createMeasure(hypothesis: Hypothesis, { key, decision, arm, control }: Parts): Measure {
  const observer = createObserver(hypothesis, decision);
  const looksAtActed = hypothesis.relation === 'loud' || arm.faults.some(({ type }) => type === 'dependency');
  const slot = { id: hypothesis.id, size: observer.size };
  // Counted into a scratch first: a pair that is not in n must not open a stream.
  const add = (contributions: Contributions, versions: PairVersions, observe: (counts: number[]) => boolean): void => {
    const delta = new Array<number>(observer.size).fill(0);
    if (!observe(delta)) return;
    const counts = contributionOf(contributions, slot, versions);
    for (const [index, count] of delta.entries()) counts[index] = (counts[index] as number) + count;
  };
  return {
    hypothesis,
    key,
    size: observer.size,
    count: (pair, contributions, versions) => {
      if (observer.waitsForTruth) return;
      const seen = looksAtActed ? pair : { ...pair, arm: { ...pair.arm, faultActed: null } };
      add(contributions, versions, (counts) => observer.observe(counts, seen));
    },
    countTruth: ({ outcome, labels }, contributions) => {
      const ofArm = labels.arms[hypothesis.arm];
      if (ofArm === undefined || !observer.waitsForTruth || outcome.decision !== hypothesis.decision) return;
      const base = hypothesis.against === 'limit' ? labels.production : labels.arms[control ?? '']?.labels;
      const production = base?.[outcome.decision];
      if (production === undefined) return;
      const pair = { production, arm: ofArm.labels[outcome.decision] ?? null, truth: outcome.label };
      add(contributions, ofArm, (counts) => observer.observeTruth(counts, pair));
    },
    explain: (judged) => explain({ hypothesis, ...judged }),
  };
}
