// The chaos suite on live traffic: its cells as runs, one after the other, moved along by the comparator's tick, and the card of what they
// found. One suite at a time; whatever ends a run before its time (a stop condition, the kill switch, a person) ends the suite.
import type { ChaosView } from '../api/comparator.ts';
import { cardOf } from '../chaos/card.ts';
import { createGathering, type Gathering } from '../chaos/gather.ts';
import { planLive } from '../chaos/plan-live.ts';
import type { PlannedExperiment } from '../chaos/plan-suite.ts';
import { type CellTally, createCellTally } from '../chaos/tally-cells.ts';
import { isLive, type LiveSuite } from '../config/chaos-config.ts';
import type { EffectiveConfig } from '../config/effective.ts';
import { suiteHash } from '../config/hashes.ts';
import { formatDuration } from '../core/units.ts';
import { messageOf, PenumbraError } from '../errors.ts';
import type { Clock, Log } from '../io/ports.ts';
import type { Arm, Experiment, Pair } from '../model.ts';
import type { RunView } from '../pipeline/view-types.ts';

export interface ChaosRuns {
  /** @throws PenumbraError RUN_CANNOT_START, KILLED, and what starting the first cell's run throws */
  start(by: ChaosView['startedBy'], options?: { readonly suite?: string }): Promise<ChaosView>;
  /** The latest without an id. @throws PenumbraError RUN_NOT_FOUND */
  view(id: string | null): ChaosView;
  /** Null before the first. */
  latest(): ChaosView | null;
  stop(id: string, reason: string): ChaosView;
  isActive(): boolean;
  /** Sees every compared pair of every run. */
  onPair(arm: Arm, pair: Pair): void;
  /** Moves the suite along; call it a few times a second. Never throws. */
  tick(): void;
}

export interface ChaosDeps {
  readonly config: EffectiveConfig;
  readonly clock: Clock;
  readonly log: Log;
  readonly begin: (experiment: Experiment) => Promise<RunView>;
  readonly run: (id: string) => RunView;
  readonly stopRun: (id: string, reason: string) => void;
  readonly whyKilled: () => string | null;
  readonly newId: () => string;
  /** Where the latest suite is kept over restarts. */
  readonly kept: { read(): ChaosView | null; write(view: ChaosView): void };
}

interface Active {
  view: ChaosView;
  readonly gathering: Gathering;
  readonly startedMs: number;
  current: { readonly one: PlannedExperiment; readonly tally: CellTally; runId: string | null } | null;
}

const restarted = 'the comparator was restarted';

