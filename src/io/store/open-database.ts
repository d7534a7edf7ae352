// Opens the SQLite file with the settings that make a commit durable, and refuses what could lose counts.
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { messageOf, PenumbraError } from '../../errors.ts';
import { schema, schemaVersion } from './schema.ts';

/** SQLite before 3.51.3 can lose committed WAL frames (the WAL-reset bug). */
const oldestSafeSqlite = [3, 51, 3] as const;

/** @throws STORE_UNUSABLE when the file is damaged, in use, from a newer penumbra, or SQLite itself is too old. */
export function openDatabase(path: string): Database.Database {
  try {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
    const database = new Database(path, { timeout: 2000 });
    configure(database);
    migrate(database, path);
    return database;
  } catch (thrown) {
    if (thrown instanceof PenumbraError) throw thrown;
    throw new PenumbraError('STORE_UNUSABLE', `the store ${path} cannot be used: ${explain(messageOf(thrown))}`);
  }
}

function explain(message: string): string {
  if (message.includes('locked')) return 'another penumbra has it open';
  if (message.includes('not a database')) return 'it is not a SQLite file, or it is damaged';
  return message;
}

function configure(database: Database.Database): void {
  requireSafeSqlite(database);
  // One owner per file: a second comparator on the same store would count everything twice.
  database.pragma('locking_mode = EXCLUSIVE');
  database.pragma('journal_mode = WAL');
  // In this order: switching to WAL lets the first write fall back to NORMAL, which acknowledges before the fsync.
  database.pragma('synchronous = FULL');
  database.pragma('journal_size_limit = 67108864');
  database.pragma('trusted_schema = OFF');
  database.pragma('secure_delete = ON');
  database.exec('BEGIN IMMEDIATE; COMMIT');
  if (database.pragma('synchronous', { simple: true }) !== 2) {
    throw new PenumbraError('STORE_UNUSABLE', 'SQLite did not keep synchronous=FULL, so commits would not be durable');
  }
}

function requireSafeSqlite(database: Database.Database): void {
  const version = database.prepare('SELECT sqlite_version()').pluck().get() as string;
  const parts = version.split('.').map(Number);
  for (const [index, oldest] of oldestSafeSqlite.entries()) {
    const part = parts[index] ?? 0;
    if (part > oldest) return;
    if (part < oldest) {
      throw new PenumbraError('STORE_UNUSABLE', `SQLite ${version} can lose commits; 3.51.3 or newer is required`);
    }
  }
}

function migrate(database: Database.Database, path: string): void {
  const version = database.pragma('user_version', { simple: true }) as number;
  if (version === schemaVersion) return;
  if (version !== 0) {
    throw new PenumbraError(
      'STORE_UNUSABLE',
      `the store ${path} has schema ${version}, this penumbra knows ${schemaVersion}; move the file away or use its own version`,
    );
  }
  database.transaction(() => {
    database.exec(schema);
    database.pragma(`user_version = ${schemaVersion}`);
  })();
}
