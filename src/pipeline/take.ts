// What a run does with one exchange it received: skip it, drop it, warm up with it, or score it: journal it, then ask the arms.
import type { Clock, Log } from '../io/ports.ts';
import type { Store } from '../io/store-port.ts';
import type { Decision, DropReason, Exchange, SkipReason } from '../model.ts';
import { admit } from './admit.ts';
import { type DispatchOptions, dispatch } from './dispatch.ts';
import { createJournal, type Journal } from './journal.ts';
import { askForDefaults, type LearnDeps } from './learn.ts';
import { lighten } from './lighten.ts';
import type { ReadExchange } from './read-exchange.ts';
import { type Bucket, type Entry, increase, type RunContext } from './run-context.ts';

export type Fate = 'admitted' | 'warm-up' | `skipped: ${SkipReason}` | `dropped: ${DropReason}`;

/** Neither promise ever rejects: what became of the exchange is its fate. */
export interface Taken {
  fate: Fate;
  readonly journalled: Promise<void>;
  readonly committed: Promise<void>;
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
  const undo = (count: () => Taken): void => {
    change(-1);
    taken.fate = count().fate;
  };
  change(1);
  const admission = { ...admissionOf(context, exchange), bucketAt: null };
  const journalled = tools.journal.admit(admission).then(
    (isNew) => {
      if (isNew) {
        tools.send(context, exchange, warmUpOptions(context));
        tools.learn(context, exchange);
      } else undo(() => skipped(context, 'duplicate'));
    },
    (cause) => {
      logUnwritten(tools.log, context, cause);
      undo(() => dropped(context, 'store_failed'));
    },
  );
  const taken: Taken = { fate: 'warm-up', journalled, committed: journalled };
  return taken;
}

const admissionOf = ({ run }: RunContext, { id, comesAgain = false }: Exchange) => ({
  runId: run.id,
  exchangeId: id,
  comesAgain,
});

interface Score {
  readonly exchange: Exchange;
  readonly bucket: Bucket;
}

function score(tools: Tools, context: RunContext, { exchange, bucket }: Score): Taken {
  const entry: Entry = {
    exchange,
    outcomes: context.arms.map(() => 'late'),
    versions: context.arms.map(() => null),
    struck: context.arms.map(() => null),
    treated: context.arms.map(() => null),
    committed: [],
  };
  bucket.entries.add(entry);
  context.admitted += 1;
  const committed = new Promise<void>((resolve) => entry.committed.push(resolve));
  const undo = (count: () => Taken): void => {
    if (forget(context, entry, bucket)) taken.fate = count().fate;
  };
  const admission = { ...admissionOf(context, exchange), bucketAt: bucket.at };
  const journalled = tools.journal.admit(admission).then(
    (isNew) => {
      if (!isNew) undo(() => skipped(context, 'duplicate'));
      else if (bucket.entries.has(entry)) {
        tools.send(context, exchange, scoringOptions(context, { ...tools, entry, bucket }));
      }
    },
    (cause) => {
      logUnwritten(tools.log, context, cause);
      undo(() => dropped(context, 'store_failed'));
    },
  );
  const taken: Taken = { fate: 'admitted', journalled, committed };
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

interface Scoring extends Pick<Tools, 'clock' | 'decisions'> {
  readonly entry: Entry;
  readonly bucket: Bucket;
}

/** An arm is asked only while its whole deadline fits in before the bucket closes. */
function scoringOptions(context: RunContext, { entry, bucket, clock, decisions }: Scoring): DispatchOptions {
  const { bucketMs, joinDeadlineMs } = context.run.definition;
  const leftMs = bucket.at + bucketMs + joinDeadlineMs - clock.nowMs();
  for (const [index, { arm }] of context.arms.entries()) if (leftMs >= arm.deadlineMs) entry.outcomes[index] = null;
  return {
    faultsOn: true,
    isWanted: (index) => entry.outcomes[index] === null,
    onSent: (index, { struck, treatment }) => {
      if (entry.struck !== undefined) entry.struck[index] = struck;
      if (entry.treated !== undefined) entry.treated[index] = treatment;
    },
    onOutcome: (index, outcome) => {
      entry.outcomes[index] ??= outcome ?? 'late';
      entry.versions[index] ??= context.arms[index]?.version ?? null;
      lighten(context, entry, decisions);
    },
  };
}

function logUnwritten(log: Log, context: RunContext, err: unknown): void {
  log.error({ err, run: context.run.id }, 'the admission journal could not be written');
}

const done = Promise.resolve();

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
