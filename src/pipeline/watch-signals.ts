// Stop conditions that somebody else measures are asked for on a timer as long as the run lives, and once before it starts.
import { judgeSight, queryStops, whyNotStart } from '../core/judge/stop-query.ts';
import { PenumbraError } from '../errors.ts';
import type { Clock, Log, Signals } from '../io/ports.ts';
import type { Experiment, PrometheusStop } from '../model.ts';
import type { RunContext } from './run-context.ts';
import type { WatchedQuery } from './stop.ts';

export interface SignalDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly signals: Signals;
}

/** @throws PenumbraError RUN_CANNOT_START when one is over its limit now, or cannot be seen */
export async function requireSignals(experiment: Experiment, signals: Signals): Promise<void> {
  const seen = await Promise.all(
    queryStops(experiment).map(async (condition) => whyNotStart(condition, await signals.read(condition))),
  );
  const reason = seen.find((one) => one !== null);
  if (reason === undefined) return;
  throw new PenumbraError('RUN_CANNOT_START', `experiment "${experiment.name}" cannot start: ${reason}`);
}

/** Asks for each from now on; what is seen lands in the run's `stops`. The returned function ends it. */
export function watchSignals(context: RunContext, deps: SignalDeps): () => void {
  const ends = context.stops.queries.map((query) => watchOne(context, { ...deps, query }));
  return () => {
    for (const end of ends) end();
  };
}

function watchOne(
  context: RunContext,
  { clock, log, signals, query }: SignalDeps & { readonly query: WatchedQuery },
): () => void {
  const { condition } = query;
  let hasEnded = false;
  let cancel = (): void => {};
  const ask = async (): Promise<void> => {
    const askedMs = clock.monotonicMs();
    const sight = await signals.read(condition);
    if (hasEnded || context.run.endedAt !== null) return;
    if ('missing' in sight) log.warn(missingFields(context, condition, sight.missing), 'a stop condition was not seen');
    query.state = judgeSight(query.state, { condition, sight });
    next(condition.everyMs - (clock.monotonicMs() - askedMs));
  };
  const next = (delayMs: number): void => {
    cancel = clock.after(Math.max(0, delayMs), () => void ask());
  };
  next(condition.everyMs);
  return () => {
    hasEnded = true;
    cancel();
  };
}

function missingFields({ run }: RunContext, { text }: PrometheusStop, problem: string): object {
  return { run: run.id, condition: text, problem };
}
