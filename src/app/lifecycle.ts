// How a comparator begins, breathes and ends: resume, start what the config starts, tick a few times a second, close all.
import type { Comparator } from '../api/comparator.ts';
import type { Log } from '../io/ports.ts';
import { commitPending } from '../pipeline/commit-pending.ts';
import type { RunContext } from '../pipeline/run-context.ts';
import { resolvedByRestart } from './dependencies/removal.ts';
import { createEpochs } from './epochs.ts';
import type { App, AppOptions, Parts } from './parts.ts';
import { startScheduledRuns, stopSchedules } from './scheduled-runs.ts';
import { createStartsWithServe } from './starts-with-serve.ts';

const tickEveryMs = 200;
const pruneEveryMs = 1000;

export function createLifecycle(
  parts: Parts,
  options: AppOptions & { readonly comparator: Comparator },
): Pick<App, 'start' | 'stop'> {
  const { store, runs, flow } = parts;
  const { config, clock, log, sources, comparator } = options;
  const epochs = createEpochs(parts, { comparator, log });
  const withServe = createStartsWithServe(parts, { comparator, clock, log });
  let stopped = false;
  let lastPruneMs = clock.monotonicMs();
  const prune = (): void => {
    if (clock.monotonicMs() - lastPruneMs < pruneEveryMs) return;
    lastPruneMs = clock.monotonicMs();
    const nowMs = clock.nowMs();
    const offsets = sources.flatMap((source) => source.offsets?.() ?? []);
    if (offsets.length > 0) store.saveSourceOffsets(offsets);
    const isMoreLeft = store.prune({
      admissionsAndLabelsAt: nowMs - config.truthWindowMs,
      samplesAt: nowMs - config.samples.keepForMs,
    });
    // With the next tick already: a busy comparator must not write more than it forgets.
    if (isMoreLeft) lastPruneMs -= pruneEveryMs;
  };
  const tick = (): void => {
    if (stopped) return;
    // Where another judge may lead, what it decides and says must not be said twice.
    const mayAct = parts.judge?.mayAct() ?? true;
    try {
      parts.killSwitch.poll();
      if (mayAct) flow.tick();
      parts.chaos.tick();
      prune();
    } catch (err) {
      log.error({ err }, 'a tick failed');
    }
    clock.after(tickEveryMs, tick);
    if (!mayAct) return;
    parts.drills.tick();
    void epochs.goOn();
    void withServe.goOn();
    void parts.deliverAlerts();
  };
  return {
    start: async () => {
      parts.dependencies.start();
      const over = resolvedByRestart(store.firingAlerts(), clock.nowMs());
      if (over.length > 0) store.raiseAlerts(over);
      if (parts.killSwitch.state() !== null) for (const source of sources) source.pause?.();
      parts.drills.open();
      await runs.resume(config.experiments);
      await epochs.resume(config.experiments);
      await withServe.begin(config.experiments);
      startScheduledRuns(parts, options);
      comparator.github?.start();
      const stored = store.sourceOffsets();
      for (const source of sources) await (source.follow?.(flow.receive, stored) ?? source.start(flow.deliver));
      tick();
      await parts.judge?.start();
    },
    stop: async () => {
      await parts.judge?.stop();
      stopped = true;
      parts.drills.close();
      comparator.github?.stop();
      stopSchedules(parts);
      for (const source of sources) await source.stop();
      flow.stop();
      stopWatches(parts, log);
      for (const context of runs.active()) commitLast(parts, context, log);
      await runs.closeAll();
      parts.spending.settle();
      parts.dependencies.stop();
      await Promise.all([...parts.sinks, parts.signals].map((one) => one.close()));
      store.close();
    },
  };
}

/** What was skipped and dropped since the last close; what is in flight stays in the journal, for the next start. */
function commitLast({ store }: Parts, context: RunContext, log: Log): void {
  try {
    commitPending({ store, log }, context);
  } catch (err) {
    log.error({ err, run: context.run.id }, 'the last counts could not be committed');
  }
}

/** Their open buckets are kept for the next start. */
function stopWatches({ watches }: Parts, log: Log): void {
  try {
    watches?.stop();
  } catch (err) {
    log.error({ err }, 'the watches could not be kept');
  }
}
