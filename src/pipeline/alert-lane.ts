// The way of alerts to one sink: what is due together is one notification, what something else explains is held back, a receiver that is away
// is tried again with growing waits, and one that forgets is told again what still fires.
import { randomFor } from '../core/random.ts';
import type { Clock, Log, Sink } from '../io/ports.ts';
import type { OutboxEntry, Store } from '../io/store-port.ts';
import type { Alert } from '../model.ts';
import { isExplained } from './hold-back.ts';
import { notificationOf, type Presentation, presentAlert } from './present-alerts.ts';

export interface Lane {
  /** Rejects when the store fails; a call while one is under way does nothing. */
  deliver(due: readonly OutboxEntry[], firing: readonly Alert[]): Promise<void>;
}

export interface Pace {
  /** From the first alert to its notification: what has the same cause comes with it. */
  readonly waitMs: number;
  /** Between two notifications. */
  readonly gapMs: number;
}

export interface LaneDeps extends Presentation {
  readonly store: Pick<Store, 'settleAlerts' | 'holdAlerts' | 'dropHeldAlerts'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly pace: Pace;
}

const firstRetryMs = 1000;
const longestRetryMs = 60_000;
/** A notification that was refused so often keeps later alerts waiting no longer. */
const mostAttemptsBeforeOthers = 8;
const mostPerNotification = 100;

/** The wait before try `attempts + 1`, in whole milliseconds: doubles up to a minute, with up to half of it taken off by jitter. */
export function retryDelayMs(attempts: number, jitter: number): number {
  return Math.round(Math.min(longestRetryMs, firstRetryMs * 2 ** attempts) * (1 - jitter / 2));
}

export function createLane(sink: Sink, deps: LaneDeps): Lane {
  const { clock, pace } = deps;
  let isBusy = false;
  let notBeforeMs = Number.NEGATIVE_INFINITY;
  let waitsSinceMs: number | null = null;
  let repeatedAtMs = Number.NEGATIVE_INFINITY;
  const send = async (due: readonly OutboxEntry[], firing: readonly Alert[]): Promise<void> => {
    const batch = batchOf(sink.repeatEveryMs === undefined ? withoutExplained(due, firing, deps) : due);
    const nowMs = clock.monotonicMs();
    waitsSinceMs = batch.length === 0 ? null : (waitsSinceMs ?? nowMs);
    const isRipe = waitsSinceMs !== null && (batch.some(isTried) || nowMs - waitsSinceMs >= pace.waitMs);
    if (nowMs < notBeforeMs) return;
    if (isRipe) {
      waitsSinceMs = null;
      const waitMs = await deliverBatch(sink, batch, deps);
      notBeforeMs = clock.monotonicMs() + (waitMs ?? pace.gapMs);
    } else if (sink.repeatEveryMs !== undefined && nowMs - repeatedAtMs >= sink.repeatEveryMs) {
      if (await repeatFiring(sink, firing, deps)) repeatedAtMs = nowMs;
      else notBeforeMs = clock.monotonicMs() + pace.gapMs;
    }
  };
  return {
    deliver: async (due, firing) => {
      if (isBusy) return;
      isBusy = true;
      try {
        await send(due, firing);
      } finally {
        isBusy = false;
      }
    },
  };
}

/** Those that are said now. What was explained when it began, and is over, was never news. */
function withoutExplained(
  due: readonly OutboxEntry[],
  firing: readonly Alert[],
  { store, isDrill }: LaneDeps,
): readonly OutboxEntry[] {
  const isSilent = ({ alert }: OutboxEntry): boolean =>
    alert.status === 'firing' && !isDrill(alert) && isExplained(alert, firing);
  const over = due.filter((entry) => entry.isOver && (entry.isHeld || (isSilent(entry) && !isTried(entry))));
  const held = due.filter((entry) => !over.includes(entry) && isSilent(entry) && !isTried(entry));
  const fresh = held.filter(({ isHeld }) => !isHeld).map(({ id }) => id);
  if (over.length > 0) store.dropHeldAlerts(over.map(({ id }) => id));
  if (fresh.length > 0) store.holdAlerts(fresh);
  return due.filter((entry) => !over.includes(entry) && !held.includes(entry));
}

/** What was tried before goes first and by itself: every try of a notification is the same notification. */
function batchOf(due: readonly OutboxEntry[]): readonly OutboxEntry[] {
  const first = due.find(isTried);
  const level = levelOf(first);
  const batch = first === undefined ? due : due.filter((entry) => levelOf(entry) === level);
  return batch.slice(0, mostPerNotification);
}

function isTried({ attempts }: OutboxEntry): boolean {
  return attempts > 0;
}

function levelOf(entry: OutboxEntry | undefined): number {
  return Math.min(entry?.attempts ?? 0, mostAttemptsBeforeOthers);
}

/** How long the lane rests; null: as after every notification. */
async function deliverBatch(sink: Sink, batch: readonly OutboxEntry[], deps: LaneDeps): Promise<number | null> {
  const { clock, log, store, service } = deps;
  const sent = batch.map(({ alert }) => presentAlert(alert, deps));
  const said = await sink.deliver(notificationOf(sent, { service, at: clock.nowMs() }));
  const { delivered, retryable, detail } = said;
  const attempts = Math.max(...batch.map((entry) => entry.attempts));
  const jitter = randomFor('alert', `${batch[0]?.id}`, `${attempts}`).uniform();
  const waitMs = delivered || !retryable ? null : retryDelayMs(attempts, jitter);
  const retryAtMs = waitMs === null ? null : clock.nowMs() + waitMs;
  store.settleAlerts(
    batch.map(({ id }) => id),
    { delivered, retryAtMs, detail },
  );
  const keys = batch.map(({ alert }) => alert.key);
  if (!delivered) log.warn({ sink: sink.name, keys, detail, retryable }, 'alerts not delivered');
  return attempts + 1 >= mostAttemptsBeforeOthers ? null : waitMs;
}

/** Whether the receiver knows again what fires. */
async function repeatFiring(sink: Sink, firing: readonly Alert[], deps: LaneDeps): Promise<boolean> {
  const { service, clock, log } = deps;
  for (let from = 0; from < firing.length; from += mostPerNotification) {
    const alerts = firing.slice(from, from + mostPerNotification).map((alert) => presentAlert(alert, deps));
    const { delivered, detail } = await sink.deliver(notificationOf(alerts, { service, at: clock.nowMs() }));
    if (delivered) continue;
    log.warn({ sink: sink.name, detail }, 'what fires could not be repeated');
    return false;
  }
  return true;
}
