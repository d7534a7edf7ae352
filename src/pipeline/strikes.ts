// Arms whose process is struck at moments: what was true of a request when it was sent, and what became of the requests around each
// strike. The figures live in memory: they are of this run since the comparator started.

import { predictionsOf } from '../core/compare/metric.ts';
import { movedMaterially } from '../core/compare/moved-materially.ts';
import type { Decision, Outcome, Pair } from '../model.ts';
import type { ArmContext, RunContext } from './run-context.ts';
import type { StrikesView } from './view-types.ts';

export interface Struck {
  readonly acts: boolean;
  /** 0 for a request that was under way when the process was struck, or sent while it was. */
  readonly sinceMs: number | null;
  /** Which strike, counted from 1; absent where nobody counts them. */
  readonly number?: number;
}

/** What is true of a request that is sent to this arm now; null where its process is never struck. */
export function strikeOn({ disturbances }: Pick<ArmContext, 'disturbances'>): Struck | null {
  if (disturbances.length === 0) return null;
  const all = disturbances.flatMap((one): Struck[] => {
    const struck: Struck | undefined = one.strike?.();
    return struck === undefined ? [] : [struck];
  });
  const [latest] = all.sort(
    (one, other) => (one.sinceMs ?? Number.POSITIVE_INFINITY) - (other.sinceMs ?? Number.POSITIVE_INFINITY),
  );
  return latest === undefined ? null : { ...latest, acts: all.some(({ acts }) => acts) };
}

/** A request that was under way when a strike fell was hit by it, whenever it was sent. */
export function struckOnItsWay(
  sent: Struck | null,
  { now, tookMs }: { now: Struck | null; tookMs: number },
): Struck | null {
  if (sent === null || now === null || now.sinceMs === null || now.sinceMs >= tookMs) return sent;
  return { ...now, acts: true, sinceMs: 0 };
}

/** The outcome with what its strike says beside what the request itself says. */
export function withStrike<Seen extends Pick<Outcome, 'faultActed'>>(outcome: Seen, struck: Struck | null): Seen {
  if (struck === null) return outcome;
  const faultActed = struck.acts ? true : outcome.faultActed;
  return { ...outcome, faultActed, sinceStrikeMs: struck.sinceMs };
}

export interface StrikeTally {
  /** By the strike's number: from the strike to the first correct answer to a request that was sent after it. */
  readonly firstCorrectMs: Map<number, number>;
  hit: number;
  lost: number;
  wrong: number;
  slow: number;
}

export function countStrike(
  arm: ArmContext,
  { struck, pair, decisions }: { struck: Struck | null; pair: Pair; decisions: readonly Decision[] },
): void {
  if (struck === null || struck.sinceMs === null) return;
  arm.strikes ??= { firstCorrectMs: new Map(), hit: 0, lost: 0, wrong: 0, slow: 0 };
  const tally = arm.strikes;
  const { status, latencyMs } = pair.arm;
  const isRight = status === 'ok' && decisions.every((decision) => isSame(pair, decision));
  if (isRight && struck.sinceMs > 0 && struck.number !== undefined) {
    const known = tally.firstCorrectMs.get(struck.number) ?? Number.POSITIVE_INFINITY;
    tally.firstCorrectMs.set(struck.number, Math.min(known, struck.sinceMs + latencyMs));
  }
  if (!struck.acts) return;
  tally.hit += 1;
  if (status !== 'ok') tally.lost += 1;
  else if (!isRight) tally.wrong += 1;
  if (status === 'ok' && latencyMs > pair.sloLatencyMs) tally.slow += 1;
}

function isSame(pair: Pair, decision: Decision): boolean {
  const both = predictionsOf(pair.arm, pair, decision);
  return both !== null && movedMaterially(decision, both) === false;
}

/** By arm; only those whose process is struck. */
export function strikesOf({ arms }: Pick<RunContext, 'arms'>): Readonly<Record<string, StrikesView>> {
  const views = arms.flatMap((arm) => {
    const now = strikeOn(arm);
    return now === null ? [] : [[arm.arm.name, viewOf(arm.strikes, now.number ?? 0)] as const];
  });
  return Object.fromEntries(views);
}

function viewOf(tally: StrikeTally | undefined, count: number): StrikesView {
  const times = [...(tally?.firstCorrectMs.values() ?? [])].sort((one, other) => one - other);
  const { hit = 0, lost = 0, wrong = 0, slow = 0 } = tally ?? {};
  const last = times.at(-1);
  const firstCorrectMs =
    last === undefined ? null : { median: times[Math.floor((times.length - 1) / 2)] ?? last, max: last };
  return { count, recovered: times.length, firstCorrectMs, hit, lost, wrong, slow };
}
