// The transactional outbox: an alert is stored with the verdict that caused it, and leaves only once a sink has it. Beside it stands what
// fires now, so that an end without a beginning is dropped, and repeats and inhibition survive a restart.
import type Database from 'better-sqlite3';
import type { Alert } from '../../model.ts';
import type { Clock } from '../ports.ts';
import type { OutboxEntry, Store } from '../store-port.ts';

export interface Outbox
  extends Pick<
    Store,
    | 'dueAlerts'
    | 'settleAlerts'
    | 'holdAlerts'
    | 'dropHeldAlerts'
    | 'undeliveredAlerts'
    | 'firingAlerts'
    | 'raiseAlerts'
  > {
  /** Call inside the transaction that commits the cause. */
  put(alert: Alert): void;
}

const mostDuePerSink = 1000;

export function createOutbox(
  database: Database.Database,
  options: { readonly sinks: readonly string[]; readonly clock: Clock },
): Outbox {
  const insert = database.prepare('INSERT INTO outbox (sink, key, alert, next_at) VALUES (?, ?, ?, ?)');
  const { track, firingAlerts } = createFiring(database);
  const put = (given: Alert): void => {
    const alert = track(given);
    if (alert === null) return;
    for (const sink of options.sinks) insert.run(sink, alert.key, JSON.stringify(alert), options.clock.nowMs());
  };
  const raise = database.transaction((alerts: readonly Alert[]) => {
    for (const alert of alerts) put(alert);
  });
  const waiting = database.prepare('SELECT count(*) FROM outbox WHERE settled IS NULL AND held = 0').pluck();
  return {
    put,
    raiseAlerts: (alerts) => raise.immediate(alerts),
    firingAlerts,
    ...createQueue(database),
    undeliveredAlerts: () => waiting.get() as number,
  };
}

/** What fires now, by key. */
function createFiring(database: Database.Database): {
  track: (alert: Alert) => Alert | null;
  firingAlerts: Store['firingAlerts'];
} {
  const find = database.prepare('SELECT alert FROM firing WHERE key = ?').pluck();
  const begin = database.prepare(
    'INSERT INTO firing (key, alert) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET alert = excluded.alert',
  );
  const end = database.prepare('DELETE FROM firing WHERE key = ?');
  const all = database.prepare('SELECT alert FROM firing ORDER BY key').pluck();
  return {
    // What ends is what began: a receiver that is told otherwise would not know it again.
    track: (alert) => {
      if (alert.status !== 'resolved') {
        begin.run(alert.key, JSON.stringify(alert));
        return alert;
      }
      const text = find.get(alert.key) as string | undefined;
      if (text === undefined) return null;
      end.run(alert.key);
      const { severity, cause } = readAlert(text);
      return { ...alert, severity, cause };
    },
    firingAlerts: () => (all.all() as string[]).map(readAlert),
  };
}

interface Row {
  readonly id: number;
  readonly sink: string;
  readonly alert: string;
  readonly attempts: number;
  readonly held: number;
  readonly isOver: number;
}

function createQueue(
  database: Database.Database,
): Pick<Store, 'dueAlerts' | 'settleAlerts' | 'holdAlerts' | 'dropHeldAlerts'> {
  // One at a time per key: a "resolved" that overtook its "firing" would leave the receiver alarmed for ever.
  // No sink's queue keeps another's waiting, and what is held back keeps nothing else waiting.
  const sameKey = 'other.settled IS NULL AND other.sink = one.sink AND other.key = one.key';
  const due = database.prepare(
    `SELECT id, sink, alert, attempts, held, isOver FROM (
       SELECT one.*, EXISTS (SELECT 1 FROM outbox AS other WHERE ${sameKey} AND other.id > one.id) AS isOver,
         row_number() OVER (PARTITION BY sink ORDER BY held, id) AS place
       FROM outbox AS one WHERE settled IS NULL AND next_at <= ?
         AND NOT EXISTS (SELECT 1 FROM outbox AS other WHERE ${sameKey} AND other.id < one.id)
     ) WHERE place <= ${mostDuePerSink} ORDER BY id`,
  );
  const settle = database.prepare('UPDATE outbox SET settled = ?, attempts = attempts + 1 WHERE id = ?');
  const retry = database.prepare('UPDATE outbox SET next_at = ?, attempts = attempts + 1 WHERE id = ?');
  const settleAll = database.transaction((ids: readonly number[], next: Parameters<Store['settleAlerts']>[1]) => {
    for (const id of ids) {
      if (next.retryAtMs !== null) retry.run(next.retryAtMs, id);
      else settle.run(next.delivered ? 'delivered' : `given up: ${next.detail}`, id);
    }
  });
  const hold = database.prepare('UPDATE outbox SET held = 1 WHERE id = ?');
  const holdAll = database.transaction((ids: readonly number[]) => {
    for (const id of ids) hold.run(id);
  });
  const after = database.prepare(
    `SELECT other.id, json_extract(other.alert, '$.status') AS status FROM outbox AS one JOIN outbox AS other
     WHERE one.id = ? AND ${sameKey} AND other.id > one.id ORDER BY other.id LIMIT 1`,
  );
  const drop = database.prepare("UPDATE outbox SET settled = 'held back' WHERE id = ?");
  const dropAll = database.transaction((ids: readonly number[]) => {
    for (const id of ids) {
      const next = after.get(id) as { id: number; status: string } | undefined;
      drop.run(id);
      if (next?.status === 'resolved') drop.run(next.id);
    }
  });
  return {
    dueAlerts: (nowMs) =>
      (due.all(nowMs) as Row[]).map(
        ({ alert, held, isOver, ...row }): OutboxEntry => ({
          ...row,
          alert: readAlert(alert),
          isHeld: held !== 0,
          isOver: isOver !== 0,
        }),
      ),
    settleAlerts: (ids, next) => settleAll.immediate(ids, next),
    holdAlerts: (ids) => holdAll.immediate(ids),
    dropHeldAlerts: (ids) => dropAll.immediate(ids),
  };
}

/** A file of an older penumbra says neither how grave an alert is nor what it is about. */
function readAlert(text: string): Alert {
  const alert = JSON.parse(text) as Omit<Alert, 'severity' | 'cause'> & Partial<Alert>;
  const { severity = 'page', cause = causeOf(alert) } = alert;
  return { ...alert, severity, cause };
}

function causeOf({ experiment, hypothesis }: Pick<Alert, 'experiment' | 'hypothesis'>): Alert['cause'] {
  if (experiment === 'watch') return 'production';
  return hypothesis === null ? 'run' : 'arm';
}
