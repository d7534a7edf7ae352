// One step of a watch: a closed bucket's looks join its counts, every side's detector takes its step, and the watch is REGRESSED while
// any of them is. Pure; the state is plain JSON, so that a restart goes on exactly where it stood.
import type { Counts, LateOnsetState } from '../../model.ts';
import { type LateOnset, newLateOnsetState, updateLateOnset } from '../judge/late-onset.ts';
import { bernoulli } from '../stats/bernoulli.ts';
import { mergeCounts, zeroCounts } from '../stats/statistic.ts';
import { onsetOf } from './onset.ts';
import type { About, Side, Trait, Watch } from './watch.ts';

/** One closed bucket of a watch. */
export interface WatchBucket {
  readonly at: number;
  /** Requests that were production's, whatever could be read of them, and those that gave a look. */
  readonly seen: number;
  readonly looked: number;
  /** By side. */
  readonly counts: readonly Counts[];
}

export interface WatchState {
  readonly seen: number;
  readonly looked: number;
  /** Since it began, by side; empty while learning. */
  readonly counts: readonly Counts[];
  readonly detectors: readonly LateOnsetState[];
  readonly memory: unknown;
  /** The latest buckets that saw any request, oldest first. */
  readonly recent: readonly WatchBucket[];
  readonly isRegressed: boolean;
  /** Of the alarm in force: its side, the bucket it was raised in, and the bucket in which it probably began. */
  readonly alarm: { readonly side: number; readonly at: number; readonly since: number } | null;
}

/** What a bucket gathered: counts of a watch that counts at once, looks in order of arrival of one that is ordered. */
export interface Gathered {
  readonly at: number;
  readonly seen: number;
  readonly looked: number;
  readonly counts: Counts;
  readonly looks: readonly Trait[];
}

export interface WatchStep {
  readonly state: WatchState;
  readonly change: 'REGRESSED' | 'CLEARED' | null;
}

const recentBuckets = 30;

export function newWatchState(watch: Watch, about: About): WatchState {
  const memory = watch.start(about);
  const base = { seen: 0, looked: 0, memory, recent: [], isRegressed: false, alarm: null };
  return { ...base, counts: watch.sides(memory, about).map(() => zeroCounts(bernoulli.size)), detectors: [] };
}

/**
 * Adds a closed bucket and judges. Null of the alarm: for every side, the rate over EVERY stretch of buckets is within the side's limit.
 * Throws STATISTIC_INPUT_INVALID on a state that this watch did not make.
 */
export function judgeWatch(
  state: WatchState,
  { watch, about, threshold, added }: { watch: Watch; about: About; threshold: number; added: Gathered },
): WatchStep {
  const { memory, counts } = watch.isOrdered
    ? watch.fold(state.memory, added.looks, about)
    : { memory: state.memory, counts: [added.counts] };
  const sides = watch.sides(memory, about);
  const steps = sides.map((side, index) => {
    const detector = detectorOf(side, threshold);
    const before = state.detectors[index] ?? newLateOnsetState(detector);
    return updateLateOnset(before, { detector, added: counts[index] as Counts });
  });
  const bucket: WatchBucket = { at: added.at, seen: added.seen, looked: added.looked, counts };
  const recent = added.seen === 0 ? state.recent : [...state.recent, bucket].slice(-recentBuckets);
  const isRegressed = steps.some((step) => step.state.isRegressed);
  const change = isRegressed === state.isRegressed ? null : isRegressed ? 'REGRESSED' : 'CLEARED';
  const next: WatchState = {
    seen: state.seen + added.seen,
    looked: state.looked + added.looked,
    counts: counts.map((one, index) => mergeCounts(state.counts[index] ?? zeroCounts(bernoulli.size), one)),
    detectors: steps.map((step) => step.state),
    memory,
    recent,
    isRegressed,
    alarm: !isRegressed ? null : change === null ? state.alarm : alarmOf({ steps, sides, recent, at: added.at }),
  };
  return { state: next, change };
}

function detectorOf({ tolerance }: Side, threshold: number): LateOnset {
  return { statistic: bernoulli, tolerance, threshold };
}

interface Raised {
  readonly steps: readonly { readonly state: LateOnsetState; readonly logR: number }[];
  readonly sides: readonly Side[];
  readonly recent: readonly WatchBucket[];
  readonly at: number;
}

/** Of the sides that alarm, the one that speaks loudest. */
function alarmOf({ steps, sides, recent, at }: Raised): WatchState['alarm'] {
  let side = -1;
  for (const [index, step] of steps.entries()) {
    if (step.state.isRegressed && (side < 0 || step.logR > (steps[side]?.logR ?? 0))) side = index;
  }
  const counts = recent.map((bucket) => ({ at: bucket.at, counts: bucket.counts[side] ?? zeroCounts(bernoulli.size) }));
  return { side, at, since: onsetOf(counts, (sides[side] as Side).tolerance) ?? at };
}
