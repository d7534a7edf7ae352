// The sentence of a hypothesis that is judged in each segment: in which it is over the limit, or what is still missing to say "in all".
import type { Segmentation, SegmentState } from '../../model.ts';
import { amountOf, limitOf } from './amounts.ts';
import { brokenWords, type Explained, heldWords } from './explain.ts';
import { askedSegments } from './judge-segments.ts';
import { readEvidence } from './judge-stream.ts';
import { metricOf } from './observe.ts';
import { whole } from './words.ts';

export interface ExplainedSegments extends Explained {
  readonly segmentation: Segmentation;
  readonly segments: readonly SegmentState[];
}

const mostNamed = 5;

/** @example "flip rate per origin is over the limit of 5 % in 1 of 12 segments: JFK 7.1 % [5.9, 8.4] (decided after 4,120 requests)" */
export function explainSegments(explained: ExplainedSegments): string {
  const { hypothesis, verdict, decidedAt, segmentation, missing = [] } = explained;
  const subject = `${metricOf(hypothesis).words} per ${segmentation.name}`;
  const limit = limitOf(hypothesis);
  const decided = decidedAt === null ? '' : ` (decided after ${whole(decidedAt)} requests)`;
  switch (verdict) {
    case 'HOLDS':
      return `${subject} ${heldWords(hypothesis)} ${limit} in ${everySegment(explained)}${decided}`;
    case 'VIOLATED':
    case 'DIFFERENT':
      return `${subject} ${brokenWords(hypothesis)} ${limit} in ${namedIn(explained, 'VIOLATED')}${decided}`;
    case 'REGRESSED':
      return `${subject} was within ${limit} and is not any more, lately, in ${namedIn(explained, 'REGRESSED')} on average since the start`;
    case 'UNDECIDED':
      return `${subject} against ${limit} is not yet known: ${missing.join('; ') || 'no request counted yet'}`;
  }
}

function everySegment({ segments, segmentation }: ExplainedSegments): string {
  const asked = askedSegments(segments, segmentation);
  const rarer = segments.filter(({ requests }) => requests > 0).length - asked;
  const rest = rarer > 0 ? ` (${rarer} with less than 2 % of the requests not asked)` : '';
  return asked === 1 ? `its one segment${rest}` : `all ${asked} segments${rest}`;
}

/** Latched verdicts outlive the segments that caused them: those may have calmed down since. */
function namedIn({ hypothesis, segments }: ExplainedSegments, verdict: SegmentState['verdict']): string {
  const bad = segments.filter((one) => one.verdict === verdict);
  if (bad.length === 0) return `some of ${segments.length} segments, though none stands out any more`;
  const named = bad.slice(0, mostNamed).map(({ segment, counts }) => {
    return `${segment} ${amountOf(readEvidence(counts, hypothesis).evidence, hypothesis)}`;
  });
  const rest = bad.length > mostNamed ? ` and ${bad.length - mostNamed} more` : '';
  return `${bad.length} of ${segments.length} segments: ${named.join(', ')}${rest}`;
}
