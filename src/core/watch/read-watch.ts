// What a watch's state says to people and programs: its status, the rate with its interval, and one sentence. A watch that finds nothing
// to judge says so: NO_DATA, never "quiet".
import type { Counts } from '../../model.ts';
import { boundNumber, percent, whole } from '../judge/words.ts';
import { betaInterval } from '../stats/beta-interval.ts';
import type { WatchState } from './judge-watch.ts';
import type { About, Learned, Side, Watch } from './watch.ts';

/** QUIET: judged, and no alarm is in force. */
export type WatchStatus = 'NO_DATA' | 'LEARNING' | 'QUIET' | 'REGRESSED';

export interface Rate {
  readonly n: number;
  readonly hits: number;
  readonly rate: number | null;
  /** Covers at all times at once, with 99 %, as long as the rate stays the same. */
  readonly interval: readonly [number, number] | null;
}

export interface WatchReading {
  readonly status: WatchStatus;
  /** The rate spoken of, where a watch judges several: the loudest. Null where there is one, or none yet. */
  readonly side: string | null;
  readonly tolerance: number;
  /** Since the watch began. */
  readonly overall: Rate;
  /** Over the latest buckets; while REGRESSED since the alarm's probable beginning, as far as they reach back. */
  readonly recent: Rate & { readonly since: number | null };
  readonly learned: Learned | null;
  /** Start of the bucket in which the incident in force probably began. */
  readonly regressedSince: number | null;
  readonly sentence: string;
}

const alpha = 0.01;
/** So many buckets without anything to judge, and it is blind, whatever it saw before. */
const blindAfter = 3;

export function readWatch(state: WatchState, { watch, about }: { watch: Watch; about: About }): WatchReading {
  const sides = watch.sides(state.memory, about);
  const index = state.alarm?.side ?? loudest(state, sides);
  const side = sides[index] ?? null;
  const regressedSince = state.alarm?.since ?? null;
  const buckets = state.recent.filter(({ at }) => regressedSince === null || at >= regressedSince);
  const reading = {
    side: side?.words ?? null,
    tolerance: side?.tolerance ?? about.tolerance,
    overall: rateOf(state.counts[index] ?? []),
    recent: { ...rateOf(sum(buckets.map(({ counts }) => counts[index] ?? []))), since: buckets[0]?.at ?? null },
    learned: watch.learned(state.memory),
    regressedSince,
  };
  const { status, words } = statusOf(state, { watch, reading });
  const sentence = words ?? rateSentence({ watch, reading, isRegressed: status === 'REGRESSED' });
  return { status, ...reading, sentence };
}

/** Where the latest rate stands highest against its limit. */
function loudest({ recent }: WatchState, sides: readonly Side[]): number {
  let best = 0;
  let highest = Number.NEGATIVE_INFINITY;
  for (const [index, { tolerance }] of sides.entries()) {
    const { rate } = rateOf(sum(recent.map(({ counts }) => counts[index] ?? [])));
    const above = (rate ?? 0) - tolerance;
    if (above > highest) [best, highest] = [index, above];
  }
  return best;
}

function sum(all: readonly Counts[]): Counts {
  return all.reduce<Counts>((total, [n = 0, hits = 0]) => [(total[0] ?? 0) + n, (total[1] ?? 0) + hits], [0, 0]);
}

function rateOf([n = 0, hits = 0]: Counts): Rate {
  if (n === 0) return { n, hits, rate: null, interval: null };
  return { n, hits, rate: hits / n, interval: betaInterval({ n, hits, alpha }) };
}

type Shown = Omit<WatchReading, 'status' | 'sentence'>;

/** `words` where there is no rate to speak of. */
function statusOf(
  state: WatchState,
  { watch, reading }: { watch: Watch; reading: Shown },
): { status: WatchStatus; words?: string } {
  if (state.isRegressed) return { status: 'REGRESSED' };
  const { seen, looked } = state;
  if (seen === 0) return { status: 'NO_DATA', words: 'no data: no production request in a closed bucket yet' };
  const nothing = (requests: number, when: string): string =>
    `no data: none of the ${whole(requests)} requests ${when} could be judged: ${watch.blind}`;
  if (looked === 0) return { status: 'NO_DATA', words: nothing(seen, 'so far') };
  const last = state.recent.slice(-blindAfter);
  if (last.length === blindAfter && last.every((bucket) => bucket.looked === 0)) {
    return {
      status: 'NO_DATA',
      words: nothing(
        last.reduce((sum, bucket) => sum + bucket.seen, 0),
        'lately',
      ),
    };
  }
  const { learned } = reading;
  if (learned !== null && learned.done < learned.of) {
    const words = `learning its reference: ${whole(learned.done)} of ${whole(learned.of)} requests; nothing is judged yet`;
    return { status: 'LEARNING', words };
  }
  if (reading.overall.n > 0) return { status: 'QUIET' };
  const justLearned = learned !== null && looked <= learned.of;
  if (justLearned) return { status: 'LEARNING', words: 'the reference is learned and frozen; nothing is judged yet' };
  return { status: 'NO_DATA', words: nothing(seen, 'so far') };
}

/** @example "all-zero rate 100 % [77, 100] of the last 24 requests, since it probably began, against the limit of 0.1 %: it is over it, REGRESSED" */
function rateSentence({ watch, reading, isRegressed }: { watch: Watch; reading: Shown; isRegressed: boolean }): string {
  const { recent, overall, tolerance, side } = reading;
  const subject = side === null ? watch.words : `${watch.words} ${side}:`;
  const limit = `the limit of ${percent(tolerance)}`;
  const latest = `${subject} ${amount(recent)} of the last ${whole(recent.n)} requests`;
  if (isRegressed) return `${latest}, since it probably began, against ${limit}: it is over it, REGRESSED`;
  return `${latest}, ${amount(overall)} of all ${whole(overall.n)}, against ${limit}: no alarm`;
}

function amount({ rate, interval }: Rate): string {
  if (rate === null || interval === null) return '(none counted)';
  return `${percent(rate)} [${boundNumber(interval[0])}, ${boundNumber(interval[1])}]`;
}
