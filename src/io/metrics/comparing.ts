// A comparator among others: what it took and compared, how far it is behind in each partition, and how often it began to read anew.
import type { Families, Room } from './families.ts';

export interface ComparingSeries {
  readonly isReady: boolean;
  readonly exchanges: number;
  readonly pairs: readonly { readonly experiment: string; readonly arm: string; readonly count: number }[];
  readonly partitions: number;
  readonly lags: readonly { readonly partition: number; readonly records: number }[];
  /** Epoch milliseconds; null before the first. */
  readonly progressAtMs: number | null;
  /** Null before it was heard. */
  readonly judgeSilentMs: number | null;
  readonly rejects: Readonly<Record<string, number>>;
  readonly stalls: number;
  readonly crashes: number;
  readonly rebalances: number;
}

/** An increase is only seen from a number on. */
const noRejects = { malformed: 0, empty: 0 };

export function comparingMetrics(families: Families): (now: ComparingSeries, room: Room) => void {
  const fills = [readingMetrics(families), workMetrics(families)];
  return (now, room) => {
    for (const fill of fills) fill(now, room);
  };
}

function readingMetrics({ gauge, counter }: Families): (now: ComparingSeries, room: Room) => void {
  const ready = gauge('penumbra_compare_ready', 'With --role compare: 1 while it is connected, assigned and moving');
  const partitions = gauge('penumbra_compare_partitions', 'With --role compare: partitions of the topic it holds');
  const progress = gauge(
    'penumbra_compare_last_progress_timestamp_seconds',
    'With --role compare: when it last took a record, or found that there was none',
  );
  const silent = gauge('penumbra_compare_judge_silent_seconds', 'With --role compare: since it last heard the judge');
  const restarts = counter(
    'penumbra_compare_restarts_total',
    'With --role compare: times it began to read anew: the watchdog saw lag without progress (stall), or it broke off (crash)',
    ['why'],
  );
  const rebalances = counter('penumbra_compare_rebalances_total', 'With --role compare: times its partitions changed');
  const lag = gauge('penumbra_compare_lag_records', 'With --role compare: records of the partition that wait', [
    'partition',
  ]);
  return ({ isReady, progressAtMs, judgeSilentMs, stalls, crashes, lags, ...now }, room) => {
    if (!room.take('comparing', 7)) return;
    ready.set(isReady ? 1 : 0);
    partitions.set(now.partitions);
    if (progressAtMs !== null) progress.set(progressAtMs / 1000);
    if (judgeSilentMs !== null) silent.set(judgeSilentMs / 1000);
    restarts.inc({ why: 'stall' }, stalls);
    restarts.inc({ why: 'crash' }, crashes);
    rebalances.inc(now.rebalances);
    for (const { partition, records } of lags) if (room.take('lags', 1)) lag.set({ partition }, records);
  };
}

function workMetrics({ counter }: Families): (now: ComparingSeries, room: Room) => void {
  const taken = counter(
    'penumbra_compare_exchanges_total',
    'With --role compare: exchanges it took; one that is read again after an accident is taken again',
  );
  const pairs = counter(
    'penumbra_compare_pairs_total',
    'With --role compare: pairs in the buckets that it closed and published; the judge counts each once',
    ['experiment', 'arm'],
  );
  const rejects = counter(
    'penumbra_compare_rejects_total',
    'With --role compare: records that are no exchange of this service, by reason',
    ['reason'],
  );
  return (now, room) => {
    const reasons = Object.entries({ ...noRejects, ...now.rejects });
    if (!room.take('comparing', 1 + reasons.length)) return;
    taken.inc(now.exchanges);
    for (const [reason, count] of reasons) rejects.inc({ reason }, count);
    for (const { experiment, arm, count } of now.pairs)
      if (room.take('comparing', 1)) pairs.inc({ experiment, arm }, count);
  };
}
