// The chain on one page: receive → read → admit → journal → dispatch → (bucket closes) → compare → count → judge → alert.
// Exits: ignored (not ours), skipped (decided before anything was known), dropped (our own fault), compared.

import type { DeclaredInput } from '../core/perturb/index.ts';
import { messageOf, type PenumbraError } from '../errors.ts';
import type { Clock, Log } from '../io/ports.ts';
import type { Store } from '../io/store-port.ts';
import type { Decision, RawExchange } from '../model.ts';
import { advance } from './advance.ts';
import type { CloseDeps } from './close-buckets.ts';
import { isAdmitting } from './complete.ts';
import { type Latch, opened } from './latch.ts';
import type { ReadExchange } from './read-exchange.ts';
import { increase, type RunContext } from './run-context.ts';
import { observeProduction } from './stop.ts';
import { createTake, type Fate, type Taken } from './take.ts';
import type { Watches } from './watch/watches.ts';

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
  /** For sources: as `receive`, and it never throws. */
  deliver(raw: RawExchange): void;
  /** Closes what is due, moves runs along, ends them. Call it a few times a second. */
  tick(): void;
  /** Journals what was admitted; nothing is sent to an arm from here on. */
  stop(): void;
  /** Exchanges that were admitted and are not sent yet. */
  unsent(): number;
  readonly ignored: ReadonlyMap<string, number>;
}

export interface FlowDeps extends CloseDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly store: Store;
  readonly decisions: readonly Decision[];
  readonly inputs: readonly DeclaredInput[];
  readonly read: (raw: RawExchange) => ReadExchange;
  /** The runs in memory; runs that ended stay until `onEnded` takes them away. */
  readonly active: () => readonly RunContext[];
  readonly onEnded: (context: RunContext) => void;
  /** Null: nothing is watched on production. */
  readonly watches: Watches | null;
  /** Hears of penumbra's own calls that came back whole. */
  readonly onOwnCall?: (headers: RawExchange['request']['headers']) => void;
}

export function createFlow(deps: FlowDeps): Flow {
  const { clock, log } = deps;
  const ignored = new Map<string, number>();
  const { take, stop, unsent } = createTake(deps);
  const receive = (raw: RawExchange): Received => {
    const seen = deps.read(raw);
    if (seen.type === 'ignored') {
      increase(ignored, seen.reason);
      if (seen.reason === 'shadow') deps.onOwnCall?.(raw.request.headers);
      return receivedOf({ id: null, problem: seen.problem, taken: new Map() });
    }
    deps.watches?.see(raw, seen);
    const taken = new Map<string, Taken>();
    for (const context of deps.active()) {
      observeProduction(context, seen);
      if (!isAdmitting(context, clock.nowMs())) continue;
      for (const arm of context.arms) arm.tally.received += 1;
      taken.set(context.run.id, take(context, seen));
    }
    const isComparable = seen.type === 'comparable';
    return receivedOf({
      id: isComparable ? seen.exchange.id : seen.id,
      problem: isComparable ? null : seen.problem,
      taken,
    });
  };
  return {
    ignored,
    receive,
    deliver: (raw) => {
      try {
        receive(raw);
      } catch (thrown) {
        increase(ignored, 'unreadable');
        log.error({ problem: messageOf(thrown), exchange: raw.sourceId }, 'an exchange could not be taken');
      }
    },
    tick: () => {
      try {
        deps.watches?.tick(clock.nowMs());
      } catch (err) {
        log.error({ err }, 'closing the buckets of the watches failed');
      }
      for (const context of [...deps.active()]) {
        try {
          advance(deps, context, clock.nowMs());
          if (context.run.endedAt !== null) deps.onEnded(context);
        } catch (err) {
          // What was closed stays pending for the next try; the other runs go on.
          log.error({ err, run: context.run.id }, 'closing buckets failed');
        }
      }
    },
    stop,
    unsent,
  };
}

interface Fates {
  readonly id: string | null;
  readonly problem: PenumbraError | null;
  readonly taken: ReadonlyMap<string, Taken>;
}

function receivedOf({ id, problem, taken }: Fates): Received {
  const all = async (pick: (one: Taken) => Latch): Promise<void> => {
    await Promise.all([...taken.values()].map((one) => opened(pick(one))));
  };
  return {
    id,
    problem,
    fates: () => Object.fromEntries([...taken].map(([runId, one]) => [runId, one.fate])),
    // Most sources ask for neither.
    get journalled() {
      return all((one) => one.journalled);
    },
    get committed() {
      return all((one) => one.committed);
    },
  };
}
