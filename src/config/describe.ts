// A hypothesis in words: what is measured and of which requests, the limit, what either verdict disproves, whether it is required, and
// at which error rates.
import { countedWords, metrics } from '../core/compare/index.ts';
import { metricOf } from '../core/judge/observe.ts';
import { isOfRows } from '../core/judge/observe-batch.ts';
import { toleranceOf } from '../core/judge/relation.ts';
import { percent } from '../core/judge/words.ts';
import { formatShare } from '../core/units.ts';
import type { Hypothesis } from '../model.ts';
import { writtenOptions } from './option-text.ts';

/** The limit as a config writes it. */
export function limitText(hypothesis: Hypothesis): string {
  const { relation, against } = hypothesis;
  if (relation === 'invariant') return 'practically none';
  if (relation === 'sensitive') return `at least ${amountText(hypothesis)}`;
  return `${against === 'control' ? 'no more than control +' : 'at most'} ${amountText(hypothesis)}`;
}

function amountText(hypothesis: Hypothesis): string {
  const tolerance = toleranceOf(hypothesis);
  return metricOf(hypothesis).amount?.isPlainNumber ? String(tolerance) : formatShare(tolerance);
}

/**
 * @example "flip rate at most 1%: the label differs from production’s; n: comparable pairs that the arm answered ok; VIOLATED disproves
 * “the rate is at most 1%”, HOLDS disproves “the rate is at least 1%”"
 */
export function meaningOf(hypothesis: Hypothesis): string {
  const { metric, relation, minActed, options, segmentation } = hypothesis;
  const summary = metrics.find(({ name }) => name === metric)?.summary ?? metric;
  const subject = `${metricOf(hypothesis).words}${optionsText(options)}`;
  const sentence = isWithoutLimit(hypothesis)
    ? `${subject}, without a limit: ${lowerFirst(summary)}`
    : `${subject} ${limitMeaning(hypothesis)}: ${lowerFirst(summary)}`;
  const loud = `loud: counted where the fault acted and control answered, with at least ${minActed} such requests and ${minActed} others that the arm answered`;
  return [
    sentence,
    relation === 'loud' ? loud : countText(hypothesis),
    ...(segmentation === null ? [] : [`judged in every segment of ${segmentation} on its own`]),
    nullsText(hypothesis),
  ].join('; ');
}

/** DIFFERENT asks whether an arm is unlike its control at all. */
function isWithoutLimit(hypothesis: Hypothesis): boolean {
  return metricOf(hypothesis).statistic(hypothesis.against) === 'difference';
}

function limitMeaning(hypothesis: Hypothesis): string {
  const { relation, against, tolerance } = hypothesis;
  if (relation === 'invariant') return `practically none (at most ${amountText(hypothesis)})`;
  const { onlyAgainstControl, amount } = metricOf(hypothesis);
  const isBetweenArms = amount?.isBetweenArms === true && against === 'control';
  const multiple = onlyAgainstControl ? `, which is ${multipleText(tolerance)} × the control’s` : '';
  const between = isBetweenArms ? ', measured from the control’s answers instead of production’s' : '';
  return `${limitText(hypothesis)}${multiple}${between}`;
}

function optionsText(options: Hypothesis['options']): string {
  const entries = Object.entries(writtenOptions(options)).map(([name, value]) => `${name} ${String(value)}`);
  return entries.length === 0 ? '' : ` (${entries.join(', ')})`;
}

function countText(hypothesis: Hypothesis): string {
  const metric = metricOf(hypothesis);
  const counted = `n: ${countedWords(metric)}`;
  const both = hypothesis.against === 'control' ? `${counted}, where the same holds of the control` : counted;
  return hypothesis.rows === 'batch' && isOfRows(metric)
    ? `${both}; a batch is one of them, with the mean over its rows`
    : both;
}

/** The exact null hypotheses: which claim is disproved by which verdict. */
function nullsText(hypothesis: Hypothesis): string {
  if (isWithoutLimit(hypothesis)) {
    return 'DIFFERENT disproves “where the two stand differently to production, the arm is the farther one at most half of the time”';
  }
  const { violated, holds } =
    hypothesis.relation === 'sensitive'
      ? { violated: 'at least', holds: 'at most' }
      : { violated: 'at most', holds: 'at least' };
  const say = (side: string): string => `“${nullText(hypothesis, side)}”`;
  return `VIOLATED disproves ${say(violated)}, HOLDS disproves ${say(holds)}`;
}

function nullText(hypothesis: Hypothesis, side: string): string {
  const { amount, onlyAgainstControl, needsTruth } = metricOf(hypothesis);
  const noun = amount?.noun ?? (needsTruth ? 'net share' : 'rate');
  const subject = amount?.isTwoSided ? `the ${noun}, up or down, is` : `the ${noun} is`;
  if (hypothesis.against === 'limit') return `${subject} ${side} ${amountText(hypothesis)}`;
  if (onlyAgainstControl) return `${subject} ${side} ${multipleText(hypothesis.tolerance)} × the control’s`;
  if (amount?.isBetweenArms) return `the ${noun} from the control is ${side} ${amountText(hypothesis)}`;
  return `${subject} ${side} the control’s + ${amountText(hypothesis)}`;
}

/** @example "required · alpha 0.25 % for "over limit", 1 % for "within limit"" */
export function standingOf(hypothesis: Hypothesis): string {
  const { required, automatic, alphaViolated, alphaHolds } = hypothesis;
  // Only what a gate relies on is added as required.
  const why = required ? 'added by penumbra because of the gate' : 'added by penumbra';
  const parts = [required ? 'required' : 'advisory', automatic ? why : null];
  const errors = isWithoutLimit(hypothesis)
    ? `alpha ${percent(alphaViolated)} for "unlike the control"`
    : `alpha ${percent(alphaViolated)} for "over limit", ${percent(alphaHolds)} for "within limit"`;
  return [...parts, errors].filter((part) => part !== null).join(' · ');
}

/** 1 + the tolerance without the noise of binary fractions: 1.2. */
function multipleText(tolerance: number): string {
  return String(Number((1 + tolerance).toPrecision(12)));
}

function lowerFirst(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1).replace(/\.$/, '');
}
