// One sentence per hypothesis that a person can read: amount, interval, limit, and what is missing. No e-values here.
import type { Evidence, Hypothesis, Verdict } from '../../model.ts';
import { amountOf, limitOf, nounOf } from './amounts.ts';
import { explainDifference } from './explain-difference.ts';
import { metricOf } from './observe.ts';
import { whole } from './words.ts';

export { amountOf, limitOf } from './amounts.ts';

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
  DIFFERENT: 'unlike the control',
  REGRESSED: 'regressed',
};

/** @example "flip rate 17.9 % [16.8, 19.1] is over the limit of 1 % (decided after 61 requests)" */
export function explain({ hypothesis, evidence, verdict, decidedAt, missing = [] }: Explained): string {
  if (hypothesis.metric === 'different') return explainDifference({ evidence, verdict, decidedAt });
  const subject = `${metricOf(hypothesis).words} ${amountOf(evidence, hypothesis)}`;
  const limit = limitOf(hypothesis);
  if (verdict === 'UNDECIDED') {
    const outlook = outlookOf({ evidence, hypothesis, missing });
    return `${subject} against ${limit} is not yet known: ${outlook}`;
  }
  if (verdict === 'REGRESSED') return `${subject} was within ${limit} and is not any more: it changed lately`;
  const decided = decidedAt === null ? '' : ` (decided after ${whole(decidedAt)} requests)`;
  return `${subject} ${verdict === 'HOLDS' ? heldWords(hypothesis) : brokenWords(hypothesis)} ${limit}${decided}`;
}

export function heldWords({ relation }: Hypothesis): string {
  return relation === 'sensitive' ? 'reaches' : 'is within';
}

export function brokenWords({ relation }: Hypothesis): string {
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
  const amount = nounOf(hypothesis);
  if (n === 0)
    words.unshift(
      hypothesis.relation === 'loud' ? 'no request on which the fault acted yet' : 'no request counted yet',
    );
  else if (stillNeeded === null) {
    if (missing.length === 0)
      words.unshift(`the ${amount} is too close to the limit to say how many requests it will take`);
  } else if (stillNeeded > 0) words.unshift(`about ${whole(stillNeeded)} more requests at this ${amount}`);
  const { advice } = metricOf(hypothesis);
  if (advice !== undefined) words.push(advice);
  return words.length === 0 ? 'the evidence was enough before and is not now' : words.join('; ');
}
