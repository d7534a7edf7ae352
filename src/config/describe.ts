// A hypothesis in words: what is measured, the limit, against what, whether it is required, and at which error rates.
import { metricOf } from '../core/judge/observe.ts';
import { percent } from '../core/judge/words.ts';
import { formatShare } from '../core/units.ts';
import type { Hypothesis } from '../model.ts';
import { knownMetrics } from './metrics.ts';

/** The limit as a config writes it. */
export function limitText({ relation, against, tolerance }: Hypothesis): string {
  if (relation === 'invariant') return 'practically none';
  if (relation === 'sensitive') return `at least ${formatShare(tolerance)}`;
  return against === 'control'
    ? `no more than control + ${formatShare(tolerance)}`
    : `at most ${formatShare(tolerance)}`;
}

/** @example "flip rate at most 1%: the label differs from production’s" */
export function meaningOf(hypothesis: Hypothesis): string {
  const { metric, relation, tolerance, minActed } = hypothesis;
  const summary = knownMetrics.find((known) => known.metric.name === metric)?.summary ?? metric;
  const limit =
    relation === 'invariant' ? `practically none (at most ${formatShare(tolerance)})` : limitText(hypothesis);
  const { words, onlyAgainstControl } = metricOf(hypothesis);
  const multiple = onlyAgainstControl ? `, which is ${multipleText(tolerance)} × the control’s` : '';
  const sentence = `${words} ${limit}${multiple}: ${lowerFirst(summary)}`;
  if (relation !== 'loud') return sentence;
  return `${sentence}; loud: counted where the fault acted and control answered, with at least ${minActed} such requests and ${minActed} others that the arm answered`;
}

/** @example "required · false alarm 0.25 %, false pass 1 %" */
export function standingOf({ required, automatic, alphaViolated, alphaHolds }: Hypothesis): string {
  const parts = [required ? 'required' : 'advisory', automatic ? 'added by penumbra because of the gate' : null];
  const errors = `alpha ${percent(alphaViolated)} for "over limit", ${percent(alphaHolds)} for "within limit"`;
  return [...parts, errors].filter((part) => part !== null).join(' · ');
}

/** 1 + the tolerance without the noise of binary fractions: 1.2. */
function multipleText(tolerance: number): string {
  return String(Number((1 + tolerance).toPrecision(12)));
}

function lowerFirst(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1).replace(/\.$/, '');
}
