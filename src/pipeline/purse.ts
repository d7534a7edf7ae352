// What a copy must be paid from before it is sent: its run's own rate, the budget of the experiment's day, the cap over all experiments. It is
// paid from all of them or from none.
import { spend } from './allowance.ts';
import type { RunContext } from './run-context.ts';

export interface Cost {
  readonly requests: number;
  readonly bytes: number;
}

export interface Purse {
  /** Whether it holds this much now; if it does, `take` right after succeeds. */
  has(cost: Cost): boolean;
  take(cost: Cost): void;
}

/** One of a run's purses: `perArm` counts what each arm gets, the others what all of them get together. */
export interface RunPurse {
  readonly purse: Purse;
  readonly perArm: boolean;
}

/** One request to so many arms; false when that is more than one of the purses holds, and nothing is taken. */
export function pay(
  { run, allowance, purses, paceMs }: Pick<RunContext, 'run' | 'allowance' | 'purses' | 'paceMs'>,
  { bytes, arms }: { bytes: number; arms: number },
): boolean {
  const costOf = ({ perArm }: RunPurse): Cost =>
    perArm ? { requests: 1, bytes } : { requests: arms, bytes: arms * bytes };
  if (!purses.every((one) => one.purse.has(costOf(one)))) return false;
  if (!spend(allowance, { budget: run.definition.blastRadius, bytes, nowMs: paceMs() })) return false;
  for (const one of purses) one.purse.take(costOf(one));
  return true;
}
