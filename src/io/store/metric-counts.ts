// Totals that only the store knows over restarts: how runs ended, and what became of alerts. Counted by the database, not read out.
import type Database from 'better-sqlite3';
import type { Store } from '../store-port.ts';

export function createMetricCounts(database: Database.Database): Pick<Store, 'endedRuns' | 'alertCounts'> {
  const runs = database.prepare(
    "SELECT experiment, state, count(*) AS count FROM run WHERE state NOT IN ('WARMING', 'RUNNING') GROUP BY experiment, state",
  );
  const alerts = database.prepare(
    `SELECT sink, CASE WHEN settled IS NULL THEN iif(held, 'held_back', 'waiting') WHEN settled = 'delivered' THEN 'delivered'
       WHEN settled = 'held back' THEN 'held_back' ELSE 'given_up' END AS state, count(*) AS count
     FROM outbox GROUP BY 1, 2`,
  );
  return {
    endedRuns: () => runs.all() as ReturnType<Store['endedRuns']>,
    alertCounts: () => alerts.all() as ReturnType<Store['alertCounts']>,
  };
}
