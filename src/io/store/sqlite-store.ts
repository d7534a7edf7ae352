// The store on one SQLite file: journal, counts, verdict changes, labels, samples and the alert outbox.
import type Database from 'better-sqlite3';
import type { Run, Stream } from '../../model.ts';
import type { Clock, SourceOffset } from '../ports.ts';
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
import { createCountsStore } from './counts-store.ts';
import { createDrillStore } from './drill-store.ts';
import { createGateStore } from './gate-store.ts';
import { createMetricCounts } from './metric-counts.ts';
import { createOffsetStore } from './offset-store.ts';
import { openDatabase } from './open-database.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import { createWatchStore } from './watch-store.ts';

export interface SqliteStoreOptions {
  readonly path: string;
  /** How long to wait, doing nothing else meanwhile, for a process that ends and has the file still; 2 s unless given. */
  readonly lockWaitMs?: number;
  readonly clock: Clock;
  /** Names of the sinks that every alert goes to. */
  readonly sinks: readonly string[];
  readonly maxSamplesPerArm: number;
  /** How far the sources are done with, at this moment; kept with every commit. */
  readonly offsets?: () => readonly SourceOffset[];
}

/** @throws STORE_UNUSABLE, STORE_TAKEN */
export function createSqliteStore(options: SqliteStoreOptions): Store {
  const database = openDatabase(
    options.path,
    options.lockWaitMs === undefined ? {} : { lockWaitMs: options.lockWaitMs },
  );
  const outbox = createOutbox(database, { sinks: options.sinks, clock: options.clock });
  const { put: _, ...alerts } = outbox;
  const { putOffsets, ...offsets } = createOffsetStore(database);
  const keepOffsets = (): void => putOffsets(options.offsets?.() ?? []);
  return {
    ...createJournal(database, options.clock),
    ...createWriter(database, { outbox, keepOffsets, maxSamplesPerArm: options.maxSamplesPerArm }),
    ...createReader(database),
    ...createTruth(database),
    ...createPrune(database),
    ...createWatchStore(database, outbox),
    ...createDrillStore(database),
    ...createGateStore(database),
    ...createCountsStore(database),
    ...offsets,
    ...createMetricCounts(database),
    ...alerts,
    close: () => database.close(),
  };
}

/** `dropped` of what was journalled before a restart and is read again: not lost, and new when it comes. */
const awaited = 2;

/** Journalled for a bucket that is not committed, and not given up before. */
const isUncommitted =
  'run_id = :run AND dropped = 0 AND bucket_at >= coalesce((SELECT closed_until FROM run WHERE id = :run), 0)';

function createJournal(database: Database.Database, clock: Clock): Pick<Store, 'admit' | 'journalled' | 'isInFlight'> {
  const insert = database.prepare(
    `INSERT INTO admission (run_id, exchange_id, bucket_at, at, comes_again) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (run_id, exchange_id) DO UPDATE SET bucket_at = excluded.bucket_at, at = excluded.at, dropped = 0
     WHERE dropped = ${awaited}`,
  );
  const admitAll = database.transaction((admissions: readonly Admission[]) => {
    const known = new Set<number>();
    const at = clock.nowMs();
    for (const [position, { runId, exchangeId, bucketAt, comesAgain }] of admissions.entries()) {
      if (insert.run(runId, exchangeId, bucketAt, at, comesAgain ? 1 : 0).changes === 0) known.add(position);
    }
    return known;
  });
  const scored = database.prepare('SELECT count(*) FROM admission WHERE run_id = ? AND bucket_at IS NOT NULL').pluck();
  const uncommitted = database
    .prepare(`SELECT count(*) FROM admission WHERE comes_again = 0 AND ${isUncommitted}`)
    .pluck();
  const inFlight = database
    .prepare(
      `SELECT 1 FROM admission JOIN run ON run.id = run_id
       WHERE exchange_id = ? AND dropped = 0 AND bucket_at >= closed_until LIMIT 1`,
    )
    .pluck();
  return {
    admit: (admissions) => admitAll.immediate(admissions),
    journalled: (runId) => ({
      scored: scored.get(runId) as number,
      uncommitted: uncommitted.get({ run: runId }) as number,
    }),
    isInFlight: (exchangeId) => inFlight.get(exchangeId) !== undefined,
  };
}

