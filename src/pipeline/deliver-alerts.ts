// Last step: takes stored alerts to their sinks, at least once each, many in one notification, with jittered backoff while a receiver is away.
// Every sink has a lane of its own: none waits for another.
import type { Clock, Log, Sink } from '../io/ports.ts';
import type { OutboxEntry, Store } from '../io/store-port.ts';
import type { Run } from '../model.ts';
import { createLane, type Lane, type Pace } from './alert-lane.ts';
import type { Presentation } from './present-alerts.ts';
import { resolveAborts } from './resolve-aborts.ts';

export interface AlertDelivery {
  /** Tries everything that is due; resolves when each has been tried once. Never rejects: what cannot be settled is tried again. */
  deliverDue(): Promise<void>;
}

export interface DeliveryDeps extends Presentation {
  readonly store: Store;
  readonly sinks: readonly Sink[];
  readonly clock: Clock;
  readonly log: Log;
  /** The runs that go on: an abort is over when the next one scores. */
  readonly active: () => readonly Run[];
  readonly pace?: Pace;
}

/** Long enough for what has one cause to be said in one message, short enough for whoever is woken. */
const standardPace: Pace = { waitMs: 1000, gapMs: 10_000 };

export function createAlertDelivery(deps: DeliveryDeps): AlertDelivery {
  const { store, clock, log, pace = standardPace } = deps;
  const lanes = new Map(deps.sinks.map((sink) => [sink.name, createLane(sink, { ...deps, pace })]));
  return {
    deliverDue: async () => {
      try {
        const firing = store.firingAlerts();
        resolveAborts(store, { firing, active: deps.active(), nowMs: clock.nowMs() });
        const due = store.dueAlerts(clock.nowMs());
        giveUpUnknown(store, due, lanes);
        const tried = await Promise.allSettled(
          [...lanes].map(([name, lane]) => lane.deliver(dueOf(name, due), firing)),
        );
        for (const one of tried) if (one.status === 'rejected') throw one.reason;
      } catch (err) {
        log.error({ err }, 'the outbox could not be read or written');
      }
    },
  };
}

function dueOf(sink: string, due: readonly OutboxEntry[]): readonly OutboxEntry[] {
  return due.filter((entry) => entry.sink === sink);
}

function giveUpUnknown(store: Store, due: readonly OutboxEntry[], lanes: ReadonlyMap<string, Lane>): void {
  const unknown = due.filter(({ sink }) => !lanes.has(sink)).map(({ id }) => id);
  if (unknown.length === 0) return;
  store.settleAlerts(unknown, { delivered: false, retryAtMs: null, detail: 'the sink is no longer configured' });
}
