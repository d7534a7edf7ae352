// How much may be sent in 24 hours. What is about to be spent is reserved on disk first, a piece at a time, so that no restart refills it: what
// was reserved and not used by a comparator that died is lost, never spent twice. The 24 hours are counted by time as it passes, not by a
// clock that somebody may set.
import { messageOf } from '../errors.ts';
import type { Log } from '../io/ports.ts';
import type { Cost, Purse } from './purse.ts';

export interface DayLimits {
  /** Null: without a limit. */
  readonly requests: number | null;
  readonly bytes: number | null;
}

export interface DaySpent {
  /** When the 24 hours began, wall time. */
  readonly since: number;
  readonly requests: number;
  readonly bytes: number;
}

/** Where reservations are kept over restarts. `write` must be durable when it returns; it may throw. */
export interface DayLedger {
  read(key: string): DaySpent | null;
  write(key: string, spent: DaySpent): void;
}

export interface DayAllowance extends Purse {
  /** What was used of the limits, and until when (time as it passes, put on the wall clock of now). */
  used(): { readonly requests: number; readonly bytes: number; readonly untilMs: number };
  /** Gives back what is reserved and unused; at an orderly end. */
  settle(): void;
}

export interface DayOptions {
  readonly key: string;
  readonly limits: DayLimits;
  readonly ledger: DayLedger;
  readonly nowMs: () => number;
  readonly paceMs: () => number;
  readonly log: Log;
}

const dayMs = 86_400_000;
/** Reserved at a time: this part of the day's limit. */
const piece = 0.01;

export function createDayAllowance(options: DayOptions): DayAllowance {
  const { key, limits, ledger, nowMs, paceMs, log } = options;
  const kept = ledger.read(key);
  // A clock that was set back while nobody ran makes the day longer, never a new one.
  const passedMs = kept === null ? dayMs : Math.max(0, nowMs() - kept.since);
  const isSameDay = kept !== null && passedMs < dayMs;
  let beganMs = paceMs() - (isSameDay ? passedMs : 0);
  let reserved: DaySpent = isSameDay ? kept : { since: nowMs(), requests: 0, bytes: 0 };
  let used = { requests: reserved.requests, bytes: reserved.bytes };
  const turn = (): void => {
    if (paceMs() - beganMs < dayMs) return;
    beganMs = paceMs();
    used = { requests: 0, bytes: 0 };
    reserved = { since: nowMs(), requests: 0, bytes: 0 };
  };
  const after = ({ requests, bytes }: Cost) => ({ requests: used.requests + requests, bytes: used.bytes + bytes });
  const reserve = (wanted: { requests: number; bytes: number }): boolean => {
    if (wanted.requests <= reserved.requests && wanted.bytes <= reserved.bytes) return true;
    const next = {
      since: reserved.since,
      requests: withPiece(wanted.requests, limits.requests),
      bytes: withPiece(wanted.bytes, limits.bytes),
    };
    try {
      ledger.write(key, next);
    } catch (thrown) {
      log.error({ budget: key, problem: messageOf(thrown) }, 'a budget of the day cannot be kept: nothing is sent');
      return false;
    }
    reserved = next;
    return true;
  };
  return {
    has: (cost) => {
      turn();
      const wanted = after(cost);
      return isWithin(wanted.requests, limits.requests) && isWithin(wanted.bytes, limits.bytes) && reserve(wanted);
    },
    take: (cost) => {
      used = after(cost);
    },
    used: () => {
      turn();
      return { ...used, untilMs: nowMs() + dayMs - (paceMs() - beganMs) };
    },
    settle: () => {
      if (used.requests < reserved.requests || used.bytes < reserved.bytes) ledger.write(key, { ...reserved, ...used });
    },
  };
}

function isWithin(amount: number, limit: number | null): boolean {
  return limit === null || amount <= limit;
}

/** Some in advance, so that not every request costs a write. */
function withPiece(wanted: number, limit: number | null): number {
  return limit === null ? wanted * 2 : Math.min(limit, wanted + Math.ceil(piece * limit));
}
