// The chain on one page: receive → read → admit → journal → dispatch → (bucket closes) → compare → count → judge → alert.
// Exits: ignored (not ours), skipped (decided before anything was known), dropped (our own fault), compared.

import type { PenumbraError } from '../errors.ts';
import type { Clock, Log, Source } from '../io/ports.ts';
import type { Store } from '../io/store-port.ts';
import type { Decision, DropReason, Exchange, RawExchange, SkipReason } from '../model.ts';
import { admit } from './admit.ts';
import { type CloseDeps, closeBuckets, commitPending, endRunNow } from './close-buckets.ts';
import { isAdmitting } from './complete.ts';
import { dispatch } from './dispatch.ts';
import { createJournal } from './journal.ts';
import type { ReadExchange } from './read-exchange.ts';
import { type Bucket, conservationOf, type Entry, increase, isConserved, type RunContext } from './run-context.ts';
import { observeProduction, stopReason } from './stop.ts';

export type Fate = 'admitted' | 'warm-up' | `skipped: ${SkipReason}` | `dropped: ${DropReason}`;

/** What became of a delivered exchange, per run id; `committed` resolves when every run that took it has closed its bucket. */
export interface Received {
  readonly id: string | null;
  /** Why no run may count it at all, as an error for whoever handed it over; null when runs decide. */
  readonly problem: PenumbraError | null;
  /** A known id turns out a duplicate only when it is journalled, so ask after that. */
  readonly fates: () => Readonly<Record<string, Fate>>;
  readonly journalled: Promise<void>;
  readonly committed: Promise<void>;
}

export interface Flow {
  receive(raw: RawExchange): Received;
  /** Closes what is due, moves runs along, ends them. Call it a few times a second. True when any bucket closed. */
  tick(): boolean;
  readonly ignored: ReadonlyMap<string, number>;
}

export interface FlowDeps extends CloseDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly store: Store;
  readonly decisions: readonly Decision[];
  readonly read: (raw: RawExchange) => ReadExchange;
  /** The runs in memory; runs that ended stay until `onEnded` takes them away. */
  readonly active: () => readonly RunContext[];
  readonly onEnded: (context: RunContext) => void;
}

const done = Promise.resolve();

export function createFlow(deps: FlowDeps): Flow {
  const { clock, read } = deps;
  const ignored = new Map<string, number>();
  const step = createSteps(deps);
  return {
    ignored,
    receive: (raw) => {
      const seen = read(raw);
      if (seen.type === 'ignored') {
        increase(ignored, seen.reason);
        return { id: null, problem: seen.problem, fates: () => ({}), journalled: done, committed: done };
      }
      const taken = new Map<string, Taken>();
      for (const context of deps.active()) {
        if (!isAdmitting(context, clock.nowMs())) continue;
        observeProduction(context, seen);
        for (const arm of context.arms) arm.tally.received += 1;
        taken.set(context.run.id, step.take(context, seen));
      }
      const all = (pick: (one: Taken) => Promise<void>): Promise<void> =>
        Promise.all([...taken.values()].map(pick)).then(() => {});
      return {
        id: seen.type === 'comparable' ? seen.exchange.id : seen.id,
        problem: seen.type === 'not-comparable' ? seen.problem : null,
        fates: () => Object.fromEntries([...taken].map(([runId, one]) => [runId, one.fate])),
        journalled: all((one) => one.journalled),
        committed: all((one) => one.committed),
      };
    },
    tick: () => {
      let closed = false;
      for (const context of [...deps.active()]) {
        const before = context.closedUntil;
        try {
          step.advance(context);
          if (context.run.endedAt !== null) deps.onEnded(context);
        } catch (err) {
          // What was closed stays pending for the next try; the other runs go on.
          deps.log.error({ err, run: context.run.id }, 'closing buckets failed');
        }
        closed ||= context.closedUntil !== before;
      }
      return closed;
    },
  };
}

interface Taken {
  fate: Fate;
  readonly journalled: Promise<void>;
  readonly committed: Promise<void>;
}

