// What a comparator has done since it began, for its health and its metrics: beside the counts that are judged, and not kept anywhere.
import type { ReaderState } from '../../io/kafka/port.ts';
import type { Clock } from '../../io/ports.ts';
import type { Progress } from '../../pipeline/scale/messages.ts';
import type { Delivered } from '../../pipeline/scale/partition.ts';

interface PairsOfArm {
  readonly experiment: string;
  readonly arm: string;
  readonly count: number;
}

export interface CompareCounts {
  /** Exchanges taken; one that is read again, by this comparator or another, is taken again. */
  readonly exchanges: number;
  /** In buckets that were closed here and published. */
  readonly pairs: readonly PairsOfArm[];
  /** Wall time; null before the first. */
  readonly progressAtMs: number | null;
  readonly progressAgoMs: number;
  /** Since Kafka took something from this comparator; null before the first time. */
  readonly answeredAgoMs: number | null;
  readonly stalls: number;
  readonly crashes: number;
  readonly rebalances: number;
}

export interface CompareAccount {
  /** A record was passed, or there was none to pass. */
  progress(delivered: Delivered | null): void;
  published(progress: Progress, experimentOf: (run: string) => string | null): void;
  answered(): void;
  /** The reader is over and another follows: what it counted is kept. */
  keep(reader: ReaderState | undefined): void;
  /** With those of the present reader. */
  counts(reader: ReaderState | undefined): CompareCounts;
}

const none = { stalls: 0, crashes: 0, rebalances: 0 };

export function createCompareAccount(clock: Clock): CompareAccount {
  const pairs = new Map<string, PairsOfArm>();
  let exchanges = 0;
  let progressAtMs: number | null = null;
  let progressMs = clock.monotonicMs();
  let answeredMs: number | null = null;
  let before = none;
  const withThose = ({ stalls, crashes, rebalances }: typeof none = none): typeof none => ({
    stalls: before.stalls + stalls,
    crashes: before.crashes + crashes,
    rebalances: before.rebalances + rebalances,
  });
  return {
    progress: (delivered) => {
      if (delivered?.seen && delivered.seen.type !== 'ignored') exchanges += 1;
      progressAtMs = clock.nowMs();
      progressMs = clock.monotonicMs();
    },
    published: ({ units }, experimentOf) => {
      for (const { run, arms } of units) {
        const experiment = experimentOf(run) ?? '';
        for (const { tally } of arms) {
          const key = JSON.stringify([experiment, tally.arm]);
          const count = (pairs.get(key)?.count ?? 0) + tally.compared;
          pairs.set(key, { experiment, arm: tally.arm, count });
        }
      }
    },
    answered: () => {
      answeredMs = clock.monotonicMs();
    },
    keep: (reader) => {
      before = withThose(reader);
    },
    counts: (reader) => ({
      ...withThose(reader),
      exchanges,
      pairs: [...pairs.values()],
      progressAtMs,
      progressAgoMs: clock.monotonicMs() - progressMs,
      answeredAgoMs: answeredMs === null ? null : clock.monotonicMs() - answeredMs,
    }),
  };
}
