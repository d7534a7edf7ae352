// What the API offers, made from the parts: runs, verdicts, gates, exchanges, outcomes.
import type { Comparator, ExperimentView, GivenOutcome, OutcomeReceipt, StartRun } from '../api/comparator.ts';
import type { EffectiveConfig } from '../config/effective.ts';
import { truthLabel } from '../core/compare/index.ts';
import { PenumbraError } from '../errors.ts';
import { createMetrics, type MetricsSnapshot } from '../io/metrics/index.ts';
import type { TrueOutcome } from '../io/store-port.ts';
import type { Experiment, Retried, Run } from '../model.ts';
import { endRunNow } from '../pipeline/end-run.ts';
import { replacedBy } from '../pipeline/runs.ts';
import type { Recorded, Truths } from '../pipeline/truth.ts';
import { factsOf, viewRun } from '../pipeline/view.ts';
import { effectSizesOf } from '../pipeline/view-effect-sizes.ts';
import type { RunView } from '../pipeline/view-types.ts';
import { resolveStart } from './candidates.ts';
import { drillSeries, offerDrills } from './drill/offer-drills.ts';
import { whyNotBeside, whyNotNow } from './exclusive.ts';
import { createGate } from './gate.ts';
import { offerGateActs } from './gate-acts.ts';
import type { AppOptions, Parts } from './parts.ts';
import { snapshotOf } from './snapshot.ts';
import { whyUnusable } from './usable-model.ts';
import { createViews, type Views } from './views.ts';

const noWatches = { watches: [], late: 0, failed: 0, closedUntil: null };

export function createComparator(parts: Parts, options: AppOptions): Comparator {
  const { config, clock, sources, version } = options;
  const { store, runs, flow, truths, killSwitch } = parts;
  const { find, view } = createViews(parts);
  const gate = createGate(parts, { ...options, find, view });
  const start = createStarter(parts, { ...options, view });
  const metrics = createMetrics(() => collect(parts, options), { service: config.service, version });
  return {
    nowMs: clock.nowMs,
    health: () => ({
      status: 'ok',
      service: config.service,
      version,
      activeRuns: runs.active().length,
      undeliveredAlerts: store.undeliveredAlerts(),
      sources: Object.fromEntries(sources.map((source) => [source.name, source.losses()])),
      seen: Object.fromEntries(sources.flatMap((source) => (source.seen ? [[source.name, source.seen()]] : []))),
      ignored: Object.fromEntries(flow.ignored),
    }),
    experiments: () => config.experiments.map((experiment) => viewExperiment(experiment, parts)),
    startRun: start,
    stopRun: (id, reason) => {
      const context = runs.find(id);
      if (context === null) {
        const message = `run "${id}" ended already (${find(id).run.state}); a run that ended stays ended`;
        throw new PenumbraError('RUN_CANNOT_START', message);
      }
      endRunNow(parts.closing, context, { state: 'STOPPED', reason, nowMs: clock.nowMs() });
      runs.remove(context);
      return view(find(id));
    },
    runs: () => store.runs().map(({ run }) => view(find(run.id))),
    run: (id) => view(find(id)),
    verdictChanges: (id) => store.verdictChanges(find(id).run.id),
    samples: (id, arm) => store.samples(find(id).run.id, arm),
    effectSizes: (id) => effectSizesOf(find(id)),
    gate,
    ...offerGateActs(parts, { ...options, find, view, gate, start }),
    github: parts.openGithub(gate),
    ...offerDrills(parts.drills),
    submit: flow.receive,
    recordOutcomes: (given) => recordOutcomes(given, { config, truths, nowMs: clock.nowMs() }),
    killed: () => killSwitch.state(),
    kill: (reason) => killSwitch.engage({ reason, by: 'api' }),
    releaseKill: (reason) => killSwitch.release(reason),
    watches: () => parts.watches?.view() ?? noWatches,
    startChaos: ({ suite }) => parts.chaos.start('api', suite === undefined ? {} : { suite }),
    chaos: parts.chaos.view,
    stopChaos: parts.chaos.stop,
    metrics: metrics.expose,
  };
}

function collect(
  { store, runs, flow, truths, killSwitch, chaos, ...parts }: Parts,
  { config, clock, sources }: Pick<AppOptions, 'config' | 'clock' | 'sources'>,
): MetricsSnapshot {
  return snapshotOf({
    nowMs: clock.nowMs(),
    experiments: config.experiments.map(({ name }) => name),
    active: runs.active().map((context) => ({
      context,
      view: viewRun(factsOf(context, noHistory), []),
      measures: parts.measuresOf(context.run.definition),
    })),
    watches: parts.watches?.view() ?? noWatches,
    sources,
    flow,
    store,
    truths,
    dependencies: parts.dependencies.series(),
    drills: drillSeries(store),
    chaos: chaos.latest(),
    isKilled: killSwitch.state() !== null,
  });
}

/** Streams that a change of version has closed are in no metric, and need not be read for one. */
const noHistory = { streams: () => [] };

interface Recording {
  readonly config: EffectiveConfig;
  readonly truths: Truths;
  readonly nowMs: number;
}

