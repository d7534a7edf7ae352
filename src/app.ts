// The composition root of the comparator, and the only file that sees every folder: it makes the parts and joins them.
import { randomUUID } from 'node:crypto';
import { definitionFor } from './app/candidates.ts';
import { createComparator } from './app/comparator.ts';
import { createKillSwitch } from './app/kill-switch.ts';
import { createLifecycle } from './app/lifecycle.ts';
import { codecOf, openTarget } from './app/open-target.ts';
import type { App, AppOptions, Parts } from './app/parts.ts';
import { readerFor } from './app/read-exchanges.ts';
import { openWatches } from './app/watches.ts';
import { hypothesisHash, policyHash } from './config/hashes.ts';
import { resolveHeaders } from './config/secrets.ts';
import { createArmPlan } from './faults/plan-arm.ts';
import { webhook } from './io/sinks/webhook.ts';
import { createSqliteStore } from './io/store/sqlite-store.ts';
import type { Experiment, Hypothesis, Run } from './model.ts';
import type { CloseDeps } from './pipeline/close-buckets.ts';
import { createAlertDelivery } from './pipeline/deliver-alerts.ts';
import { abortAll } from './pipeline/end-run.ts';
import { createFlow } from './pipeline/flow.ts';
import { createMeasures, type Measure } from './pipeline/measures.ts';
import { createRuns } from './pipeline/runs.ts';
import { createTruths } from './pipeline/truth.ts';

/** @throws STORE_UNUSABLE, CONFIG_INVALID (a secret that is not there) */
export function createApp(options: AppOptions): App {
  const parts = createParts(options);
  const comparator = createComparator(parts, options);
  return { comparator, killSwitch: parts.killSwitch, ...createLifecycle(parts, { ...options, comparator }) };
}

function createParts(options: AppOptions): Parts {
  const { config, clock, log, env } = options;
  const codec = codecOf(config);
  const sinks = config.alerts.map((alert) =>
    webhook.create({ url: alert.webhook, headers: { ...resolveHeaders(alert.headers, { env }) } }),
  );
  const store = (options.openStore ?? createSqliteStore)({
    path: config.store.path,
    clock,
    sinks: sinks.map((sink) => sink.name),
    maxSamplesPerArm: config.samples.maxPerRun,
  });
  const hashOf = (experiment: Experiment, hypothesis: Hypothesis) =>
    hypothesisHash(hypothesis, { ...config, experiment });
  const policyHashOf = (experiment: Experiment) => policyHash(experiment, config);
  const measuresOf = remember((experiment) =>
    createMeasures(experiment, { decisions: config.decisions, segmentations: config.segments, hashOf }),
  );
  const runs = createRuns({
    store,
    clock,
    log,
    openTarget: options.openTarget ?? (async (_arm, target) => openTarget(target, { codec, config, env })),
    disturbancesOf: () => [],
    planFor: (arm, { seed }) => createArmPlan(arm, { inputs: config.inputs, seed }),
    definitionFor: (experiment, candidate) => definitionFor(config, experiment, candidate),
    policyHashOf,
    hypothesisHashOf: hashOf,
    newRunId: () => randomUUID().slice(0, 8),
    whyKilled: () => killSwitch.state()?.reason ?? null,
  });
  const closing: CloseDeps = {
    store,
    log,
    sloLatencyMs: config.production.sloLatencyMs,
    samples: { inputs: config.inputs, decisions: config.decisions, features: config.samples.features },
    measuresOf: ({ run }) => measuresOf(run.definition),
    onPair: options.onPair,
  };
  const endedEpochs: Run[] = [];
  const watches = openWatches(config, { codec, store, log, nowMs: clock.nowMs() });
  const flow = createFlow({
    ...closing,
    clock,
    decisions: config.decisions,
    read: readerFor(config, { codec, nowMs: clock.nowMs }),
    active: runs.active,
    watches,
    onEnded: (context) => {
      runs.remove(context);
      if (context.run.endReason === 'epoch') endedEpochs.push(context.run);
    },
  });
  const killSwitch = createKillSwitch({
    file: `${config.store.path}.killed`,
    clock,
    log,
    onEngage: ({ reason }) => {
      for (const source of options.sources) source.pause?.();
      abortAll(closing, runs.active(), { reason: `kill switch: ${reason}`, nowMs: clock.nowMs() });
    },
    onRelease: () => {
      for (const source of options.sources) source.resume?.();
    },
  });
  return {
    store,
    runs,
    killSwitch,
    flow,
    watches,
    truths: createTruths({ store, active: runs.active }),
    closing,
    sinks,
    endedEpochs,
    deliverAlerts: createAlertDelivery({ store, sinks, clock, log }).deliverDue,
    measuresOf,
    policyHashOf,
  };
}

/** Measures are the same as long as the definition is; a definition in memory is one object. */
function remember(
  create: (experiment: Experiment) => readonly Measure[],
): (experiment: Experiment) => readonly Measure[] {
  const known = new WeakMap<Experiment, readonly Measure[]>();
  return (experiment) => {
    const found = known.get(experiment) ?? create(experiment);
    known.set(experiment, found);
    return found;
  };
}
