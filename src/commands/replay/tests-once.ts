// The classical tests of a finished recording, each once per arm and decision. Their p-values hold because the sample was fixed before
// anybody looked; while data arrive only the hypotheses may be looked at.
import { whole } from '../../core/judge/words.ts';
import { chiSquared } from '../../core/stats/chi-squared.ts';
import { exactMcnemar } from '../../core/stats/exact-mcnemar.ts';
import type { FixedSampleTest } from '../../core/stats/fixed-sample.ts';
import { ksTwoSample } from '../../core/stats/ks-two-sample.ts';
import { mannWhitney } from '../../core/stats/mann-whitney.ts';
import { type DecisionPairs, hasLabels } from './collect-pairs.ts';

export type TestOnce =
  | (FixedSampleTest & {
      /** What exactly was compared, in words. */
      readonly tested: string;
      /** What to mind when reading it. */
      readonly note: string | null;
    })
  | NotComputed;

export interface NotComputed {
  readonly name: string;
  readonly notComputed: string;
}

export interface TestSetting {
  readonly isControl: boolean;
  readonly hasControl: boolean;
}

/** Two-sample KS, Mann–Whitney, chi-squared on labels, exact McNemar, always in this order. */
export function testsOnce(pairs: DecisionPairs, setting: TestSetting): readonly TestOnce[] {
  return [
    onScores(pairs, 'Kolmogorov–Smirnov, two samples', ksTwoSample),
    onScores(pairs, 'Mann–Whitney U', mannWhitney),
    onLabels(pairs),
    onFlips(pairs, setting),
  ];
}

function onScores(
  pairs: DecisionPairs,
  name: string,
  test: (first: readonly number[], second: readonly number[]) => FixedSampleTest,
): TestOnce {
  const { decision, n, scores } = pairs;
  const { production, arm } = scores;
  const { kind } = decision;
  if (n === 0) return { name, notComputed: nothingCompared(pairs) };
  const what = wordsOfScore(kind);
  if (what === null || arm.length === 0) return { name, notComputed: noScore(kind) };
  return { ...test(production, arm), tested: `${what} of production and of the arm, pairing ignored`, note: null };
}

/** Why there is nothing to compute from. */
export function nothingCompared({ batches }: DecisionPairs): string {
  return batches === 0 ? 'nothing was compared' : 'rows of one batch are not independent';
}

/** What a decision's one number is; null where it has none. */
export function wordsOfScore(kind: string): string | null {
  if (kind === 'binary') return 'scores';
  if (kind === 'regression') return 'values';
  return kind === 'classes' ? 'scores of the winning class' : null;
}

export function noScore(kind: string): string {
  return kind === 'classes' ? 'the class scores are no probabilities' : `a ${kind} has no score`;
}

const leastExpected = 5;

function onLabels(pairs: DecisionPairs): TestOnce {
  const { n, labels } = pairs;
  const { kind } = pairs.decision;
  const name = 'chi-squared';
  if (n === 0) return { name, notComputed: nothingCompared(pairs) };
  if (!hasLabels(kind)) return { name, notComputed: `a ${kind} has no labels` };
  const counts = [...labels.values()];
  const test = chiSquared(
    counts.map(([production]) => production),
    counts.map(([, arm]) => arm),
  );
  const thin = counts.filter(([production, arm]) => (production + arm) / 2 < leastExpected).length;
  const note = thin === 0 ? null : `${thin} of ${counts.length} labels are expected fewer than ${leastExpected} times`;
  return { ...test, tested: `how often each of ${counts.length} labels came, pairing ignored`, note };
}

function onFlips({ decision: { kind }, n, against }: DecisionPairs, setting: TestSetting): TestOnce {
  const name = 'McNemar, exact';
  if (setting.isControl) return { name, notComputed: 'this is the control arm' };
  if (!setting.hasControl) return { name, notComputed: 'no control arm' };
  if (n === 0 || against.n === 0) return { name, notComputed: 'no request that both arm and control answered' };
  const unlike = hasLabels(kind) ? 'with another label than production' : 'materially unlike production';
  return {
    ...exactMcnemar(against.arm, against.control),
    tested: `of ${whole(against.n)} requests those that only the arm (${whole(against.arm)}) or only the control (${whole(against.control)}) answered ${unlike}; true outcomes are not in a recording`,
    note: null,
  };
}