interface WriterOptions {
  readonly outbox: Outbox;
  readonly keepOffsets: () => void;
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
    `INSERT INTO sample (run_id, arm, at, sample) SELECT :run, :arm, :at, :sample
     WHERE (SELECT count(*) FROM sample WHERE run_id = :run AND arm = :arm) < :max`,
  );
  const drop = database.prepare(
    `UPDATE admission SET dropped = iif(comes_again, ${awaited}, 1) WHERE ${isUncommitted}`,
  );
  const saveRun = (run: Run, closedUntil: number): void => {
    putRun.run(run.id, run.experiment, run.state, run.startedAt, closedUntil, toText(run));
  };
  const commit = database.transaction((closing: Closing, { dropsUncommitted = false }) => {
    const runId = closing.run.id;
    if (dropsUncommitted) drop.run({ run: runId });
    saveRun(closing.run, closing.closedUntil);
    for (const stream of closing.streams) putStream.run(stream.id, runId, toText(stream));
    for (const tally of closing.tallies) putTally.run(runId, tally.arm, toText(tally));
    for (const change of closing.verdictChanges) putChange.run(runId, toText(change));
    for (const labels of closing.labels) putLabels.run(labels.exchangeId, runId, labels.at, JSON.stringify(labels));
    // One that is refused speaks for the arm's others: an arm that never answers diverges with every pair.
    const full = new Set<string>();
    for (const sample of closing.samples) {
      const { arm, at } = sample;
      if (full.has(arm)) continue;
      const { changes } = putSample.run({ run: runId, arm, at, sample: toText(sample), max: options.maxSamplesPerArm });
      if (changes === 0) full.add(arm);
    }
    for (const alert of closing.alerts) options.outbox.put(alert);
    options.keepOffsets();
  });
  return {
    commit: (closing, how = {}) => commit.immediate(closing, how),
    saveRun: (run) => saveRun(run, 0),
  };
}

/** JSON; an integer beyond 2^53 becomes its digits, because one odd value must not keep a bucket from being committed. */
function toText(value: unknown): string {
  return JSON.stringify(value, (_key, one: unknown) => (typeof one === 'bigint' ? one.toString() : one));
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
  const samples = columnOf(
    'SELECT sample FROM sample WHERE run_id = :run AND (:arm IS NULL OR arm = :arm) ORDER BY id',
  );
  return {
    runs: () => allRuns.all().map(toRun),
    run: (id) => {
      const row = oneRun.get(id);
      return row === undefined ? null : toRun(row);
    },
    streams: (runId) => streams<Stream>(runId),
    tallies: (runId) => tallies<ArmTally>(runId),
    verdictChanges: (runId) => changes<VerdictChange>(runId),
    samples: (runId, arm) => samples<Sample>({ run: runId, arm }),
  };
}

function createTruth(database: Database.Database): Pick<Store, 'labelsOf' | 'saveOutcomes' | 'outcomesSince'> {
  const labels = database.prepare('SELECT labels FROM pair_label WHERE exchange_id = ?').pluck();
  const insert = database.prepare(
    'INSERT OR IGNORE INTO true_outcome (exchange_id, decision, label, arrived_at) VALUES (?, ?, ?, ?)',
  );
  const known = database.prepare('SELECT label FROM true_outcome WHERE exchange_id = ? AND decision = ?').pluck();
  const since = database.prepare(
    'SELECT exchange_id AS exchangeId, decision, label, arrived_at AS arrivedAt FROM true_outcome WHERE arrived_at >= ? ORDER BY arrived_at',
  );
  const saveAll = database.transaction((outcomes: readonly TrueOutcome[]) =>
    outcomes.map(({ exchangeId, decision, label, arrivedAt }) => {
      if (insert.run(exchangeId, decision, label, arrivedAt).changes === 1) return 'new';
      return known.get(exchangeId, decision) === label ? 'same' : 'conflict';
    }),
  );
  return {
    labelsOf: (exchangeId) => (labels.all(exchangeId) as string[]).map((text) => JSON.parse(text) as PairLabels),
    saveOutcomes: (outcomes) => saveAll.immediate(outcomes),
    outcomesSince: (arrivedAt) => since.all(arrivedAt) as TrueOutcome[],
  };
}

/** A delete blocks the whole comparator while it lasts, so each takes a few thousand rows at most. */
const maxPruned = 5000;

function createPrune(database: Database.Database): Pick<Store, 'prune'> {
  const deleteOld = (table: string, { key, at }: { key: string; at: string }) =>
    database.prepare(
      `DELETE FROM ${table} WHERE (${key}) IN (SELECT ${key} FROM ${table} WHERE ${at} < ? LIMIT ${maxPruned})`,
    );
  const old = [
    deleteOld('admission', { key: 'run_id, exchange_id', at: 'at' }),
    deleteOld('pair_label', { key: 'exchange_id, run_id', at: 'at' }),
    deleteOld('true_outcome', { key: 'exchange_id, decision', at: 'arrived_at' }),
    deleteOld('outbox', { key: 'id', at: 'settled IS NOT NULL AND next_at' }),
  ];
  const oldSamples = deleteOld('sample', { key: 'id', at: 'at' });
  const pruneAll = database.transaction(({ admissionsAndLabelsAt, samplesAt }: Parameters<Store['prune']>[0]) => {
    const deleted = [...old.map((one) => one.run(admissionsAndLabelsAt)), oldSamples.run(samplesAt)];
    return deleted.some(({ changes }) => changes === maxPruned);
  });
  return { prune: (olderThan) => pruneAll.immediate(olderThan) };
}
