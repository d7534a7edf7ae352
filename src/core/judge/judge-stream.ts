// One step of judgement: a closed bucket's counts join a stream, and the evidence of all its counts decides the verdict.
// VIOLATED latches (it reads the running maximum, which Ville's inequality covers); HOLDS reads the present and may be lost again.
import type { Counts, Evidence, Hypothesis, LateOnsetState, Segmentation, Stream, Verdict } from '../../model.ts';
import { type LogE, mergeCounts, zeroCounts } from '../stats/statistic.ts';
import { checkHypothesis, checkParts, checkState } from './check-judging.ts';
import { judgeSegments, newSegmentStates, readSegments } from './judge-segments.ts';
import { type LateOnset, newLateOnsetState, updateLateOnset } from './late-onset.ts';
import { missingForLoud } from './loud.ts';
import { statisticOf } from './observe.ts';
import { claimOf, orient, orientLogE } from './relation.ts';

/** The part of a stream that judging moves. */
export type StreamState = Pick<Stream, 'counts' | 'maxLogEUp' | 'verdict' | 'decidedAt' | 'lateOnset' | 'segments'>;

/** How a hypothesis is judged: all requests together unless divided, and watched for late onset where it goes on for ever. */
export interface Judging {
  readonly hypothesis: Hypothesis;
  readonly segmentation?: Segmentation | null;
  readonly onset?: LateOnset | null;
}

/** A closed bucket's counts, and what part of them belongs to which segment. */
export interface Added {
  readonly counts: Counts;
  readonly segments?: ReadonlyMap<string, Counts>;
  /** All comparable requests by segment, whatever came of them; those that were counted unless given. */
  readonly requests?: ReadonlyMap<string, number>;
}

export interface Judged {
  readonly state: StreamState;
  /** `up` speaks for VIOLATED and `down` for HOLDS, whatever the relation. */
  readonly logE: LogE;
  /** What HOLDS lacks besides its e-value, in words. */
  readonly missing: readonly string[];
}

/** A stream before its first bucket; E = 1, so ln E = 0. `size` is the length of the statistic's counts. */
export function newStreamState(size: number, { segmentation, onset }: Omit<Judging, 'hypothesis'> = {}): StreamState {
  const isDivided = segmentation !== undefined && segmentation !== null;
  const lateOnset = onset === undefined || onset === null ? null : newLateOnsetState(onset);
  return {
    counts: zeroCounts(size),
    maxLogEUp: 0,
    verdict: 'UNDECIDED',
    decidedAt: null,
    lateOnset: isDivided ? null : lateOnset,
    segments: isDivided ? newSegmentStates(size, { segmentation, lateOnset }) : [],
  };
}

/**
 * Adds a closed bucket's counts and judges. Pure; throws STATISTIC_INPUT_INVALID on unsound counts, error rates and states, on segments that
 * do not add up to the whole, and on `loud` with a segmentation.
 */
export function judgeStream(stream: StreamState, { added, ...judging }: Judging & { readonly added: Added }): Judged {
  const { hypothesis, segmentation = null, onset = null } = judging;
  checkHypothesis(hypothesis, segmentation);
  checkState(stream);
  const counts = mergeCounts(stream.counts, added.counts);
  if (segmentation !== null) checkParts(added);
  const family =
    segmentation === null ? null : judgeSegments(stream.segments, { ...added, hypothesis, segmentation, onset });
  const lateOnset = family === null ? watched(stream.lateOnset, { onset, added: added.counts }) : null;
  const { logE, missing } = family ?? readLogE(counts, hypothesis);
  const segments = family?.segments ?? [];
  const maxLogEUp = Math.max(stream.maxLogEUp, logE.up);
  const isRegressed = [lateOnset, ...segments.map((one) => one.lateOnset)].some((one) => one?.isRegressed === true);
  const verdict = verdictOf({ stream, maxLogEUp, logE, missing, hypothesis, isRegressed });
  const n = counts[0] ?? 0;
  const decidedAt = verdict === 'UNDECIDED' ? null : verdict === stream.verdict ? stream.decidedAt : n;
  return { state: { counts, maxLogEUp, verdict, decidedAt, lateOnset, segments }, logE, missing };
}

/** A detector that was not there before (the config changed) starts now. */
function watched(
  state: LateOnsetState | null,
  { onset, added }: { onset: LateOnset | null; added: Counts },
): LateOnsetState | null {
  if (onset === null) return null;
  return updateLateOnset(state ?? newLateOnsetState(onset), { detector: onset, added }).state;
}

/** The e-values that decide, without interval and outlook: for judging often. */
export function readLogE(counts: Counts, hypothesis: Hypothesis): { logE: LogE; missing: readonly string[] } {
  const logE = orientLogE(statisticOf(hypothesis).logE(counts, claimOf(hypothesis).tolerance), hypothesis);
  return { logE, missing: missingFor(counts, hypothesis) };
}

/** What counts say about a hypothesis, without a verdict: for showing a stream as it stands. */
export function readEvidence(
  counts: Counts,
  hypothesis: Hypothesis,
): { readonly evidence: Evidence; readonly missing: readonly string[] } {
  const evidence = orient(statisticOf(hypothesis).evidence(counts, claimOf(hypothesis)), hypothesis);
  const missing = missingFor(counts, hypothesis);
  // Evidence enough, yet something else is missing: how many requests that takes cannot be said, and it is not none.
  const isHeldUp = evidence.stillNeeded === 0 && missing.length > 0;
  return { evidence: isHeldUp ? { ...evidence, stillNeeded: null } : evidence, missing };
}

/** The same for a whole stream: over segments the estimate is that of all requests, the e-values those of the family. */
export function readStream(
  { counts, segments }: Pick<StreamState, 'counts' | 'segments'>,
  { hypothesis, segmentation = null }: Omit<Judging, 'onset'>,
): { readonly evidence: Evidence; readonly missing: readonly string[] } {
  checkHypothesis(hypothesis, segmentation);
  const whole = readEvidence(counts, hypothesis);
  if (segmentation === null) return whole;
  const { logE, missing } = readSegments(segments, { hypothesis, segmentation });
  return { evidence: { ...whole.evidence, logEUp: logE.up, logEDown: logE.down, stillNeeded: null }, missing };
}

function missingFor(counts: Counts, hypothesis: Hypothesis): readonly string[] {
  const { relation, learned } = hypothesis;
  const lesson =
    learned?.problem == null ? [] : [`the arm gave no answer to the all-default input: ${learned.problem}`];
  return relation === 'loud' ? [...lesson, ...missingForLoud(counts, hypothesis)] : lesson;
}

interface Step {
  readonly stream: StreamState;
  readonly maxLogEUp: number;
  readonly logE: LogE;
  readonly missing: readonly string[];
  readonly hypothesis: Hypothesis;
  readonly isRegressed: boolean;
}

function verdictOf({ stream, maxLogEUp, logE, missing, hypothesis, isRegressed }: Step): Verdict {
  if (stream.verdict === 'VIOLATED' || stream.verdict === 'DIFFERENT') return stream.verdict;
  if (maxLogEUp >= Math.log(1 / hypothesis.alphaViolated)) {
    return hypothesis.metric === 'different' ? 'DIFFERENT' : 'VIOLATED';
  }
  if (isRegressed) return 'REGRESSED';
  return logE.down >= Math.log(1 / hypothesis.alphaHolds) && missing.length === 0 ? 'HOLDS' : 'UNDECIDED';
}
