// The end of an abort's alert: another run of the experiment scores, or an hour has passed and whoever had to know knows.
import type { Store } from '../io/store-port.ts';
import type { Alert, Run } from '../model.ts';

export const abortFiresForMs = 60 * 60 * 1000;

/** Raises what resolves the aborts that are over now. May throw when the store fails: the next call tries again. */
export function resolveAborts(
  store: Pick<Store, 'raiseAlerts'>,
  {
    firing,
    active,
    nowMs,
  }: { readonly firing: readonly Alert[]; readonly active: readonly Run[]; readonly nowMs: number },
): void {
  const over = firing
    .filter(({ cause }) => cause === 'run')
    .flatMap((alert): readonly Alert[] => {
      const summary = whyOver(alert, { active, nowMs });
      return summary === null ? [] : [{ ...alert, status: 'resolved', summary, at: nowMs }];
    });
  if (over.length > 0) store.raiseAlerts(over);
}

function whyOver(
  { experiment, run, at }: Alert,
  { active, nowMs }: { readonly active: readonly Run[]; readonly nowMs: number },
): string | null {
  const next = active.find((one) => one.experiment === experiment && one.id !== run && one.scoringSince !== null);
  if (next !== undefined) return `run ${next.id} of ${experiment} compares again`;
  return nowMs - at >= abortFiresForMs ? `run ${run} of ${experiment} was aborted an hour ago` : null;
}
