// Last step: takes stored alerts to their sinks, at least once each, with jittered backoff while a receiver is away.
import { randomFor } from '../core/random.ts';
import type { Clock, Log, Sink } from '../io/ports.ts';
import type { OutboxEntry, Store } from '../io/store-port.ts';

export interface AlertDelivery {
  /** Tries everything that is due; resolves when each has been tried once. Never rejects: what cannot be settled is tried again. */
  deliverDue(): Promise<void>;
}

const firstRetryMs = 1000;
const longestRetryMs = 60_000;

/** The wait before try `attempts + 1`, in whole milliseconds: doubles up to a minute, with up to half of it taken off by jitter. */
export function retryDelayMs(attempts: number, jitter: number): number {
  return Math.round(Math.min(longestRetryMs, firstRetryMs * 2 ** attempts) * (1 - jitter / 2));
}

export function createAlertDelivery(deps: {
  store: Store;
  sinks: readonly Sink[];
  clock: Clock;
  log: Log;
}): AlertDelivery {
  const { store, clock, log } = deps;
  const byName = new Map(deps.sinks.map((sink) => [sink.name, sink]));
  const deliver = async (entry: OutboxEntry): Promise<void> => {
    const sink = byName.get(entry.sink);
    if (sink === undefined) {
      store.settleAlert(entry.id, { delivered: false, retryAtMs: null, detail: 'the sink is no longer configured' });
      return;
    }
    const { delivered, retryable, detail } = await sink.deliver(entry.alert);
    const jitter = randomFor('alert', `${entry.id}`, `${entry.attempts}`).uniform();
    const retryAtMs = delivered || !retryable ? null : clock.nowMs() + retryDelayMs(entry.attempts, jitter);
    store.settleAlert(entry.id, { delivered, retryAtMs, detail });
    if (!delivered) log.warn({ sink: entry.sink, key: entry.alert.key, detail, retryable }, 'alert not delivered');
  };
  let busy = false;
  return {
    deliverDue: async () => {
      if (busy) return;
      busy = true;
      try {
        const tried = await Promise.allSettled(store.dueAlerts(clock.nowMs()).map(deliver));
        for (const one of tried) if (one.status === 'rejected') throw one.reason;
      } catch (err) {
        log.error({ err }, 'the outbox could not be read or written');
      } finally {
        busy = false;
      }
    },
  };
}
