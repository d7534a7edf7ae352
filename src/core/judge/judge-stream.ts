// One step of judgement: a closed bucket's counts join a stream, and the evidence of all its counts decides the verdict.
// VIOLATED latches (it reads the running maximum, which Ville's inequality covers); HOLDS reads the present and may be lost again.
import type { Counts, Evidence, Hypothesis, Stream, Verdict } from '../../model.ts';
import { mergeCounts } from '../stats/statistic.ts';
import { missingForLoud } from './loud.ts';
import { statisticOf } from './observe.ts';
import { claimOf, orient } from './relation.ts';

/** The part of a stream that judging moves. */
export type StreamState = Pick<Stream, 'counts' | 'maxLogEUp' | 'verdict' | 'decidedAt'>;

export interface Judged {
  readonly state: StreamState;
  /** `logEUp` speaks for VIOLATED and `logEDown` for HOLDS, whatever the relation. */
  readonly evidence: Evidence;
  /** What HOLDS lacks besides its e-value, in words. */
  readonly missing: readonly string[];
}

/** A stream before its first bucket; E = 1, so ln E = 0. */
export function newStreamState(size: number): StreamState {
  return { counts: new Array<number>(size).fill(0), maxLogEUp: 0, verdict: 'UNDECIDED', decidedAt: null };
}

/** Adds a closed bucket's counts and judges. Pure; throws STATISTIC_INPUT_INVALID on unsound counts. */
export function judgeStream(
  stream: StreamState,
  { added, hypothesis }: { added: Counts; hypothesis: Hypothesis },
): Judged {
  const counts = mergeCounts(stream.counts, added);
  const { evidence, missing } = readEvidence(counts, hypothesis);
  const maxLogEUp = Math.max(stream.maxLogEUp, evidence.logEUp);
  const verdict = verdictOf({ stream, maxLogEUp, evidence, missing, hypothesis });
  const decidedAt = verdict === 'UNDECIDED' ? null : verdict === stream.verdict ? stream.decidedAt : evidence.n;
  return { state: { counts, maxLogEUp, verdict, decidedAt }, evidence, missing };
}

/** What counts say about a hypothesis, without a verdict: for showing a stream as it stands. */
export function readEvidence(
  counts: Counts,
  hypothesis: Hypothesis,
): { readonly evidence: Evidence; readonly missing: readonly string[] } {
  const evidence = orient(statisticOf(hypothesis).evidence(counts, claimOf(hypothesis)), hypothesis);
  const missing = hypothesis.relation === 'loud' ? missingForLoud(counts, hypothesis) : [];
  return { evidence, missing };
}

interface Step {
  readonly stream: StreamState;
  readonly maxLogEUp: number;
  readonly evidence: Evidence;
  readonly missing: readonly string[];
  readonly hypothesis: Hypothesis;
}

function verdictOf({ stream, maxLogEUp, evidence, missing, hypothesis }: Step): Verdict {
  if (stream.verdict === 'VIOLATED') return 'VIOLATED';
  if (maxLogEUp >= Math.log(1 / hypothesis.alphaViolated)) return 'VIOLATED';
  return evidence.logEDown >= Math.log(1 / hypothesis.alphaHolds) && missing.length === 0 ? 'HOLDS' : 'UNDECIDED';
}
