// The store on one SQLite file: journal, counts, verdict changes, labels, samples and the alert outbox.
import type Database from 'better-sqlite3';
import type { Run, Stream } from '../../model.ts';
import type { Clock } from '../ports.ts';
import type {
  Admission,
  ArmTally,
  Closing,
  PairLabels,
  Sample,
  Store,
  TrueOutcome,
  VerdictChange,
} from '../store-port.ts';
import { openDatabase } from './open-database.ts';
import { createOutbox, type Outbox } from './outbox.ts';

export interface SqliteStoreOptions {
  readonly path: string;
  readonly clock: Clock;
  /** Names of the sinks that every alert goes to. */
  readonly sinks: readonly string[];
  readonly maxSamplesPerArm: number;
}

/** @throws STORE_UNUSABLE */
export function createSqliteStore(options: SqliteStoreOptions): Store {
  const database = openDatabase(options.path);
  const outbox = createOutbox(database, { sinks: options.sinks, clock: options.clock });
  return {
    ...createJournal(database, options.clock),
    ...createWriter(database, { outbox, maxSamplesPerArm: options.maxSamplesPerArm }),
    ...createReader(database),
    ...createTruth(database),
    dueAlerts: outbox.due,
    settleAlert: outbox.settle,
    undeliveredAlerts: outbox.undelivered,
    close: () => database.close(),
  };
}

function createJournal(
  database: Database.Database,
  clock: Clock,
): Pick<Store, 'admit' | 'takeUncommitted' | 'isAdmitted'> {
  const insert = database.prepare(
    'INSERT OR IGNORE INTO admission (run_id, exchange_id, bucket_at, at) VALUES (?, ?, ?, ?)',
  );
  const admitAll = database.transaction((admissions: readonly Admission[]) => {
    const known = new Set<number>();
    const at = clock.nowMs();
    for (const [position, { runId, exchangeId, bucketAt }] of admissions.entries()) {
      if (insert.run(runId, exchangeId, bucketAt, at).changes === 0) known.add(position);
    }
    return known;
  });
  const markDropped = database.prepare(
    'UPDATE admission SET dropped = 1 WHERE run_id = ? AND bucket_at >= ? AND dropped = 0',
  );
  const exists = database
    .prepare('SELECT 1 FROM admission WHERE exchange_id = ? AND bucket_at IS NOT NULL AND dropped = 0 LIMIT 1')
    .pluck();
  return {
    admit: (admissions) => admitAll.immediate(admissions),
    takeUncommitted: (runId, closedUntil) => markDropped.run(runId, closedUntil).changes,
    isAdmitted: (exchangeId) => exists.get(exchangeId) !== undefined,
  };
}

interface WriterOptions {
  readonly outbox: Outbox;
  readonly maxSamplesPerArm: number;
}

function createWriter(database: Database.Database, options: WriterOptions): Pick<Store, 'commit' | 'saveRun'> {
  const putRun = database.prepare(
    `INSERT INTO run (id, experiment, state, started_at, closed_until, run) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET state = excluded.state, closed_until = max(closed_until, excluded.closed_until), run = excluded.run`,
  );
  const putStream = database.prepare(
    'INSERT INTO stream (id, run_id, stream) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET stream = excluded.stream',
  );
  const putTally = database.prepare(
    'INSERT INTO tally (run_id, arm, tally) VALUES (?, ?, ?) ON CONFLICT (run_id, arm) DO UPDATE SET tally = excluded.tally',
  );
  const putChange = database.prepare('INSERT INTO verdict_change (run_id, change) VALUES (?, ?)');
  const putLabels = database.prepare(
    'INSERT OR IGNORE INTO pair_label (exchange_id, run_id, at, labels) VALUES (?, ?, ?, ?)',
  );
  const putSample = database.prepare(
    `INSERT INTO sample (run_id, arm, at, sample) SELECT ?1, ?2, ?3, ?4
     WHERE (SELECT count(*) FROM sample WHERE run_id = ?1 AND arm = ?2) < ?5`,
  );
  const saveRun = (run: Run, closedUntil: number): void => {
    putRun.run(run.id, run.experiment, run.state, run.startedAt, closedUntil, JSON.stringify(run));
  };
  const commit = database.transaction((closing: Closing) => {
    const runId = closing.run.id;
    saveRun(closing.run, closing.closedUntil);
    for (const stream of closing.streams) putStream.run(stream.id, runId, JSON.stringify(stream));
    for (const tally of closing.tallies) putTally.run(runId, tally.arm, JSON.stringify(tally));
    for (const change of closing.verdictChanges) putChange.run(runId, JSON.stringify(change));
    for (const labels of closing.labels) putLabels.run(labels.exchangeId, runId, labels.at, JSON.stringify(labels));
    for (const sample of closing.samples) {
      putSample.run(runId, sample.arm, sample.at, JSON.stringify(sample), options.maxSamplesPerArm);
    }
    for (const alert of closing.alerts) options.outbox.put(alert);
  });
  return { commit: (closing) => commit.immediate(closing), saveRun: (run) => saveRun(run, 0) };
}

