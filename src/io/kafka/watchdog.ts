// Whether a reader stands still though it should not: lag without offset progress. A consumer can go on telling its group that it
// lives and yet read nothing (kafkajs issues 659 and 1441), so what counts is the offset, by monotonic time.
import type { Clock } from '../ports.ts';

export interface ReaderSight {
  /** Records not yet handled; null when it is not known. */
  readonly lag: number | null;
  readonly holdsPartitions: boolean;
  /** Whoever reads is at work on a batch, or wants none: not the reader's standstill. */
  readonly isWaitedFor: boolean;
}

export interface Watchdog {
  /** Offsets moved, or a membership began. */
  progress(): void;
  /** The group heard of this member. */
  heartbeat(): void;
  /** True when nothing has moved for `stallMs` that should have; counting then begins anew. */
  isStalled(sight: ReaderSight): boolean;
}

export function createWatchdog({ clock, stallMs }: { clock: Clock; stallMs: number }): Watchdog {
  let calmAtMs = clock.monotonicMs();
  let hasHeartbeat = false;
  const calm = (): void => {
    calmAtMs = clock.monotonicMs();
  };
  return {
    progress: calm,
    heartbeat: () => {
      hasHeartbeat = true;
    },
    isStalled: ({ lag, holdsPartitions, isWaitedFor }) => {
      const hasNothingToDo = lag === 0 || !holdsPartitions;
      if (isWaitedFor || (hasNothingToDo && hasHeartbeat)) calm();
      hasHeartbeat = false;
      const isStalled = clock.monotonicMs() - calmAtMs >= stallMs;
      if (isStalled) calm();
      return isStalled;
    },
  };
}
