// Experiments that break something do not run at will beside each other: what one breaks would be blamed on the other's arms, and what
// both together cost is more than either said.
import { isAllowedAt, nextAllowedAt } from '../core/allowed-times.ts';
import type { Experiment } from '../model.ts';

export function breaksSomething({ arms }: Pick<Experiment, 'arms'>): boolean {
  return arms.some(({ role }) => role === 'fault');
}

/** Why the experiment cannot start beside those that run (or are starting) now; null when it can. */
export function whyNotBeside(experiment: Experiment, others: readonly Experiment[]): string | null {
  if (!breaksSomething(experiment)) return null;
  const alone = others.filter((other) => breaksSomething(other) && other.alone !== false);
  if (experiment.alone === false || alone.length === 0) return null;
  return `${namesOf(alone)} breaks something now, too: wait for its end, or say alone: false of the one that may run beside others`;
}

/** Why the experiment cannot start at this moment: its copies may not be sent. Null when they may. */
export function whyNotNow({ allowedTimes }: Pick<Experiment, 'allowedTimes'>, nowMs: number): string | null {
  if (allowedTimes === undefined || isAllowedAt(allowedTimes, nowMs)) return null;
  const nextMs = nextAllowedAt(allowedTimes, nowMs);
  const next = nextMs === null ? 'never' : new Date(nextMs).toISOString();
  return `its allowed times are ${allowedTimes.map(({ text }) => text).join(', ')}; the next one begins ${next}`;
}

function namesOf(experiments: readonly Experiment[]): string {
  return experiments.map(({ name }) => name).join(', ');
}
