// Fourth step: a hypothesis made ready to count: pairs in, integers out. Which metric and statistic is core's affair.
import { type Explained, explain } from '../core/judge/explain.ts';
import { explainSegments } from '../core/judge/explain-segments.ts';
import type { StreamState } from '../core/judge/judge-stream.ts';
import { isKnownToAct } from '../core/judge/known-to-act.ts';
import { type LateOnset, onsetsOf } from '../core/judge/late-onset-of.ts';
import { createObserver } from '../core/judge/observe.ts';
import { otherSegment } from '../core/judge/segment.ts';
import { zeroCounts } from '../core/stats/statistic.ts';
import type { PairVersions } from '../io/store-port.ts';
import type { Arm, Decision, Experiment, Hypothesis, Pair, Segmentation, Segments } from '../model.ts';
import { type Contribution, type Contributions, contributionOf, unknownVersion } from './accumulate.ts';
import type { JoinedTruth } from './truth.ts';

export interface Measure {
  readonly hypothesis: Hypothesis;
  /** Null: all requests are judged together. */
  readonly segmentation: Segmentation | null;
  /** Null: not watched for late onset. */
  readonly onset: LateOnset | null;
  /** Hash of the hypothesis definition: counts of another definition are another stream. */
  readonly key: string;
  /** Length of its counts. */
  readonly size: number;
  count(pair: Pair, contributions: Contributions, versions: PairVersions): void;
  countTruth(truth: JoinedTruth, contributions: Contributions): void;
  explain(judged: Omit<Explained, 'hypothesis'> & Pick<StreamState, 'segments'>): string;
}

export interface MeasureOptions {
  readonly decisions: readonly Decision[];
  readonly segmentations: readonly Segmentation[];
  readonly hashOf: (experiment: Experiment, hypothesis: Hypothesis) => string;
}

export function createMeasures(experiment: Experiment, options: MeasureOptions): readonly Measure[] {
  const { decisions, segmentations, hashOf } = options;
  const onsets = onsetsOf(experiment, segmentations);
  return experiment.hypotheses.map((hypothesis) =>
    createMeasure(hypothesis, {
      key: hashOf(experiment, hypothesis),
      decision: decisions.find(({ name }) => name === hypothesis.decision) ?? null,
      segmentation: segmentations.find(({ name }) => name === hypothesis.segmentation) ?? null,
      onset: onsets.get(hypothesis.id) ?? null,
      arm: experiment.arms.find(({ name }) => name === hypothesis.arm) as Arm,
      control: experiment.arms.find(({ role }) => role === 'control')?.name ?? null,
    }),
  );
}

interface Parts {
  readonly key: string;
  readonly decision: Decision | null;
  readonly segmentation: Segmentation | null;
  readonly onset: LateOnset | null;
  readonly arm: Arm;
  readonly control: string | null;
}

function createMeasure(hypothesis: Hypothesis, parts: Parts): Measure {
  const { key, decision, segmentation, onset, arm, control } = parts;
  const observer = createObserver(hypothesis, decision);
  const looksAtActed = hypothesis.relation === 'loud' || isKnownToAct(arm);
  const slot = { id: hypothesis.id, size: observer.size };
  const delta = zeroCounts(observer.size);
  // Counted into a scratch first: a pair that is not in n must not open a stream.
  const add = (
    { contributions, versions, segments }: { contributions: Contributions; versions: PairVersions; segments: Segments },
    observe: (counts: number[]) => boolean,
  ): void => {
    delta.fill(0);
    const isInN = observe(delta);
    // Segments are known by all their requests: an arm must not be able to hide one by failing in it.
    if (!isInN && segmentation === null) return;
    const contribution = contributionOf(contributions, slot, versions);
    if (isInN) addInPlace(contribution.counts, delta);
    if (segmentation === null) return;
    const segment = segments[segmentation.name] ?? otherSegment;
    contribution.requests.set(segment, (contribution.requests.get(segment) ?? 0) + 1);
    if (isInN) addInPlace(segmentCountsOf(contribution, segment), delta);
  };
  return {
    hypothesis,
    segmentation,
    onset,
    key,
    size: observer.size,
    count: (pair, contributions, versions) => {
      if (observer.waitsForTruth) return;
      if (isOtherVersion(hypothesis, versions)) {
        // What was learned says nothing about this one: its stream begins, and holds nothing.
        contributionOf(contributions, slot, versions);
        return;
      }
      const seen = looksAtActed ? pair : withoutActing(pair);
      add({ contributions, versions, segments: pair.segments ?? {} }, (counts) => observer.observe(counts, seen));
    },
    countTruth: ({ outcome, labels }, contributions) => {
      const ofArm = labels.arms[hypothesis.arm];
      if (ofArm === undefined || !observer.waitsForTruth || outcome.decision !== hypothesis.decision) return;
      const base = hypothesis.against === 'limit' ? labels.production : labels.arms[control ?? '']?.labels;
      const production = base?.[outcome.decision];
      if (production === undefined) return;
      const pair = { production, arm: ofArm.labels[outcome.decision] ?? null, truth: outcome.label };
      add({ contributions, versions: ofArm, segments: labels.segments ?? {} }, (counts) =>
        observer.observeTruth(counts, pair),
      );
    },
    explain: (judged) =>
      segmentation === null
        ? explain({ hypothesis, ...judged })
        : explainSegments({ hypothesis, segmentation, ...judged }),
  };
}

function isOtherVersion({ learned }: Hypothesis, { armVersion }: PairVersions): boolean {
  const known = learned?.version ?? null;
  return known !== null && armVersion !== unknownVersion && armVersion !== known;
}

/** For arms where it does not matter on which requests something was done to them. */
function withoutActing(pair: Pair): Pair {
  if (pair.arm.faultActed === null) return pair;
  const { rows, ...whole } = pair;
  const seen = { ...whole, arm: { ...pair.arm, faultActed: null } };
  return rows === undefined ? seen : { ...seen, rows: rows.map(withoutActing) };
}

function addInPlace(counts: number[], delta: readonly number[]): void {
  for (let index = 0; index < delta.length; index++)
    counts[index] = (counts[index] as number) + (delta[index] as number);
}

function segmentCountsOf({ counts, segments }: Contribution, segment: string): number[] {
  const found = segments.get(segment) ?? zeroCounts(counts.length);
  segments.set(segment, found);
  return found;
}
