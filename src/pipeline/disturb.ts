// What is done to arms apart from their requests (a process killed, a dependency slowed) begins when a run scores and ends with it,
// however it ends. What cannot be begun or upheld aborts the run: evidence about a fault that was not there would be worth nothing.
import { messageOf } from '../errors.ts';
import type { Disturbance, Log } from '../io/ports.ts';
import type { RunContext } from './run-context.ts';

export interface Disturbances {
  /** Begins all of them, once. */
  begin(): void;
  /** Resolves when everything is as it was before. At any time, any number of times. */
  end(): Promise<void>;
  /** Why the run must be aborted; null while all is well. */
  problem(): string | null;
}

export function createDisturbances(all: readonly Disturbance[], { log }: { readonly log: Log }): Disturbances {
  let failure: string | null = null;
  let hasBegun = false;
  let ending: Promise<void> | null = null;
  return {
    begin: () => {
      if (hasBegun || ending !== null) return;
      hasBegun = true;
      for (const one of all) {
        one.begin().catch((thrown: unknown) => {
          failure ??= `${one.name} could not begin: ${messageOf(thrown)}`;
        });
      }
    },
    end: () => {
      ending ??= Promise.all(all.map((one) => one.end())).then(
        () => undefined,
        (thrown) => log.error({ problem: messageOf(thrown) }, 'a disturbance could not be ended'),
      );
      return ending;
    },
    problem: () => {
      if (!hasBegun || ending !== null) return null;
      return failure ?? all.map((one) => one.problem()).find((problem) => problem !== null) ?? null;
    },
  };
}

/** Why a run must be aborted for what is done to its arms; null while all is well. */
export function disturbanceProblem({ disturbances, run }: Pick<RunContext, 'disturbances' | 'run'>): string | null {
  return run.state === 'RUNNING' ? disturbances.problem() : null;
}
