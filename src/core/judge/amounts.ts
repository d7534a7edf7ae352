// How a hypothesis's numbers are written: what was measured, and the limit. Most are shares in per cent; some are numbers of their own,
// have a sign that does not matter to the limit, or are measured from the control instead of beyond it.
import type { Evidence, Hypothesis } from '../../model.ts';
import { metricOf } from './observe.ts';
import { toleranceOf } from './relation.ts';
import { boundNumber, percent, plain } from './words.ts';

/** @example "17.9 % [16.8, 19.1]" */
export function amountOf({ estimate, interval }: Evidence, hypothesis: Hypothesis): string {
  if (estimate === null) return '(no request counted yet)';
  const { isPlainNumber } = metricOf(hypothesis).amount ?? {};
  const [write, writeEnd] = isPlainNumber ? [plain, plain] : [percent, boundNumber];
  const range = interval === null ? '' : ` [${writeEnd(interval[0])}, ${writeEnd(interval[1])}]`;
  return `${write(estimate)}${range}${beyondWords(hypothesis)}`;
}

/** Shares are subtracted from the control's; a latency is a multiple of it, and its per cent are of the control's. */
function beyondWords(hypothesis: Hypothesis): string {
  const metric = metricOf(hypothesis);
  if (metric.statistic(hypothesis.against) === 'latency-ratio') return ' beyond the control’s';
  if (hypothesis.against === 'limit') return '';
  return metric.amount?.isBetweenArms ? ' from the control' : ' beyond the control';
}

/** @example "the limit of control + 0.5 %" */
export function limitOf(hypothesis: Hypothesis): string {
  const { relation, against } = hypothesis;
  const { isPlainNumber, isTwoSided, isBetweenArms } = metricOf(hypothesis).amount ?? {};
  const amount = `${isTwoSided ? '±' : ''}${(isPlainNumber ? plain : percent)(toleranceOf(hypothesis))}`;
  if (relation === 'sensitive') return `the expected least of ${amount}`;
  return against === 'control' && !isBetweenArms ? `the limit of control + ${amount}` : `the limit of ${amount}`;
}

/** What the number is called: "about 40 more requests at this rate". */
export function nounOf(hypothesis: Hypothesis): string {
  return metricOf(hypothesis).amount?.noun ?? 'rate';
}
