// How a comparator begins, breathes and ends: resume, start what the config starts, tick a few times a second, close all.
import type { Comparator } from '../api/comparator.ts';
import type { App, AppOptions, Parts } from '../app.ts';
import type { Experiment } from '../model.ts';

const tickEveryMs = 200;
const pruneEveryMs = 600_000;

export function createLifecycle(
  parts: Parts,
  options: AppOptions & { readonly comparator: Comparator },
): Pick<App, 'start' | 'stop'> {
  const { store, runs, flow, truths } = parts;
  const { config, clock, log, sources, comparator } = options;
  let stopped = false;
  let lastPruneMs = clock.monotonicMs();
  const prune = (): void => {
    if (clock.monotonicMs() - lastPruneMs < pruneEveryMs) return;
    lastPruneMs = clock.monotonicMs();
    const nowMs = clock.nowMs();
    store.prune({ admissionsAndLabelsAt: nowMs - config.truthWindowMs, samplesAt: nowMs - config.samples.keepForMs });
  };
  const tick = (): void => {
    if (stopped) return;
    try {
      if (flow.tick()) truths.retryPending();
      prune();
    } catch (err) {
      log.error({ err }, 'a tick failed');
    }
    parts.deliverAlerts().catch((err: unknown) => log.error({ err }, 'alerts could not be delivered'));
    clock.after(tickEveryMs, tick);
  };
  return {
    start: async () => {
      await runs.resume(config.experiments);
      for (const experiment of config.experiments) {
        if (experiment.start === 'with-serve' && !hasRun(parts, experiment)) {
          await comparator.startRun({ experiment: experiment.name });
        }
      }
      for (const source of sources) await source.start((raw) => void flow.receive(raw));
      tick();
    },
    stop: async () => {
      stopped = true;
      for (const source of sources) await source.stop();
      await runs.closeAll();
      await Promise.all(parts.sinks.map((sink) => sink.close()));
      store.close();
    },
  };
}

/** A run of the same policy, finished or not: `start: with serve` does not start it a second time. */
function hasRun({ store, policyHashOf }: Parts, { name }: Experiment): boolean {
  return store.runs().some(({ run }) => run.experiment === name && run.policyHash === policyHashOf(run.definition));
}
