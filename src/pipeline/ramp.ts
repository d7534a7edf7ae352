// A share that rises in declared steps, at bucket edges. A step holds for its whole time without a worry: a stop condition that looks over its
// limit (odds of 20 to 1, long before an abort), or that cannot be seen, or losses of penumbra's own in this step. Any worry begins the step's time anew. What is sent is decided by
// the hash of the id and the step in force, before anything is known about the arms' answers, so every step samples the same requests.
import { isSuspected } from '../core/judge/stop-condition.ts';
import { percent } from '../core/judge/words.ts';
import type { Experiment } from '../model.ts';
import { type ArmContext, type RunContext, sum } from './run-context.ts';

export interface RampState {
  /** Position in the declared shares. */
  step: number;
  /** The bucket from which on the step is in force; those before it keep the step before. */
  fromBucketAt: number;
  /** Since when there was no worry, by time as it passes; null while there is one. */
  clearSinceMs: number | null;
  /** Why the share does not rise; null while it may. */
  worry: string | null;
  /** By arm, what it had been sent and penumbra had lost when the step began. */
  before: readonly Sending[];
}

interface Sending {
  readonly sent: number;
  readonly lost: number;
}

/** A run that is taken up after a restart begins with the first step again: nobody has watched meanwhile. */
export function newRamp(): RampState {
  return { step: 0, fromBucketAt: 0, clearSinceMs: null, worry: null, before: [] };
}

/** The share of the traffic that may be admitted in this bucket. */
export function shareIn({ run, ramp: { step, fromBucketAt } }: RunContext, bucketAt: number): number {
  const { ramp, share } = run.definition;
  if (ramp === undefined) return share;
  return ramp.shares[bucketAt >= fromBucketAt ? step : Math.max(0, step - 1)] ?? share;
}

/** Losses above this part of what was to be sent hold the step; the gate would call the run BIASED. */
const mostLost = 0.05;
const fewestSent = 100;

/** Call it several times a second while the run scores. */
export function climb(context: RunContext, { nowMs, paceMs }: { nowMs: number; paceMs: number }): void {
  const { ramp: declared, bucketMs } = context.run.definition;
  const state = context.ramp;
  if (context.run.state !== 'RUNNING' || declared === undefined || state.step >= declared.shares.length - 1) return;
  // A step that has not begun is not over.
  if (nowMs < state.fromBucketAt) return;
  state.worry = worryOf(context);
  if (state.worry !== null) {
    state.clearSinceMs = null;
    return;
  }
  state.clearSinceMs ??= paceMs;
  if (paceMs - state.clearSinceMs < declared.holdMs) return;
  state.step += 1;
  state.fromBucketAt = (Math.floor(nowMs / bucketMs) + 1) * bucketMs;
  state.clearSinceMs = paceMs;
  state.before = context.arms.map(sendingOf);
}

/** What was not skipped was meant for the arm, whatever became of it. */
function sendingOf({ tally }: ArmContext): Sending {
  const [skipped, lost] = [tally.skipped, tally.dropped].map((counts) => sum(Object.fromEntries(counts))) as [
    number,
    number,
  ];
  return { sent: tally.received - skipped, lost };
}

function worryOf(context: RunContext): string | null {
  const { stops, arms, ramp } = context;
  for (const { rule, state } of stops.conditions) {
    if (isSuspected(state, rule)) return `${rule.condition.text} now`;
  }
  for (const { condition, state } of stops.queries) {
    if (state.overInARow > 0) return `${condition.text} now`;
    if (state.missingInARow > 0) return `${condition.text} cannot be seen`;
  }
  if (stops.conditions.length > 0 && stops.lastSignalAt === null) return 'no request of production was seen yet';
  const lost = arms.map((arm, index) => {
    const { sent, lost: all } = sendingOf(arm);
    const before = ramp.before[index] ?? { sent: 0, lost: 0 };
    return {
      name: arm.arm.name,
      sent: sent - before.sent,
      share: (all - before.lost) / Math.max(1, sent - before.sent),
    };
  });
  const worst = lost.find(({ sent, share }) => sent >= fewestSent && share > mostLost);
  return worst === undefined ? null : `penumbra lost ${percent(worst.share)} of what ${worst.name} was to be sent`;
}

/** For people: where the ramp stands. Null without one. */
export function rampNote({ run, ramp }: Pick<RunContext, 'run' | 'ramp'>): string | null {
  const shares = run.definition.ramp?.shares;
  if (shares === undefined || run.endedAt !== null) return null;
  const place = `step ${ramp.step + 1} of ${shares.length}: ${percent(shares[ramp.step] ?? 0)} of the traffic`;
  return `ramp: ${place}${ramp.worry === null ? '' : `; held there: ${ramp.worry}`}`;
}

/** The steps for people. @example "1 %, 5 %, 25 %" */
export function rampText({ ramp }: Pick<Experiment, 'ramp'>): string {
  return (ramp?.shares ?? []).map(percent).join(', ');
}
