// Judgement per segment: every segment has counts and evidence of its own. The claim is VIOLATED when some segment's is (a mean of
// e-values, shared by weight), HOLDS when every segment's does; which segments are flagged is said at a bounded false discovery rate.
import type { Counts, Hypothesis, LateOnsetState, Segmentation, SegmentState, Verdict } from '../../model.ts';
import { minLogE } from '../stats/compose.ts';
import { type LogE, mergeCounts, zeroCounts } from '../stats/statistic.ts';
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
  return { segment, counts: zeroCounts(size), requests: 0, verdict: 'UNDECIDED', lateOnset };
}

interface JudgeSegments {
  /** Counts of the closed bucket by segment, as the requests named them, and how many requests each had. */
  readonly segments?: ReadonlyMap<string, Counts>;
  readonly requests?: ReadonlyMap<string, number>;
  readonly hypothesis: Hypothesis;
  readonly segmentation: Segmentation;
  readonly onset: LateOnset | null;
}

/** Pure. O(segments · cost of the statistic's e-values). Throws STATISTIC_INPUT_INVALID on unsound counts. */
export function judgeSegments(
  known: readonly SegmentState[],
  { segments = new Map(), requests, hypothesis, segmentation, onset }: JudgeSegments,
): JudgedSegments {
  const { size } = statisticOf(hypothesis);
  const seen = requests ?? new Map([...segments].map(([name, counts]) => [name, counts[0] ?? 0]));
  const placed = placeInSeries(known, { segments, requests: seen, segmentation, size });
  const fresh = { size, lateOnset: onset === null ? null : newLateOnsetState(onset) };
  const states = new Map(known.map((state) => [state.segment, state]));
  for (const [name, part] of placed) {
    const state = states.get(name) ?? newSegment(name, fresh);
    const before = onset === null ? null : (state.lateOnset ?? newLateOnsetState(onset));
    states.set(name, {
      ...state,
      counts: mergeCounts(state.counts, part.counts),
      requests: state.requests + part.requests,
      lateOnset:
        onset === null || before === null
          ? null
          : updateLateOnset(before, { detector: onset, added: part.counts }).state,
    });
  }
  return readSegments([...states.values()], { hypothesis, segmentation });
}

interface Part {
  readonly counts: Counts;
  readonly requests: number;
}

interface Placing {
  readonly segments: ReadonlyMap<string, Counts>;
  readonly requests: ReadonlyMap<string, number>;
  readonly segmentation: Segmentation;
  readonly size: number;
}

/** Whose series each value's counts go to: its own, once it has one or has earned it, else `other`. */
function placeInSeries(
  known: readonly SegmentState[],
  { segments, requests, segmentation, size }: Placing,
): ReadonlyMap<string, Part> {
  const declared = declaredSegments(segmentation);
  const own = new Set([...(declared ?? []), ...known.map(({ segment }) => segment)]);
  let series = known.filter(({ segment }) => segment !== otherSegment).length;
  const placed = new Map<string, Part>();
  // The order decides who is weighed more and who comes under the cap: by all requests, which no outcome can move.
  const names = [...new Set([...requests.keys(), ...segments.keys()])];
  const requestsOf = (name: string): number => requests.get(name) ?? segments.get(name)?.[0] ?? 0;
  names.sort((one, other) => requestsOf(other) - requestsOf(one) || (one < other ? -1 : 1));
  for (const value of names) {
    const isEarned = declared === null && requestsOf(value) >= segmentation.atLeast && series < segmentation.most;
    const isOwn = value !== otherSegment && (own.has(value) || isEarned);
    if (isOwn && !own.has(value)) series += 1;
    const name = isOwn ? value : otherSegment;
    const before = placed.get(name) ?? { counts: zeroCounts(size), requests: 0 };
    const counts = segments.get(value);
    placed.set(name, {
      counts: counts === undefined ? before.counts : mergeCounts(before.counts, counts),
      requests: before.requests + requestsOf(value),
    });
  }
  return placed;
}

/**
 * Of segments that appear by themselves, those with fewer than this share of the requests are not waited for: a name that came once
 * would keep HOLDS out of reach for ever. They still speak for VIOLATED.
 */
export const rareShare = 0.02;

/** Whether HOLDS must be proven here: in every declared segment, and in those that make up the traffic. */
function isAsked(
  { segment, requests }: SegmentState,
  { all, mode }: { all: number; mode: 'declared' | 'appearing' },
): boolean {
  if (mode === 'appearing') return requests >= rareShare * all && requests > 0;
  return segment !== otherSegment || requests > 0;
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
  const all = states.reduce((sum, { requests }) => sum + requests, 0);
  const asked = states.map((state) => isAsked(state, { all, mode }));
  const downs = logEs.map(({ down }) => down);
  return {
    segments,
    logE: { up: anySegmentLogE(ups, { segments: mode }), down: minLogE(downs.filter((_, index) => asked[index])) },
    missing: missingIn(
      segments.filter((_, index) => asked[index] && !((downs[index] as number) >= holdsAt)),
      {
        asked: asked.filter((one) => one).length,
      },
    ),
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

function missingIn(open: readonly SegmentState[], { asked }: { asked: number }): readonly string[] {
  if (open.length === 0) return [];
  const named = open.slice(0, mostNamed).map(({ segment, counts }) => `${segment} (${counts[0]} requests)`);
  const rest = open.length > mostNamed ? ` and ${open.length - mostNamed} more` : '';
  return [`not yet shown in ${open.length} of ${asked} segments: ${named.join(', ')}${rest}`];
}

/** How many segments HOLDS speaks of. */
export function askedSegments(states: readonly SegmentState[], segmentation: Segmentation): number {
  const mode = declaredSegments(segmentation) === null ? 'appearing' : 'declared';
  const all = states.reduce((sum, { requests }) => sum + requests, 0);
  return states.filter((state) => isAsked(state, { all, mode })).length;
}