function createSteps(deps: FlowDeps) {
  const { clock, store, log } = deps;
  const journal = createJournal({ store, clock });

  const take = (context: RunContext, seen: Exclude<ReadExchange, { type: 'ignored' }>): Taken => {
    if (seen.type === 'not-comparable') return skipped(context, 'production_failed');
    const admission = admit(context, seen, clock.nowMs());
    switch (admission.fate) {
      case 'skip':
        return skipped(context, admission.reason);
      case 'drop':
        return dropped(context, admission.reason);
      case 'warm-up':
        return warmUp(context, seen.exchange);
      case 'dispatch':
        return score(context, seen.exchange, admission.bucket);
    }
  };

  /** Unscored: the arm may build its connections and caches, and we learn its version. */
  const warmUp = (context: RunContext, exchange: Exchange): Taken => {
    context.warmUp.sent += 1;
    context.warmUp.waiting += context.arms.length;
    for (const arm of context.arms) increase(arm.tally.skipped, 'warm_up');
    const admission = { runId: context.run.id, exchangeId: exchange.id, bucketAt: null };
    const journalled = journal.admit(admission).then((isNew) => {
      if (!isNew) {
        context.warmUp.sent -= 1;
        context.warmUp.waiting -= context.arms.length;
        return;
      }
      dispatch(deps, context, exchange, {
        faultsOn: false,
        onOutcome: (index, outcome) => {
          context.warmUp.waiting -= 1;
          const tally = context.arms[index]?.tally;
          if (tally === undefined) return;
          if (outcome.status === 'ok') tally.warmUpOk += 1;
          else tally.warmUpFailed += 1;
        },
      });
    });
    return { fate: 'warm-up', journalled, committed: journalled };
  };

  const score = (context: RunContext, exchange: Exchange, bucket: Bucket): Taken => {
    const entry: Entry = {
      exchange,
      outcomes: context.arms.map(() => null),
      versions: context.arms.map(() => null),
      committed: [],
    };
    bucket.entries.add(entry);
    context.admitted += 1;
    const committed = new Promise<void>((resolve) => entry.committed.push(resolve));
    const admission = { runId: context.run.id, exchangeId: exchange.id, bucketAt: bucket.at };
    const undo = (count: () => Taken): void => {
      if (forget(context, entry, bucket)) taken.fate = count().fate;
    };
    const journalled = journal.admit(admission).then(
      (isNew) => {
        if (isNew) send(context, entry, bucket);
        else undo(() => skipped(context, 'duplicate'));
      },
      (cause) => {
        log.error({ err: cause, run: context.run.id }, 'the admission journal could not be written');
        undo(() => dropped(context, 'store_failed'));
      },
    );
    const taken: Taken = { fate: 'admitted', journalled, committed };
    return taken;
  };

  const send = (context: RunContext, entry: Entry, bucket: Bucket): void => {
    if (!bucket.entries.has(entry) || context.run.state !== 'RUNNING') return;
    const { bucketMs, joinDeadlineMs } = context.run.definition;
    const leftMs = bucket.at + bucketMs + joinDeadlineMs - clock.nowMs();
    for (const [index, { arm }] of context.arms.entries()) if (leftMs < arm.deadlineMs) entry.outcomes[index] = 'late';
    dispatch(deps, context, entry.exchange, {
      faultsOn: true,
      isWanted: (index) => entry.outcomes[index] !== 'late',
      onOutcome: (index, outcome) => {
        entry.outcomes[index] ??= outcome;
        entry.versions[index] ??= context.arms[index]?.version ?? null;
      },
    });
  };

  const advance = (context: RunContext): void => {
    const nowMs = clock.nowMs();
    if (context.run.endedAt !== null) {
      // It ended, and the transaction that says so failed.
      commitPending(deps, context);
      return;
    }
    startScoring(context, nowMs);
    const reason = stopReason(context, nowMs);
    if (reason !== null) {
      endRunNow(deps, context, { state: 'ABORTED', reason, nowMs });
      return;
    }
    const { bucketMs, joinDeadlineMs } = context.run.definition;
    const closedUntil = Math.floor((nowMs - joinDeadlineMs) / bucketMs) * bucketMs;
    if (context.run.state === 'RUNNING' && closedUntil > context.closedUntil) {
      closeBuckets(deps, context, closedUntil, nowMs);
    }
    for (const arm of context.arms) {
      if (!isConserved(conservationOf(context, arm))) {
        log.error(
          { run: context.run.id, arm: arm.arm.name, ...conservationOf(context, arm) },
          'conservation is broken',
        );
      }
    }
  };

  const startScoring = (context: RunContext, nowMs: number): void => {
    const { warmUp: state, run } = context;
    if (run.state !== 'WARMING' || !state.armsReady) return;
    if (state.sent < run.definition.warmUpRequests || state.waiting > 0) return;
    context.run = { ...run, state: 'RUNNING', scoringSince: run.scoringSince ?? nowMs };
    store.saveRun(context.run);
    log.info({ run: run.id, experiment: run.experiment }, 'warm-up finished, scoring starts');
  };

  return { take, advance };
}

function skipped(context: RunContext, reason: SkipReason): Taken {
  for (const arm of context.arms) increase(arm.tally.skipped, reason);
  return { fate: `skipped: ${reason}`, journalled: done, committed: done };
}

function dropped(context: RunContext, reason: DropReason): Taken {
  for (const arm of context.arms) increase(arm.tally.dropped, reason);
  return { fate: `dropped: ${reason}`, journalled: done, committed: done };
}

/** Takes an entry back that was never sent; false when its bucket closed meanwhile. */
function forget(context: RunContext, entry: Entry, bucket: Bucket): boolean {
  if (!bucket.entries.delete(entry)) return false;
  context.admitted -= 1;
  for (const resolve of entry.committed) resolve();
  return true;
}

/** Starts every source on the flow. */
export async function startSources(flow: Flow, sources: readonly Source[]): Promise<void> {
  for (const source of sources) await source.start((raw) => void flow.receive(raw));
}
