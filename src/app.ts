// The composition root of the comparator, and the only file that sees every folder: it makes the parts and joins them.
import { randomUUID } from 'node:crypto';
import { definitionFor } from './app/candidates.ts';
import { createComparator } from './app/comparator.ts';
import { callsOfDependencies } from './app/dependencies/calls-of.ts';
import { createDependencies } from './app/dependencies/dependencies.ts';
import { createDrills } from './app/drill/drills.ts';
import { createLookForArrival } from './app/drill/look-for-arrival.ts';
import { createWitness } from './app/drill/witness.ts';
import { openGithub } from './app/github/open-github.ts';
import { createKillSwitch } from './app/kill-switch.ts';
import { createLifecycle } from './app/lifecycle.ts';
import { loadOf } from './app/load.ts';
import { createLoopWatch } from './app/loop-watch.ts';
import { openingArms } from './app/open-arm.ts';
import { openChaos } from './app/open-chaos.ts';
import { openSinks } from './app/open-sinks.ts';
import { codecOf, openStarted } from './app/open-target.ts';
import type { App, AppOptions, Parts } from './app/parts.ts';
import { processDisturbances } from './app/process-faults.ts';
import { createProductionVersion } from './app/production-version.ts';
import { readerFor } from './app/read-exchanges.ts';
import { createAbsentTarget, openJudge } from './app/scale/open-judge.ts';
import { openSignals } from './app/signals.ts';
import { createSpending } from './app/spending.ts';
import { openWatches } from './app/watches.ts';
import { drillName } from './config/drill-config.ts';
import { hypothesisHash, policyHash } from './config/hashes.ts';
import { createArmPlan } from './faults/plan-arm.ts';
import { createSqliteStore } from './io/store/sqlite-store.ts';
import type { Experiment, Hypothesis, Run } from './model.ts';
import type { CloseDeps } from './pipeline/close-buckets.ts';
import { createAlertDelivery } from './pipeline/deliver-alerts.ts';
import { abortAll } from './pipeline/end-run.ts';
import { createFlow } from './pipeline/flow.ts';
import { createMeasures, type Measure } from './pipeline/measures.ts';
import { createRuns } from './pipeline/runs.ts';
import { createTruths } from './pipeline/truth.ts';

/** @throws STORE_UNUSABLE, STORE_TAKEN, CONFIG_INVALID (a secret that is not there) */
export function createApp(options: AppOptions): App {
  const parts = createParts(options);
  const comparator = createComparator(parts, options);
  return {
    comparator,
    killSwitch: parts.killSwitch,
    sawOwnCall: parts.sawOwnCall,
    load: () => loadOf(parts, options.config.experiments.length > 0),
    ...createLifecycle(parts, { ...options, comparator }),
  };
}

function createParts(options: AppOptions): Parts {
  const { config, clock, log, env } = options;
  const codec = codecOf(config);
  const witness = createWitness({ clock });
  const sinks = openSinks(config, { env, clock, log }).map(witness.attended);
  const store = (options.openStore ?? createSqliteStore)({
    path: config.store.path,
    clock,
    sinks: sinks.map((sink) => sink.name),
    maxSamplesPerArm: config.samples.maxPerRun,
    offsets: () => options.sources.flatMap((source) => source.offsets?.() ?? []),
  });
  const hashOf = (experiment: Experiment, hypothesis: Hypothesis) =>
    hypothesisHash(hypothesis, { ...config, experiment });
  const policyHashOf = (experiment: Experiment) => policyHash(experiment, config);
  const measuresOf = remember((experiment) =>
    createMeasures(experiment, { decisions: config.decisions, segmentations: config.segments, hashOf }),
  );
  const dependencies = createDependencies({
    declared: config.dependencies ?? [],
    controls: options.dependencies ?? [],
    raise: (alert) => store.raiseAlerts([alert]),
    clock,
    log,
  });
  const budgets = { service: config.blastRadius, file: `${config.store.path}.budgets.json` };
  const spending = createSpending({ ...budgets, clock, log });
  const signals = options.signals ?? openSignals({ clock, env });
  const runs = createRuns({
    store,
    signals,
    clock,
    log,
    openTarget: options.judges
      ? async ({ name }) => createAbsentTarget(name)
      : openingArms(options.openTarget ?? (async (_arm, target) => openStarted(target, { codec, config, env, log }))),
    disturbancesOf: (arm, { experiment, target }) => [
      ...processDisturbances(arm, { experiment, target, clock, log }),
      ...dependencies.disturbancesOf(arm, { experiment, active: runs.active() }),
    ],
    planFor: (arm, experiment) => {
      const plan = witness.watched(experiment, createArmPlan(arm, { inputs: config.inputs, seed: experiment.seed }));
      return (exchange, planned) => dependencies.asSwitched(plan(exchange, planned), arm);
    },
    definitionFor: (experiment, candidate) => definitionFor(config, experiment, candidate),
    policyHashOf,
    hypothesisHashOf: hashOf,
    pursesOf: spending.pursesOf,
    newRunId: () => randomUUID().slice(0, 8),
    whyKilled: () => killSwitch.state()?.reason ?? null,
  });
  const closing: CloseDeps = {
    store,
    log,
    countsComeFromElsewhere: options.judges !== undefined,
    sloLatencyMs: config.production.sloLatencyMs,
    samples: { inputs: config.inputs, decisions: config.decisions, features: config.samples.features },
    measuresOf: ({ run }) => measuresOf(run.definition),
    onPair: (arm, pair) => {
      options.onPair?.(arm, pair);
      chaos.onPair(arm, pair);
    },
    ...(options.dependencies?.length ? { dependencyCallsOf: callsOfDependencies(dependencies, runs.active) } : {}),
  };
  const chaos = openChaos(
    { store, runs, closing, measuresOf, spending, whyKilled: () => killSwitch.state()?.reason ?? null },
    options,
  );
  const endedEpochs: Run[] = [];
  const production = createProductionVersion(store);
  const watches = openWatches(config, { codec, store, log, nowMs: clock.nowMs() });
  const sawOwnCall = createLoopWatch({ active: runs.active, closing, clock, log });
  const flow = createFlow({
    ...closing,
    onOwnCall: sawOwnCall,
    clock,
    decisions: config.decisions,
    inputs: config.inputs,
    read: production.watched(readerFor(config, { codec, nowMs: clock.nowMs })),
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
  const lookForArrival = createLookForArrival(config.drill?.receiver ?? null, { clock, log });
  const drills = createDrills({ config, store, runs, closing, killSwitch, witness, clock, log, lookForArrival });
  return {
    store,
    runs,
    drills,
    dependencies,
    killSwitch,
    spending,
    production,
    flow,
    sawOwnCall,
    watches,
    truths: createTruths({ store, active: runs.active }),
    closing,
    sinks,
    signals,
    endedEpochs,
    chaos,
    schedules: new Map(),
    judge: openJudge(options.judges, {
      ...{ config, clock, log, store, closing, active: runs.active },
      isKilled: () => killSwitch.state() !== null,
    }),
    deliverAlerts: createAlertDelivery({
      store,
      sinks,
      clock,
      log,
      service: config.service,
      publicUrl: config.api.publicUrl,
      isDrill: ({ experiment }) => experiment === drillName,
      active: () => runs.active().map(({ run }) => run),
    }).deliverDue,
    measuresOf,
    policyHashOf,
    openGithub: (gate) => openGithub({ config, env, clock, log, store, gate }),
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
