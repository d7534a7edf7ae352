// The transactional outbox: an alert is stored with the verdict that caused it, and leaves only once a sink has it.
import type Database from 'better-sqlite3';
import type { Alert } from '../../model.ts';
import type { Clock } from '../ports.ts';
import type { OutboxEntry, Store } from '../store-port.ts';

export interface Outbox {
  /** Call inside the transaction that commits the cause. */
  put(alert: Alert): void;
  readonly due: Store['dueAlerts'];
  readonly settle: Store['settleAlert'];
  readonly undelivered: Store['undeliveredAlerts'];
}

export function createOutbox(
  database: Database.Database,
  options: { readonly sinks: readonly string[]; readonly clock: Clock },
): Outbox {
  const insert = database.prepare('INSERT INTO outbox (sink, key, alert, next_at) VALUES (?, ?, ?, ?)');
  // One at a time per key: a "resolved" that overtook its "firing" would leave the receiver alarmed for ever.
  const due = database.prepare(
    `SELECT id, sink, alert, attempts FROM outbox AS one WHERE settled IS NULL AND next_at <= ? AND NOT EXISTS (
       SELECT 1 FROM outbox AS before
       WHERE before.settled IS NULL AND before.sink = one.sink AND before.key = one.key AND before.id < one.id
     ) ORDER BY id LIMIT 100`,
  );
  const settle = database.prepare('UPDATE outbox SET settled = ?, attempts = attempts + 1 WHERE id = ?');
  const retry = database.prepare('UPDATE outbox SET next_at = ?, attempts = attempts + 1 WHERE id = ?');
  const waiting = database.prepare('SELECT count(*) FROM outbox WHERE settled IS NULL').pluck();
  return {
    put: (alert) => {
      for (const sink of options.sinks) insert.run(sink, alert.key, JSON.stringify(alert), options.clock.nowMs());
    },
    due: (nowMs) =>
      (due.all(nowMs) as { id: number; sink: string; alert: string; attempts: number }[]).map(
        (row): OutboxEntry => ({ ...row, alert: JSON.parse(row.alert) as Alert }),
      ),
    settle: (id, next) => {
      if (next.retryAtMs !== null) retry.run(next.retryAtMs, id);
      else settle.run(next.delivered ? 'delivered' : `given up: ${next.detail}`, id);
    },
    undelivered: () => waiting.get() as number,
  };
}
