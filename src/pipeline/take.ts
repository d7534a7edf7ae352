// What a run does with one exchange it received: skip it, drop it, warm up with it, or score it: journal it, then ask the arms.
import type { Clock, Log } from '../io/ports.ts';
import type { Admission, Store } from '../io/store-port.ts';
import type { Decision, DropReason, Exchange, SkipReason } from '../model.ts';
import { admit } from './admit.ts';
import { type DispatchOptions, dispatch } from './dispatch.ts';
import { createJournal, type Journal, type Written } from './journal.ts';
import { type Latch, newLatch, openLatch } from './latch.ts';
import { askForDefaults, type LearnDeps } from './learn.ts';
import { lighten } from './lighten.ts';
import type { ReadExchange } from './read-exchange.ts';
import { type Bucket, type Entry, increase, type RunContext } from './run-context.ts';
import { untreated } from './treatment.ts';

export type Fate = 'admitted' | 'warm-up' | `skipped: ${SkipReason}` | `dropped: ${DropReason}`;

export interface Taken {
  fate: Fate;
  readonly journalled: Latch;
  readonly committed: Latch;
}

export interface TakeDeps extends LearnDeps {
  readonly store: Store;
}

export interface Take {
  take(context: RunContext, seen: Exclude<ReadExchange, { type: 'ignored' }>): Taken;
  /** Journals what still waits; from here on nothing is sent any more. */
  stop(): void;
  /** Exchanges that were admitted and are not sent yet. */
  unsent(): number;
}

/** What taking an exchange needs besides the run. */
interface Tools {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: Log;
  readonly decisions: readonly Decision[];
  readonly send: (context: RunContext, exchange: Exchange, options: DispatchOptions) => void;
  /** Asks arms for what must be learned before they are judged. */
  readonly learn: (context: RunContext, exchange: Exchange) => void;
}

export function createTake(deps: TakeDeps): Take {
  const journal = createJournal(deps);
  let isStopped = false;
  const tools: Tools = {
    ...deps,
    journal,
    send: (context, exchange, options) => {
      if (!isStopped && context.run.endedAt === null) dispatch(deps, context, exchange, options);
    },
    learn: (context, exchange) => {
      if (!isStopped && context.run.endedAt === null) askForDefaults(deps, context, exchange);
    },
  };
  return {
    take: (context, seen) => {
      if (seen.type === 'not-comparable') return skipped(context, 'production_failed');
      const admission = admit(context, seen, deps.clock.nowMs());
      switch (admission.fate) {
        case 'skip':
          return skipped(context, admission.reason);
        case 'drop':
          return dropped(context, admission.reason);
        case 'warm-up':
          return warmUp(tools, context, seen.exchange);
        case 'dispatch':
          return score(tools, context, { exchange: seen.exchange, bucket: admission.bucket });
      }
    },
    unsent: journal.waiting,
    stop: () => {
      isStopped = true;
      journal.flush();
    },
  };
}

/** Unscored: the arm may build its connections and caches, and we learn its version. */
function warmUp(tools: Tools, context: RunContext, exchange: Exchange): Taken {
  const change = (by: 1 | -1): void => {
    context.warmUp.sent += by;
    context.warmUp.waiting += by * context.arms.length;
    for (const arm of context.arms) increase(arm.tally.skipped, 'warm_up', by);
  };
  const journalled = newLatch();
  const taken: Taken = { fate: 'warm-up', journalled, committed: journalled };
  change(1);
  tools.journal.admit(admissionOf(context, exchange, { bucketAt: null }), (written) => {
    const exit = exitOf(tools, context, written);
    if (exit === null) {
      tools.send(context, exchange, warmUpOptions(context));
      tools.learn(context, exchange);
    } else {
      change(-1);
      taken.fate = exit().fate;
    }
    openLatch(journalled);
  });
  return taken;
}

function admissionOf(
  { run }: RunContext,
  { id, comesAgain = false }: Exchange,
  { bucketAt }: Pick<Admission, 'bucketAt'>,
): Admission {
  return { runId: run.id, exchangeId: id, bucketAt, comesAgain };
}

/** How an exchange leaves the run that the journal did not take; null when it did. */
function exitOf({ log }: Tools, context: RunContext, written: Written): (() => Taken) | null {
  if ('cause' in written) {
    log.error({ err: written.cause, run: context.run.id }, 'the admission journal could not be written');
    return () => dropped(context, 'store_failed');
  }
  return written.isNew ? null : () => skipped(context, 'duplicate');
}

interface Score {
  readonly exchange: Exchange;
  readonly bucket: Bucket;
}

function score(tools: Tools, context: RunContext, { exchange, bucket }: Score): Taken {
  const taken: Taken = { fate: 'admitted', journalled: newLatch(), committed: newLatch() };
  const entry: Entry = {
    exchange,
    outcomes: context.arms.map(() => 'late'),
    versions: context.arms.map(() => null),
    committed: [taken.committed],
  };
  bucket.entries.add(entry);
  context.admitted += 1;
  tools.journal.admit(admissionOf(context, exchange, { bucketAt: bucket.at }), (written) => {
    const exit = exitOf(tools, context, written);
    if (exit !== null) {
      if (forget(context, entry, bucket)) taken.fate = exit().fate;
    } else if (bucket.entries.has(entry)) {
      tools.send(context, exchange, scoringOptions(tools, context, { entry, bucket }));
    }
    openLatch(taken.journalled);
  });
  return taken;
}

function warmUpOptions(context: RunContext): DispatchOptions {
  return {
    faultsOn: false,
    onOutcome: (index, outcome) => {
      context.warmUp.waiting -= 1;
      const tally = context.arms[index]?.tally;
      if (tally === undefined) return;
      if (outcome?.status === 'ok') tally.warmUpOk += 1;
      else tally.warmUpFailed += 1;
    },
  };
}

interface Scoring {
  readonly entry: Entry;
  readonly bucket: Bucket;
}

/** An arm is asked only while its whole deadline fits in before the bucket closes. */
function scoringOptions({ clock, decisions }: Tools, context: RunContext, { entry, bucket }: Scoring): DispatchOptions {
  const { bucketMs, joinDeadlineMs } = context.run.definition;
  const leftMs = bucket.at + bucketMs + joinDeadlineMs - clock.nowMs();
  context.arms.forEach(({ arm }, index) => {
    if (leftMs >= arm.deadlineMs) entry.outcomes[index] = null;
  });
  return {
    faultsOn: true,
    isWanted: (index) => entry.outcomes[index] === null,
    onSent: (index, { struck, treatment }) => {
      // Most arms are neither struck nor treated.
      if (struck !== null) {
        entry.struck ??= [];
        entry.struck[index] = struck;
      }
      if (treatment !== untreated) {
        entry.treated ??= [];
        entry.treated[index] = treatment;
      }
    },
    onOutcome: (index, outcome) => {
      entry.outcomes[index] ??= outcome ?? 'late';
      entry.versions[index] ??= context.arms[index]?.version ?? null;
      lighten(context, entry, decisions);
    },
  };
}

const done: Latch = { ...newLatch(), isOpen: true };

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
  for (const latch of entry.committed) openLatch(latch);
  return true;
}
