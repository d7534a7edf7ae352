// Calls on a connection whose protocol is not read: a turn begins with bytes from the client after an answer, and ends when
// the first bytes of the next answer reach it. Right for request and answer protocols such as Redis; pipelined requests are
// one turn.
import type { CallOutcome } from './counts.ts';
import type { Desk } from './desk.ts';

export interface Turns {
  asked(): void;
  /** The upstream's first bytes are here. */
  upstreamAnswered(): void;
  /** They have reached the client. */
  answered(): void;
  /** The connection is over; a turn that is open ends so. */
  end(outcome: CallOutcome): void;
}

export function createTurns({ counts, nowMs }: Pick<Desk, 'counts' | 'nowMs'>): Turns {
  let startedMs: number | null = null;
  let isUpstreamDone = false;
  const end = (outcome: CallOutcome): void => {
    if (startedMs === null) return;
    counts.ended(outcome, nowMs() - startedMs);
    startedMs = null;
  };
  return {
    asked: () => {
      if (startedMs !== null) return;
      startedMs = nowMs();
      isUpstreamDone = false;
    },
    upstreamAnswered: () => {
      if (startedMs === null || isUpstreamDone) return;
      isUpstreamDone = true;
      counts.upstreamAnswered(nowMs() - startedMs);
    },
    answered: () => end('ok'),
    end,
  };
}
