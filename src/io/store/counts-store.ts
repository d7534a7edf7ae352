// The judge's reading of the log of counts in the SQLite file. What is merged while a change is made is part of its transaction.
import type Database from 'better-sqlite3';
import type { CountsChange, CountsStore, StoredUnit } from '../counts-store-port.ts';

export function createCountsStore(database: Database.Database): CountsStore {
  const readClock = database.prepare('SELECT offset FROM counts_clock').pluck();
  const moveClock = database.prepare(
    'INSERT INTO counts_clock (id, offset) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET offset = excluded.offset',
  );
  const putPartition = database.prepare(
    `INSERT INTO counts_partition (partition, state) VALUES (?, ?)
     ON CONFLICT (partition) DO UPDATE SET state = excluded.state`,
  );
  const addUnit = database.prepare('INSERT INTO counts_unit (run_id, at, partition, unit) VALUES (?, ?, ?, ?)');
  const dropUnit = database.prepare('DELETE FROM counts_unit WHERE run_id = ? AND at = ? AND partition = ?');
  const allPartitions = database.prepare('SELECT partition, state FROM counts_partition ORDER BY partition');
  const allUnits = database.prepare(
    'SELECT run_id AS run, at, partition, unit FROM counts_unit ORDER BY run_id, at, partition',
  );
  const commit = database.transaction((change: () => CountsChange) => {
    const { offset, partitions, added, removed } = change();
    moveClock.run(offset);
    for (const { partition, state } of partitions) putPartition.run(partition, JSON.stringify(state));
    for (const { run, at, partition, unit } of added) addUnit.run(run, at, partition, JSON.stringify(unit));
    for (const { run, at, partition } of removed) dropUnit.run(run, at, partition);
  });
  return {
    counts: () => ({
      offset: (readClock.get() as number | undefined) ?? null,
      partitions: (allPartitions.all() as { partition: number; state: string }[]).map(({ partition, state }) => ({
        partition,
        state: JSON.parse(state) as unknown,
      })),
      units: (allUnits.all() as (StoredUnit & { unit: string })[]).map((row) => ({
        ...row,
        unit: JSON.parse(row.unit) as unknown,
      })),
    }),
    commitCounts: (change) => commit.immediate(change),
  };
}
