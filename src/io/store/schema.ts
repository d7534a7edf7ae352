// The SQLite schema. Counts and definitions are JSON text: they are read whole, and their shape belongs to core.
export const schemaVersion = 7;

/** Since version 2: the watches on production, and one row with the clock they share. */
const watchSchema = `
CREATE TABLE watch (
  id TEXT PRIMARY KEY,
  definition TEXT NOT NULL,
  state TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE watch_clock (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  clock TEXT NOT NULL
) STRICT;
`;

/** Since version 3: the checks of the alarm itself. */
const drillSchema = `
CREATE TABLE IF NOT EXISTS drill (
  id TEXT PRIMARY KEY,
  started_at INTEGER NOT NULL,
  result TEXT,
  drill TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS drill_started ON drill (started_at);
`;

/** Since version 4: what fires now, and which alerts are held back. */
const firingSchema = `
CREATE TABLE firing (
  key TEXT PRIMARY KEY,
  alert TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`;

const firingUpgrade = `${firingSchema}
ALTER TABLE outbox ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
INSERT INTO firing (key, alert) SELECT key, alert FROM outbox
  WHERE id IN (SELECT max(id) FROM outbox GROUP BY key) AND json_extract(alert, '$.status') = 'firing';
`;

/** Since version 5: overrides of the gate, and deployments that wait for it. */
const gateSchema = `
CREATE TABLE IF NOT EXISTS gate_override (
  id TEXT PRIMARY KEY,
  run_id TEXT NOT NULL,
  until INTEGER NOT NULL,
  override TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS gate_override_run ON gate_override (run_id);

CREATE TABLE IF NOT EXISTS deployment (
  id TEXT PRIMARY KEY,
  settled INTEGER NOT NULL,
  deployment TEXT NOT NULL
) STRICT;
`;

/** Since version 6: how far the judge of many comparators has read their counts, and what waits to be merged. */
const countsSchema = `
CREATE TABLE counts_clock (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  offset INTEGER NOT NULL
) STRICT;

CREATE TABLE counts_partition (
  partition INTEGER PRIMARY KEY,
  state TEXT NOT NULL
) STRICT;

CREATE TABLE counts_unit (
  run_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  partition INTEGER NOT NULL,
  unit TEXT NOT NULL,
  PRIMARY KEY (run_id, at, partition)
) STRICT, WITHOUT ROWID;
`;

/** Since version 7: how far sources that can be read again are done with, and which exchanges come again by themselves. */
const offsetSchema = `
CREATE TABLE source_offset (
  topic TEXT NOT NULL,
  partition INTEGER NOT NULL,
  offset INTEGER NOT NULL,
  PRIMARY KEY (topic, partition)
) STRICT, WITHOUT ROWID;
`;

const offsetUpgrade = `${offsetSchema}
ALTER TABLE admission ADD COLUMN comes_again INTEGER NOT NULL DEFAULT 0;
`;

/** What brings a file of an older version to the next one. */
export const upgrades: Readonly<Record<number, string>> = {
  1: watchSchema,
  2: drillSchema,
  3: firingUpgrade,
  4: gateSchema,
  5: countsSchema,
  6: offsetUpgrade,
};

export const schema = `
CREATE TABLE run (
  id TEXT PRIMARY KEY,
  experiment TEXT NOT NULL,
  state TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  closed_until INTEGER NOT NULL,
  run TEXT NOT NULL
) STRICT;

CREATE TABLE admission (
  run_id TEXT NOT NULL,
  exchange_id TEXT NOT NULL,
  bucket_at INTEGER,
  dropped INTEGER NOT NULL DEFAULT 0,
  at INTEGER NOT NULL,
  comes_again INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (run_id, exchange_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX admission_bucket ON admission (run_id, bucket_at);
CREATE INDEX admission_at ON admission (at);
CREATE INDEX admission_exchange ON admission (exchange_id);

CREATE TABLE stream (
  id TEXT PRIMARY KEY,
  run_id TEXT NOT NULL,
  stream TEXT NOT NULL
) STRICT;
CREATE INDEX stream_run ON stream (run_id);

CREATE TABLE tally (
  run_id TEXT NOT NULL,
  arm TEXT NOT NULL,
  tally TEXT NOT NULL,
  PRIMARY KEY (run_id, arm)
) STRICT, WITHOUT ROWID;

CREATE TABLE verdict_change (
  id INTEGER PRIMARY KEY,
  run_id TEXT NOT NULL,
  change TEXT NOT NULL
) STRICT;
CREATE INDEX verdict_change_run ON verdict_change (run_id);

CREATE TABLE pair_label (
  exchange_id TEXT NOT NULL,
  run_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  labels TEXT NOT NULL,
  PRIMARY KEY (exchange_id, run_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX pair_label_at ON pair_label (at);

CREATE TABLE true_outcome (
  exchange_id TEXT NOT NULL,
  decision TEXT NOT NULL,
  label TEXT NOT NULL,
  arrived_at INTEGER NOT NULL,
  PRIMARY KEY (exchange_id, decision)
) STRICT, WITHOUT ROWID;
CREATE INDEX true_outcome_at ON true_outcome (arrived_at);

CREATE TABLE sample (
  id INTEGER PRIMARY KEY,
  run_id TEXT NOT NULL,
  arm TEXT NOT NULL,
  at INTEGER NOT NULL,
  sample TEXT NOT NULL
) STRICT;
CREATE INDEX sample_run ON sample (run_id, arm);

CREATE TABLE outbox (
  id INTEGER PRIMARY KEY,
  sink TEXT NOT NULL,
  key TEXT NOT NULL,
  alert TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_at INTEGER NOT NULL,
  settled TEXT,
  held INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX outbox_due ON outbox (next_at) WHERE settled IS NULL;
CREATE INDEX outbox_key ON outbox (sink, key, id) WHERE settled IS NULL;
${watchSchema}${drillSchema}${firingSchema}${gateSchema}${countsSchema}${offsetSchema}`;
