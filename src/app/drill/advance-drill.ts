// Moves the running drill on: takes in what was seen, sends nothing more once the regression is found, ends it when its alert has arrived or
// its time is up, and keeps every step in the store.
import { messageOf } from '../../errors.ts';
import type { Drill } from '../../io/store-port.ts';
import type { Run } from '../../model.ts';
import { endRunNow } from '../../pipeline/end-run.ts';
import type { RunContext } from '../../pipeline/run-context.ts';
import type { DrillsDeps } from './drills.ts';
import { type DrillEnd, endOfDrill } from './end-of-drill.ts';
import { isSuccess } from './view-drill.ts';

export interface Advance {
  /** The one that runs. */
  drill(): Drill | null;
  take(started: Drill): void;
  arrived(id: string, where: string): void;
  tick(): void;
}

export function createAdvance(deps: DrillsDeps): Advance {
  const { store, runs, clock, log, killSwitch, lookForArrival, witness } = deps;
  let drill: Drill | null = null;
  const arrived = (id: string, where: string): void => {
    if (drill?.id !== id || drill.endedAt !== null || drill.arrival.at !== null) return;
    drill = { ...drill, arrival: { isAwaited: true, at: clock.nowMs(), where } };
    store.saveDrill(drill);
  };
  const advance = (before: Drill): void => {
    const context = runs.find(before.id);
    const run = context?.run ?? (store.run(before.id)?.run as Run);
    const now = takeIn(deps, before);
    if (now.verdict !== null && before.verdict === null) {
      log.info({ drill: now.id, sentence: now.verdict.sentence }, 'the drill’s regression is found');
      if (context !== null) sendNothingMore(context);
    }
    drill = now;
    if (now.verdict !== before.verdict) store.saveDrill(now);
    const killed = killSwitch.state();
    const end: DrillEnd | null =
      killed !== null && run.endedAt === null
        ? { result: 'aborted', reason: `kill switch: ${killed.reason}` }
        : endOfDrill(now, { run, nowMs: clock.nowMs() });
    if (end !== null) {
      drill = { ...now, ...end, endedAt: clock.nowMs() };
      if (context !== null && run.endedAt === null) endRun(deps, context, end);
      return;
    }
    const { key } = witness.seen();
    if (key === null || now.verdict === null || now.arrival.at !== null) return;
    lookForArrival({ run: now.id, key, since: now.startedAt }, (where) => arrived(now.id, where));
  };
  return {
    drill: () => drill,
    take: (started) => {
      drill = started;
    },
    arrived,
    tick: () => {
      if (drill === null) return;
      const { id } = drill;
      try {
        if (drill.endedAt === null) advance(drill);
        if (drill.endedAt === null) return;
        // What cannot be stored now is tried again.
        store.saveDrill(drill);
        log.info({ drill: id, result: drill.result, reason: drill.reason }, 'the drill is over');
        witness.attend('');
        drill = null;
      } catch (err) {
        log.error({ err, drill: id }, 'the drill could not be moved on');
      }
    },
  };
}

function takeIn({ store, witness }: DrillsDeps, drill: Drill): Drill {
  const { plantedAt, plantedRequests, deliveries } = witness.seen();
  const change =
    drill.verdict === null ? store.verdictChanges(drill.id).find(({ to }) => to === 'VIOLATED') : undefined;
  const verdict =
    change === undefined ? drill.verdict : { at: change.at, requests: change.n, sentence: change.sentence };
  return { ...drill, plantedAt, plantedRequests, deliveries, verdict };
}

/** The run itself goes on with no share of the traffic: its end would resolve the alert before anybody saw it. */
function sendNothingMore(context: RunContext): void {
  context.run = { ...context.run, definition: { ...context.run.definition, share: 0 } };
}

function endRun({ closing, runs, clock, log }: DrillsDeps, context: RunContext, { result, reason }: DrillEnd): void {
  const state = isSuccess(result) ? 'COMPLETED' : result === 'aborted' ? 'ABORTED' : 'STOPPED';
  try {
    endRunNow(closing, context, { state, reason: `drill over: ${reason}`, nowMs: clock.nowMs() });
    runs.remove(context);
  } catch (thrown) {
    // It has ended all the same; the next tick commits that.
    log.error(
      { drill: context.run.id, problem: messageOf(thrown) },
      'the end of the drill’s run could not be stored yet',
    );
  }
}
