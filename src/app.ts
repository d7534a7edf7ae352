// The composition root of the comparator, and the only file that sees every folder: it makes the parts and joins them.
import { randomUUID } from 'node:crypto';
import type { FastifyBaseLogger } from 'fastify';
import type { Comparator } from './api/comparator.ts';
import { createCandidates } from './app/candidates.ts';
import { snapshotOf } from './app/snapshot.ts';
import type { EffectiveConfig } from './config/effective.ts';
import { hypothesisHash, policyHash } from './config/hashes.ts';
import { resolveHeaders } from './config/secrets.ts';
import { truthLabel } from './core/compare/index.ts';
import { PenumbraError } from './errors.ts';
import { createArmPlan } from './faults/plan-arm.ts';
import { codecs } from './io/codecs/index.ts';
import { createMetrics } from './io/metrics.ts';
import type { Clock, Codec, Source, Target } from './io/ports.ts';
import { webhook } from './io/sinks/webhook.ts';
import { createSqliteStore } from './io/store/sqlite-store.ts';
import type { Store } from './io/store-port.ts';
import { createHttpTarget } from './io/targets/http.ts';
import { createOnnxTarget } from './io/targets/onnx.ts';
import type { Arm, Experiment, Hypothesis, TargetSpec } from './model.ts';
import { createAlertDelivery } from './pipeline/alert.ts';
import { askGate } from './pipeline/ask-gate.ts';
import { endRunNow } from './pipeline/close-buckets.ts';
import { createMeasures, type Measure } from './pipeline/compare.ts';
import { createFlow } from './pipeline/flow.ts';
import { createReadExchange } from './pipeline/read-exchange.ts';
import { createRuns, type Runs } from './pipeline/runs.ts';
import { createTruths } from './pipeline/truth.ts';
import { factsOf, type RunFacts, storedFactsOf, viewRun } from './pipeline/view.ts';

export interface AppOptions {
  readonly config: EffectiveConfig;
  readonly clock: Clock;
  readonly log: FastifyBaseLogger;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly sources: readonly Source[];
}

export interface App {
  readonly comparator: Comparator;
  start(): Promise<void>;
  stop(): Promise<void>;
}

const tickEveryMs = 200;
const pruneEveryMs = 600_000;

export function createApp(options: AppOptions): App {
  const { config, clock, log, env, sources } = options;
  const codec = codecNamed(config.production.protocol);
  const sinks = config.alerts.map(({ webhook: url, headers }) =>
    webhook.create({ url, headers: { ...resolveHeaders(headers, { env }) } }),
  );
  const sinkNames = sinks.map((sink) => sink.name);
  const { maxPerRun } = config.samples;
  const store = createSqliteStore({ path: config.store.path, clock, sinks: sinkNames, maxSamplesPerArm: maxPerRun });
  const hashOf = (experiment: Experiment, hypothesis: Hypothesis) =>
    hypothesisHash(hypothesis, { ...config, experiment });
  const policyHashOf = (experiment: Experiment) => policyHash(experiment, config);
  const measures = rememberMeasures((experiment) =>
    createMeasures(experiment, { decisions: config.decisions, hashOf }),
  );
  const runs = createRuns({
    store,
    clock,
    log,
    openTarget: (arm, target) => openTarget(target, { arm, codec, config, env }),
    planFor: (arm, { seed }) => createArmPlan(arm, { inputs: config.inputs, seed }),
    policyHashOf,
    hypothesisHashOf: hashOf,
    newRunId: () => randomUUID().slice(0, 8),
  });
  const closing = {
    store,
    log,
    sloLatencyMs: config.production.sloLatencyMs,
    samples: { inputs: config.inputs, decisions: config.decisions, features: config.samples.features },
    measuresOf: ({ run }: { run: { definition: Experiment } }) => measures(run.definition),
  };
  const flow = createFlow({
    ...closing,
    clock,
    decisions: config.decisions,
    read: createReadExchange({
      codec,
      decisions: config.decisions,
      sloLatencyMs: config.production.sloLatencyMs,
      declaredVersion: config.production.version,
      idHeader: config.idFrom.from === 'header' ? config.idFrom.name : null,
      nowMs: clock.nowMs,
    }),
    active: runs.active,
    onEnded: runs.remove,
  });
  const truths = createTruths({ store, clock, active: runs.active });
  const delivery = createAlertDelivery({ store, sinks, clock, log });
  const find = (id: string): RunFacts => {
    const context = runs.find(id);
    if (context !== null) return factsOf(context, store);
    const stored = store.run(id);
    if (stored === null) throw new PenumbraError('RUN_NOT_FOUND', `there is no run "${id}"`);
    return storedFactsOf(store, stored);
  };
  const view = (facts: RunFacts) => viewRun(facts, measures(facts.run.definition));
  const candidates = createCandidates(config.experiments);
  const metrics = createMetrics(() =>
    snapshotOf({ views: runs.active().map((context) => view(factsOf(context, store))), sources, flow, store, truths }),
  );

  const comparator: Comparator = {
    nowMs: clock.nowMs,
    health: () => ({
      status: 'ok',
      service: config.service,
      version: options.version,
      activeRuns: runs.active().length,
      undeliveredAlerts: store.undeliveredAlerts(),
      sources: Object.fromEntries(sources.map((source) => [source.name, source.losses()])),
      ignored: Object.fromEntries(flow.ignored),
    }),
    experiments: () =>
      config.experiments.map((experiment) => viewExperiment(experiment, { runs, store, policyHashOf })),
    startRun: async (start) => {
      const { experiment, candidate } = await candidates.resolve(start);
      const active = runs.active().find(({ run }) => run.experiment === experiment.name);
      if (active !== undefined) {
        const message = `experiment "${experiment.name}" has the active run ${active.run.id}; stop it or wait for its end`;
        throw new PenumbraError('RUN_CANNOT_START', message);
      }
      return view(factsOf(await runs.start(experiment, candidate), store));
    },
    stopRun: (id, reason) => {
      const context = runs.find(id);
      if (context === null) {
        const { run } = find(id);
        throw new PenumbraError(
          'RUN_CANNOT_START',
          `run "${id}" ended already (${run.state}); a run that ended stays ended`,
        );
      }
      endRunNow(closing, context, { state: 'STOPPED', reason, nowMs: clock.nowMs() });
      runs.remove(context);
      return view(find(id));
    },
    runs: () => store.runs().map(({ run }) => view(find(run.id))),
    run: (id) => view(find(id)),
    verdictChanges: (id) => store.verdictChanges(find(id).run.id),
    samples: (id, arm) => store.samples(find(id).run.id, arm),
    gate: ({ run, experiment, nonce }) => {
      const id = run ?? latestRun(store, experiment ?? '');
      const facts = find(id);
      return askGate({ facts, view: view(facts), nowMs: clock.nowMs(), nonce, serviceVersion: options.version });
    },
    submit: flow.receive,
    recordOutcome: ({ id, decision, value }) => {
      const about = decisionFor(config, decision);
      const outcome = {
        exchangeId: id,
        decision: about.name,
        label: truthLabel(about, value),
        arrivedAt: clock.nowMs(),
      };
      return { id, status: truths.record(outcome) };
    },
    metrics: metrics.expose,
  };

  let stopped = false;
  let lastPruneMs = clock.monotonicMs();
  const tick = (): void => {
    if (stopped) return;
    try {
      if (flow.tick()) truths.retryPending();
      void delivery.deliverDue();
      if (clock.monotonicMs() - lastPruneMs > pruneEveryMs) {
        lastPruneMs = clock.monotonicMs();
        const nowMs = clock.nowMs();
        store.prune({
          admissionsAndLabelsAt: nowMs - config.truthWindowMs,
          samplesAt: nowMs - config.samples.keepForMs,
        });
      }
    } catch (err) {
      // A failed commit leaves its buckets open: the next tick tries again.
      log.error({ err }, 'closing buckets failed');
    }
    clock.after(tickEveryMs, tick);
  };

  return {
    comparator,
    start: async () => {
      await runs.resume(config.experiments);
      for (const experiment of config.experiments.filter((one) => one.start === 'with-serve')) {
        if (!hasRun(store, experiment, policyHashOf)) await comparator.startRun({ experiment: experiment.name });
      }
      for (const source of sources) await source.start((raw) => void flow.receive(raw));
      tick();
    },
    stop: async () => {
      stopped = true;
      for (const source of sources) await source.stop();
      await runs.closeAll();
      await Promise.all(sinks.map((sink) => sink.close()));
      store.close();
    },
  };
}

