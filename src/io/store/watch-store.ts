// The watches on production in the SQLite file: their states, the clock they share, and the alerts that a close raised, in one transaction.
import type Database from 'better-sqlite3';
import type { Store, StoredWatch, WatchClosing } from '../store-port.ts';
import type { Outbox } from './outbox.ts';

export function createWatchStore(
  database: Database.Database,
  outbox: Outbox,
): Pick<Store, 'commitWatches' | 'watches'> {
  const put = database.prepare(
    `INSERT INTO watch (id, definition, state) VALUES (?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET definition = excluded.definition, state = excluded.state`,
  );
  const putClock = database.prepare(
    'INSERT INTO watch_clock (id, clock) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET clock = excluded.clock',
  );
  const forget = database.prepare('DELETE FROM watch WHERE id = ?');
  const all = database.prepare('SELECT id, definition, state FROM watch ORDER BY id');
  const clock = database.prepare('SELECT clock FROM watch_clock').pluck();
  const commit = database.transaction((closing: WatchClosing) => {
    putClock.run(JSON.stringify(closing.clock));
    for (const id of closing.forgotten) forget.run(id);
    for (const { id, definition, state } of closing.watches) put.run(id, definition, JSON.stringify(state));
    for (const alert of closing.alerts) outbox.put(alert);
  });
  return {
    commitWatches: (closing) => commit.immediate(closing),
    watches: () => {
      const kept = clock.get() as string | undefined;
      const rows = all.all() as { id: string; definition: string; state: string }[];
      return {
        clock: kept === undefined ? null : (JSON.parse(kept) as unknown),
        watches: rows.map((row): StoredWatch => ({ ...row, state: JSON.parse(row.state) as unknown })),
      };
    },
  };
}