export function createChaosRuns(deps: ChaosDeps): ChaosRuns {
  const { config, clock, log, kept } = deps;
  let latest = afterRestart(kept.read(), clock.nowMs());
  let active: Active | null = null;
  const save = (view: ChaosView): ChaosView => {
    latest = view;
    try {
      kept.write(view);
    } catch (thrown) {
      log.error({ chaos: view.id, problem: messageOf(thrown) }, 'the card could not be kept');
    }
    return view;
  };
  const end = (suite: Active, state: 'COMPLETED' | 'ABORTED', endReason: string | null): ChaosView => {
    active = null;
    const view = { ...viewOf(suite, config, endReason ?? ''), state, endedAt: clock.nowMs(), endReason, running: null };
    log.info({ chaos: view.id, state, endReason }, 'the chaos suite ended');
    return save(view);
  };
  const beginNext = async (suite: Active, one: PlannedExperiment): Promise<void> => {
    const current = { one, tally: createCellTally(), runId: null as string | null };
    suite.current = current;
    const { id } = await deps.begin(one.experiment);
    current.runId = id;
    suite.view = save({
      ...viewOf(suite, config, 'not reached yet'),
      running: { experiment: one.experiment.name, run: id },
    });
  };
  const advance = (suite: Active): void => {
    const { current, gathering } = suite;
    if (current === null || current.runId === null) return;
    const run = deps.run(current.runId);
    if (run.endedAt === null) return;
    gathering.found(current.one, { run, tally: current.tally });
    suite.current = null;
    const why = run.state === 'COMPLETED' ? deps.whyKilled() : (run.endReason ?? run.state);
    if (why !== null) return void end(suite, 'ABORTED', why);
    const next = gathering.next();
    if (next === null) return void end(suite, 'COMPLETED', null);
    const { maxTimeMs } = liveSuite(config);
    if (clock.monotonicMs() - suite.startedMs > maxTimeMs) {
      return void end(suite, 'COMPLETED', `maxTime (${formatDuration(maxTimeMs)}) was over`);
    }
    beginNext(suite, next).catch((thrown: unknown) => end(suite, 'ABORTED', messageOf(thrown)));
  };
  return {
    start: async (startedBy, { suite: wanted } = {}) => {
      const chaos = liveSuite(config);
      if (active !== null) throw refused(`the suite ${active.view.id} is running: wait for its end, or stop it`);
      if (wanted !== undefined && wanted !== suiteHash(chaos)) {
        throw refused('the comparator serves a config with another suite: restart it, or use its config');
      }
      const planned = planLive(chaos, config);
      const gathering = createGathering(chaos, planned);
      const view = newView({ id: deps.newId(), startedBy, startedAt: clock.nowMs(), cells: planned.length });
      const suite: Active = { view, gathering, startedMs: clock.monotonicMs(), current: null };
      active = suite;
      try {
        await beginNext(suite, planned[0] as PlannedExperiment);
        log.info({ chaos: view.id, startedBy, cells: planned.length }, 'the chaos suite starts');
        return suite.view;
      } catch (thrown) {
        active = null;
        throw thrown;
      }
    },
    latest: () => active?.view ?? latest,
    view: (id) => {
      const found = active?.view ?? latest;
      if (found !== null && (id === null || found.id === id)) return found;
      throw new PenumbraError('RUN_NOT_FOUND', `there is no chaos suite ${id === null ? 'yet' : `"${id}" (any more)`}`);
    },
    stop: (id, reason) => {
      const runId = active?.view.id === id ? active.current?.runId : null;
      if (active === null || runId === null || runId === undefined) throw refused(`no chaos suite "${id}" is running`);
      const suite = active;
      deps.stopRun(runId, reason);
      if (active === suite) advance(suite);
      return latest ?? suite.view;
    },
    isActive: () => active !== null,
    onPair: (arm, pair) => {
      const current = active?.current ?? null;
      // Arms are known by what they are: other experiments may have arms of the same name.
      if (current?.one.experiment.arms.includes(arm)) current.tally.onPair(arm, pair);
    },
    tick: () => {
      try {
        if (active !== null) advance(active);
      } catch (err) {
        log.error({ err }, 'the chaos suite could not go on yet');
      }
    },
  };
}

function liveSuite({ chaos }: EffectiveConfig): LiveSuite {
  if (chaos !== undefined && isLive(chaos)) return chaos;
  throw refused(
    chaos === undefined
      ? 'the config has no section "chaos"'
      : 'the suite of this config runs on recorded traffic, without a comparator: penumbra chaos --config FILE',
  );
}

function refused(message: string): PenumbraError {
  return new PenumbraError('RUN_CANNOT_START', message);
}

function newView(known: Pick<ChaosView, 'id' | 'startedBy' | 'startedAt'> & { readonly cells: number }): ChaosView {
  const { cells, ...rest } = known;
  const nothing = { endedAt: null, endReason: null, running: null, card: null } as const;
  return { ...rest, state: 'RUNNING', cells: { done: 0, of: cells }, ...nothing };
}

/** With the card as far as it is known. */
function viewOf({ view, gathering }: Active, config: EffectiveConfig, whyNot: string): ChaosView {
  const card = cardOf(gathering.result(whyNot), { config, chaos: liveSuite(config) });
  return { ...view, cells: gathering.progress(), card };
}

/** A suite does not go on after a restart: its run did not either. */
function afterRestart(view: ChaosView | null, nowMs: number): ChaosView | null {
  if (view === null || view.endedAt !== null) return view;
  return { ...view, state: 'ABORTED', endedAt: nowMs, endReason: restarted, running: null };
}
