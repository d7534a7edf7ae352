// One sentence per hypothesis that a person can read: amount, interval, limit, and what is missing. No e-values here.
import type { Evidence, Hypothesis, Verdict } from '../../model.ts';
import { metricOf } from './observe.ts';
import { toleranceOf } from './relation.ts';
import { boundNumber, percent, whole } from './words.ts';

export interface Explained {
  readonly hypothesis: Hypothesis;
  readonly evidence: Evidence;
  readonly verdict: Verdict;
  readonly decidedAt: number | null;
  readonly missing?: readonly string[];
}

/** The words people see for a verdict. */
export const verdictWords: Readonly<Record<Verdict, string>> = {
  HOLDS: 'within limit',
  VIOLATED: 'over limit',
  UNDECIDED: 'not yet known',
};

/** @example "flip rate 17.9 % [16.8, 19.1] is over the limit of 1 % (decided after 61 requests)" */
export function explain({ hypothesis, evidence, verdict, decidedAt, missing = [] }: Explained): string {
  const subject = `${metricOf(hypothesis).words} ${amountOf(evidence, hypothesis)}`;
  const limit = limitOf(hypothesis);
  if (verdict === 'UNDECIDED') {
    const outlook = outlookOf({ evidence, hypothesis, missing });
    return `${subject} against ${limit} is not yet known: ${outlook}`;
  }
  const decided = decidedAt === null ? '' : ` (decided after ${whole(decidedAt)} requests)`;
  return `${subject} ${verdict === 'HOLDS' ? heldWords(hypothesis) : brokenWords(hypothesis)} ${limit}${decided}`;
}

function amountOf({ estimate, interval }: Evidence, hypothesis: Hypothesis): string {
  if (estimate === null) return '(no request counted yet)';
  const range = interval === null ? '' : ` [${boundNumber(interval[0])}, ${boundNumber(interval[1])}]`;
  return `${percent(estimate)}${range}${beyondWords(hypothesis)}`;
}

/** Shares are subtracted from the control's; a latency is a multiple of it, and its per cent are of the control's. */
function beyondWords(hypothesis: Hypothesis): string {
  if (isMultiple(hypothesis)) return ' beyond the control’s';
  return hypothesis.against === 'control' ? ' beyond the control' : '';
}

function isMultiple(hypothesis: Hypothesis): boolean {
  return metricOf(hypothesis).statistic(hypothesis.against) === 'latency-ratio';
}

function limitOf(hypothesis: Hypothesis): string {
  const { relation, against } = hypothesis;
  const amount = percent(toleranceOf(hypothesis));
  if (relation === 'sensitive') return `the expected least of ${amount}`;
  return against === 'control' ? `the limit of control + ${amount}` : `the limit of ${amount}`;
}

function heldWords({ relation }: Hypothesis): string {
  return relation === 'sensitive' ? 'reaches' : 'is within';
}

function brokenWords({ relation }: Hypothesis): string {
  return relation === 'sensitive' ? 'stays below' : 'is over';
}

interface Outlook {
  readonly evidence: Evidence;
  readonly hypothesis: Hypothesis;
  readonly missing: readonly string[];
}

function outlookOf({ evidence, hypothesis, missing }: Outlook): string {
  const { n, stillNeeded } = evidence;
  const words = [...missing];
  const amount = isMultiple(hypothesis) ? 'latency' : 'rate';
  if (n === 0)
    words.unshift(
      hypothesis.relation === 'loud' ? 'no request on which the fault acted yet' : 'no request counted yet',
    );
  else if (stillNeeded === null)
    words.unshift(`the ${amount} is too close to the limit to say how many requests it will take`);
  else if (stillNeeded > 0) words.unshift(`about ${whole(stillNeeded)} more requests at this ${amount}`);
  return words.length === 0 ? 'the evidence was enough before and is not now' : words.join('; ');
}