function recordOutcomes(
  given: readonly GivenOutcome[],
  { config, truths, nowMs }: Recording,
): readonly (OutcomeReceipt | PenumbraError)[] {
  const read = given.map(({ id, decision, value }): TrueOutcome | PenumbraError => {
    try {
      const about = decisionFor(config, decision);
      return { exchangeId: id, decision: about.name, label: truthLabel(about, value), arrivedAt: nowMs };
    } catch (thrown) {
      if (thrown instanceof PenumbraError) return thrown;
      throw thrown;
    }
  });
  const sound = read.filter((one): one is TrueOutcome => !(one instanceof PenumbraError));
  const recorded = truths.record(sound).values();
  return read.map((one) => {
    const result = one instanceof PenumbraError ? one : (recorded.next().value as Recorded | PenumbraError);
    if (one instanceof PenumbraError || result instanceof PenumbraError) return result as PenumbraError;
    return { id: one.exchangeId, status: result };
  });
}

/** One active run per experiment: two would share its budget, and a pipeline could not tell which one it asked. */
function createStarter(
  parts: Parts,
  { config, clock, log, view }: Pick<AppOptions, 'config' | 'clock' | 'log'> & Pick<Views, 'view'>,
): (start: StartRun, retries?: Retried) => Promise<RunView> {
  const { runs, store, killSwitch } = parts;
  const starting = new Map<string, Experiment>();
  return async (start, retries) => {
    const killed = killSwitch.state();
    if (killed !== null) {
      throw new PenumbraError(
        'KILLED',
        `the kill switch is engaged (${killed.reason}); release it first: penumbra kill --release WHY`,
      );
    }
    const { experiment, candidate } = resolveStart(config, start);
    const { name } = experiment;
    const active = runs.active().find(({ run }) => run.experiment === name)?.run.id;
    const mayReplace = start.replace === true && !starting.has(name);
    if ((active !== undefined && !mayReplace) || starting.has(name)) {
      const which = active === undefined ? 'a run that is starting' : `the active run ${active}`;
      throw new PenumbraError(
        'RUN_CANNOT_START',
        `experiment "${name}" has ${which}; stop it, wait for its end, or replace it`,
      );
    }
    const running = runs.active().map(({ run }) => run.definition);
    const others = [...running.filter((one) => one.name !== name), ...starting.values()];
    const why = whyNotNow(experiment, clock.nowMs()) ?? whyNotBeside(experiment, others);
    if (why !== null) throw new PenumbraError('RUN_CANNOT_START', `experiment "${name}" cannot start: ${why}`);
    starting.set(name, experiment);
    try {
      if (start.candidate !== undefined) await requireUsableModel(experiment, config);
      return view(
        factsOf(
          await runs.start(experiment, candidate, {
            onStored: (run) => stopReplaced(parts, { run, clock, log }),
            ...(retries === undefined ? {} : { retries }),
          }),
          store,
        ),
      );
    } finally {
      starting.delete(name);
    }
  };
}

/** Only once its successor is stored: a start that fails leaves the run that goes on untouched. */
function stopReplaced(
  { runs, closing }: Parts,
  { run, clock, log }: { run: Run } & Pick<AppOptions, 'clock' | 'log'>,
): void {
  const replaced = runs.active().find((one) => one.run.experiment === run.experiment && one.run.endedAt === null);
  if (replaced === undefined) return;
  try {
    endRunNow(closing, replaced, { state: 'STOPPED', reason: replacedBy(run), nowMs: clock.nowMs() });
    runs.remove(replaced);
  } catch (err) {
    // It has ended all the same; the next tick stores that and takes it away.
    log.error({ err, run: replaced.run.id }, 'the end of the replaced run could not be stored yet');
  }
}

/** A file named at run start was in no config that was checked; a URL is found out by its ready probe. */
async function requireUsableModel({ arms }: Experiment, { decisions }: EffectiveConfig): Promise<void> {
  const target = arms.find(({ role }) => role === 'candidate')?.target;
  const problem = target?.type === 'onnx' ? await whyUnusable(target.file, decisions) : null;
  if (problem !== null) throw new PenumbraError('MODEL_INVALID', problem);
}

function viewExperiment(experiment: Experiment, { runs, store, policyHashOf, schedules }: Parts): ExperimentView {
  const schedule = schedules.get(experiment.name);
  return {
    name: experiment.name,
    arms: experiment.arms.map(({ name, role }) => ({ name, role })),
    hypotheses: experiment.hypotheses.map(({ id }) => id),
    gate: experiment.gate !== null,
    policyHash: policyHashOf(experiment),
    activeRun: runs.active().find(({ run }) => run.experiment === experiment.name)?.run.id ?? null,
    latestRun: store.runs().findLast(({ run }) => run.experiment === experiment.name)?.run.id ?? null,
    ...(experiment.schedule && schedule
      ? { schedule: { ...experiment.schedule, nextAt: schedule.nextAt(), ...schedule.counts() } }
      : {}),
  };
}

function decisionFor(config: EffectiveConfig, name: string | null) {
  const known = config.decisions.map((decision) => decision.name);
  const decision = config.decisions.find((one) => one.name === (name ?? (known.length === 1 ? known[0] : null)));
  if (decision !== undefined) return decision;
  throw new PenumbraError('OUTCOME_INVALID', `decision requires one of: ${known.join(', ')}; got ${name ?? 'none'}`);
}