function codecNamed(name: string): Codec {
  const kind = codecs.find((codec) => codec.name === name);
  if (kind === undefined) throw new PenumbraError('CONFIG_INVALID', `there is no protocol "${name}"`);
  return kind.create({});
}

interface OpenTarget {
  readonly arm: Arm;
  readonly codec: Codec;
  readonly config: EffectiveConfig;
  readonly env: AppOptions['env'];
}

async function openTarget(target: TargetSpec, { codec, config, env }: OpenTarget): Promise<Target> {
  if (target.type === 'onnx')
    return createOnnxTarget({ file: target.file, sha256: target.sha256, decisions: config.decisions });
  return createHttpTarget({
    url: target.url,
    headers: resolveHeaders(target.headers, { env }),
    version: target.version,
    codec,
  });
}

/** Measures are the same as long as the definition is; definitions are compared by identity, so few are ever made. */
function rememberMeasures(
  create: (experiment: Experiment) => readonly Measure[],
): (experiment: Experiment) => readonly Measure[] {
  const known = new WeakMap<Experiment, readonly Measure[]>();
  return (experiment) => {
    const found = known.get(experiment) ?? create(experiment);
    known.set(experiment, found);
    return found;
  };
}

/** A finished or running run of the same policy: `start: with serve` does not start it a second time. */
function hasRun(store: Store, { name }: Experiment, policyHashOf: (experiment: Experiment) => string): boolean {
  return store.runs().some(({ run }) => run.experiment === name && run.policyHash === policyHashOf(run.definition));
}

function viewExperiment(
  experiment: Experiment,
  { runs, store, policyHashOf }: { runs: Runs; store: Store; policyHashOf: (experiment: Experiment) => string },
) {
  return {
    name: experiment.name,
    arms: experiment.arms.map(({ name, role }) => ({ name, role })),
    hypotheses: experiment.hypotheses.map(({ id }) => id),
    gate: experiment.gate !== null,
    policyHash: policyHashOf(experiment),
    activeRun: runs.active().find(({ run }) => run.experiment === experiment.name)?.run.id ?? null,
    latestRun: store.runs().findLast(({ run }) => run.experiment === experiment.name)?.run.id ?? null,
  };
}

function latestRun(store: Store, experiment: string): string {
  const stored = store.runs().findLast(({ run }) => run.experiment === experiment);
  if (stored === undefined) throw new PenumbraError('RUN_NOT_FOUND', `experiment "${experiment}" has no run`);
  return stored.run.id;
}

function decisionFor(config: EffectiveConfig, name: string | null) {
  const known = config.decisions.map((decision) => decision.name);
  const decision = config.decisions.find((one) => one.name === (name ?? (known.length === 1 ? known[0] : null)));
  if (decision !== undefined) return decision;
  throw new PenumbraError('OUTCOME_INVALID', `decision requires one of: ${known.join(', ')}; got ${name ?? 'none'}`);
}