function createReader(
  database: Database.Database,
): Pick<Store, 'runs' | 'run' | 'streams' | 'tallies' | 'verdictChanges' | 'samples'> {
  const toRun = (row: unknown) => {
    const { run, closed_until } = row as { run: string; closed_until: number };
    return { run: JSON.parse(run) as Run, closedUntil: closed_until };
  };
  const allRuns = database.prepare('SELECT run, closed_until FROM run ORDER BY started_at, id');
  const oneRun = database.prepare('SELECT run, closed_until FROM run WHERE id = ?');
  const columnOf = (sql: string) => {
    const statement = database.prepare(sql).pluck();
    return <Row>(...parameters: readonly unknown[]): Row[] =>
      (statement.all(...parameters) as string[]).map((text) => JSON.parse(text) as Row);
  };
  const streams = columnOf('SELECT stream FROM stream WHERE run_id = ? ORDER BY rowid');
  const tallies = columnOf('SELECT tally FROM tally WHERE run_id = ?');
  const changes = columnOf('SELECT change FROM verdict_change WHERE run_id = ? ORDER BY id');
  const samples = columnOf('SELECT sample FROM sample WHERE run_id = ?1 AND (?2 IS NULL OR arm = ?2) ORDER BY id');
  return {
    runs: () => allRuns.all().map(toRun),
    run: (id) => {
      const row = oneRun.get(id);
      return row === undefined ? null : toRun(row);
    },
    streams: (runId) => streams<Stream>(runId),
    tallies: (runId) => tallies<ArmTally>(runId),
    verdictChanges: (runId) => changes<VerdictChange>(runId),
    samples: (runId, arm) => samples<Sample>(runId, arm),
  };
}

function createTruth(database: Database.Database): Pick<Store, 'labelsOf' | 'saveOutcome' | 'outcomesSince' | 'prune'> {
  const labels = database.prepare('SELECT labels FROM pair_label WHERE exchange_id = ?').pluck();
  const insert = database.prepare(
    'INSERT OR IGNORE INTO true_outcome (exchange_id, decision, label, arrived_at) VALUES (?, ?, ?, ?)',
  );
  const known = database.prepare('SELECT label FROM true_outcome WHERE exchange_id = ? AND decision = ?').pluck();
  const since = database.prepare(
    'SELECT exchange_id AS exchangeId, decision, label, arrived_at AS arrivedAt FROM true_outcome WHERE arrived_at >= ?',
  );
  const old = [
    database.prepare('DELETE FROM admission WHERE at < ?'),
    database.prepare('DELETE FROM pair_label WHERE at < ?'),
    database.prepare('DELETE FROM true_outcome WHERE arrived_at < ?'),
  ];
  const oldSamples = database.prepare('DELETE FROM sample WHERE at < ?');
  return {
    labelsOf: (exchangeId) => (labels.all(exchangeId) as string[]).map((text) => JSON.parse(text) as PairLabels),
    saveOutcome: ({ exchangeId, decision, label, arrivedAt }) => {
      if (insert.run(exchangeId, decision, label, arrivedAt).changes === 1) return 'new';
      return known.get(exchangeId, decision) === label ? 'same' : 'conflict';
    },
    outcomesSince: (arrivedAt) => since.all(arrivedAt) as TrueOutcome[],
    prune: ({ admissionsAndLabelsAt, samplesAt }) => {
      for (const statement of old) statement.run(admissionsAndLabelsAt);
      oldSamples.run(samplesAt);
    },
  };
}
