// Judgement per segment: every segment has counts and evidence of its own. The claim is VIOLATED when some segment's is (a mean of
// e-values, shared by weight), HOLDS when every segment's does; which segments are flagged is said at a bounded false discovery rate.
import type { Counts, Hypothesis, LateOnsetState, Segmentation, SegmentState, Verdict } from '../../model.ts';
import { minLogE } from '../stats/compose.ts';
import { checkedCount, type LogE, mergeCounts, zeroCounts } from '../stats/statistic.ts';
import { type LateOnset, newLateOnsetState, updateLateOnset } from './late-onset.ts';
import { anySegmentLogE, flagSegments } from './multiplicity.ts';
import { statisticOf } from './observe.ts';
import { claimOf, orientLogE } from './relation.ts';
import { declaredSegments, otherSegment } from './segment.ts';

interface JudgedSegments {
  readonly segments: readonly SegmentState[];
  readonly logE: LogE;
  readonly missing: readonly string[];
}

interface Fresh {
  readonly segmentation: Segmentation;
  readonly lateOnset: LateOnsetState | null;
}

/** Declared segments are there from the start, so that their number is fixed before the data; others come as they appear. */
export function newSegmentStates(size: number, { segmentation, lateOnset }: Fresh): readonly SegmentState[] {
  const declared = declaredSegments(segmentation);
  if (declared === null) return [];
  return [...declared, otherSegment].map((segment) => newSegment(segment, { size, lateOnset }));
}

function newSegment(
  segment: string,
  { size, lateOnset }: { size: number; lateOnset: LateOnsetState | null },
): SegmentState {
  return { segment, counts: zeroCounts(size), verdict: 'UNDECIDED', lateOnset };
}

interface JudgeSegments {
  /** Counts of the closed bucket by segment, as the requests named them. */
  readonly added: ReadonlyMap<string, Counts>;
  readonly hypothesis: Hypothesis;
  readonly segmentation: Segmentation;
  readonly onset: LateOnset | null;
}

/** Pure. O(segments · cost of the statistic's e-values). Throws STATISTIC_INPUT_INVALID on unsound counts. */
export function judgeSegments(
  known: readonly SegmentState[],
  { added, hypothesis, segmentation, onset }: JudgeSegments,
): JudgedSegments {
  const placed = placeInSeries(known, { added, segmentation });
  const { size } = statisticOf(hypothesis);
  const fresh = { size, lateOnset: onset === null ? null : newLateOnsetState(onset) };
  const names = [...known.map(({ segment }) => segment), ...[...placed.keys()].filter((name) => !isIn(known, name))];
  const states = names.map((name): SegmentState => {
    const state = known.find(({ segment }) => segment === name) ?? newSegment(name, fresh);
    const counts = placed.get(name);
    if (counts === undefined) return state;
    const lateOnset =
      onset === null
        ? null
        : updateLateOnset(state.lateOnset ?? newLateOnsetState(onset), { detector: onset, added: counts }).state;
    return { ...state, counts: mergeCounts(state.counts, counts), lateOnset };
  });
  return readSegments(states, { hypothesis, segmentation });
}

function isIn(known: readonly SegmentState[], name: string): boolean {
  return known.some(({ segment }) => segment === name);
}

/** Whose series each value's counts go to: its own, once it has one or has earned it, else `other`. */
function placeInSeries(
  known: readonly SegmentState[],
  { added, segmentation }: Pick<JudgeSegments, 'added' | 'segmentation'>,
): ReadonlyMap<string, Counts> {
  const declared = declaredSegments(segmentation);
  let series = known.filter(({ segment }) => segment !== otherSegment).length;
  const placed = new Map<string, Counts>();
  // The order decides who is weighed more and who comes under the cap: by requests, which no outcome can move.
  const values = [...added].sort(
    ([one, first], [other, second]) => (second[0] ?? 0) - (first[0] ?? 0) || (one < other ? -1 : 1),
  );
  for (const [value, counts] of values) {
    const isSeries = isIn(known, value) || declared?.includes(value) === true;
    const isEarned = declared === null && (counts[0] ?? 0) >= segmentation.atLeast && series < segmentation.most;
    const isOwn = value !== otherSegment && (isSeries || isEarned);
    if (isOwn && !isSeries) series += 1;
    const name = isOwn ? value : otherSegment;
    const before = placed.get(name);
    placed.set(name, before === undefined ? counts : mergeCounts(before, counts));
  }
  return placed;
}

/** The family's evidence as the segments stand, with each one's own verdict. */
export function readSegments(
  states: readonly SegmentState[],
  { hypothesis, segmentation }: Pick<JudgeSegments, 'hypothesis' | 'segmentation'>,
): JudgedSegments {
  const statistic = statisticOf(hypothesis);
  const { tolerance } = claimOf(hypothesis);
  const logEs = states.map(({ counts }) => orientLogE(statistic.logE(counts, tolerance), hypothesis));
  const ups = logEs.map(({ up }) => up);
  const mode = declaredSegments(segmentation) === null ? 'appearing' : 'declared';
  const flagged = new Set(flagSegments(ups, { alpha: hypothesis.alphaViolated, segments: mode }));
  const holdsAt = Math.log(1 / hypothesis.alphaHolds);
  const segments = states.map((state, index): SegmentState => {
    const isProven = (logEs[index] as LogE).down >= holdsAt;
    return { ...state, verdict: verdictOf(state, { isFlagged: flagged.has(index), isProven }) };
  });
  // Nobody in `other` is nothing to prove; a declared segment that nobody was in is.
  const counted = states.flatMap(({ segment, counts }, index) =>
    segment === otherSegment && checkedCount(counts[0]) === 0 ? [] : [(logEs[index] as LogE).down],
  );
  return {
    segments,
    logE: { up: anySegmentLogE(ups, { segments: mode }), down: minLogE(counted) },
    missing: missingIn(segments, { holdsAt, downs: logEs.map(({ down }) => down) }),
  };
}

function verdictOf(
  { lateOnset }: SegmentState,
  { isFlagged, isProven }: { isFlagged: boolean; isProven: boolean },
): Verdict {
  if (isFlagged) return 'VIOLATED';
  if (lateOnset?.isRegressed === true) return 'REGRESSED';
  return isProven ? 'HOLDS' : 'UNDECIDED';
}

const mostNamed = 3;

function missingIn(
  segments: readonly SegmentState[],
  { holdsAt, downs }: { holdsAt: number; downs: readonly number[] },
): readonly string[] {
  const open = segments.filter(
    ({ segment, counts }, index) =>
      !((downs[index] as number) >= holdsAt) && !(segment === otherSegment && counts[0] === 0),
  );
  if (open.length === 0) return [];
  const named = open.slice(0, mostNamed).map(({ segment, counts }) => `${segment} (${counts[0]} requests)`);
  const rest = open.length > mostNamed ? ` and ${open.length - mostNamed} more` : '';
  return [`not yet shown in ${open.length} of ${segments.length} segments: ${named.join(', ')}${rest}`];
}
