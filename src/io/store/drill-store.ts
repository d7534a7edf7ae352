// Drills in the SQLite file: one row each, kept for good, so that what they have shown survives a restart.
import type Database from 'better-sqlite3';
import type { Drill, Store } from '../store-port.ts';

export function createDrillStore(
  database: Database.Database,
): Pick<Store, 'saveDrill' | 'drill' | 'drills' | 'drillResults'> {
  const put = database.prepare(
    `INSERT INTO drill (id, started_at, result, drill) VALUES (:id, :startedAt, :result, :drill)
     ON CONFLICT (id) DO UPDATE SET result = excluded.result, drill = excluded.drill`,
  );
  const one = database.prepare('SELECT drill FROM drill WHERE id = ?').pluck();
  const newest = database.prepare('SELECT drill FROM drill ORDER BY started_at DESC, id LIMIT ?').pluck();
  const results = database.prepare(
    'SELECT result, count(*) AS count FROM drill WHERE result IS NOT NULL GROUP BY result',
  );
  const read = (text: string): Drill => JSON.parse(text) as Drill;
  return {
    saveDrill: (drill) => {
      const { id, startedAt, result } = drill;
      put.run({ id, startedAt, result, drill: JSON.stringify(drill) });
    },
    drill: (id) => {
      const found = one.get(id) as string | undefined;
      return found === undefined ? null : read(found);
    },
    drills: (most) => (newest.all(most) as string[]).map(read),
    drillResults: () => {
      const rows = results.all() as { result: string; count: number }[];
      return Object.fromEntries(rows.map(({ result, count }) => [result, count]));
    },
  };
}
