// Opens the SQLite file with the settings that make a commit durable, and refuses what could lose counts.
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { messageOf, PenumbraError } from '../../errors.ts';
import { keepStatements } from './keep-statements.ts';
import { schema, schemaVersion, upgrades } from './schema.ts';

/** SQLite before 3.51.3 can lose committed WAL frames (the WAL-reset bug). */
const oldestSafeSqlite = [3, 51, 3] as const;

/** Above this the check would delay the start; SQLite then notices damage when it reads it. */
const maxCheckedBytes = 64 * 1024 * 1024;

/**
 * @throws STORE_TAKEN when another process has it open; STORE_UNUSABLE when the file is damaged, from a newer penumbra, not penumbra's, or
 * SQLite itself is too old.
 */
export function openDatabase(path: string, { lockWaitMs = 2000 } = {}): Database.Database {
  let database: Database.Database | null = null;
  try {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
    database = new Database(path, { timeout: lockWaitMs });
    keepStatements(database);
    requireSafeSqlite(database);
    // One owner per file: a second comparator on the same store would count everything twice.
    database.pragma('locking_mode = EXCLUSIVE');
    const { isEmpty, version } = requireOwn(database, path);
    makeDurable(database);
    if (isEmpty) createSchema(database);
    else upgradeFrom(version, database);
    requireSound(database);
    return database;
  } catch (thrown) {
    database?.close();
    if (thrown instanceof PenumbraError) throw thrown;
    const message = messageOf(thrown);
    if (message.includes('locked'))
      throw new PenumbraError('STORE_TAKEN', `the store ${path} cannot be used: another penumbra has it open`);
    throw new PenumbraError('STORE_UNUSABLE', `the store ${path} cannot be used: ${explain(message)}`);
  }
}

function explain(message: string): string {
  if (message.includes('not a database')) return 'it is not a SQLite file, or it is damaged';
  if (message.includes('malformed')) return 'it is damaged; move it away to start anew';
  return message;
}

function requireSound(database: Database.Database): void {
  const pages = database.pragma('page_count', { simple: true }) as number;
  const pageBytes = database.pragma('page_size', { simple: true }) as number;
  if (pages * pageBytes > maxCheckedBytes) return;
  const found = database.pragma('quick_check(1)', { simple: true });
  if (found !== 'ok') throw new Error(`database disk image is malformed: ${found}`);
}

function makeDurable(database: Database.Database): void {
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

/** Refuses other people's files before anything is written to them. Returns whether the file is still empty. */
function requireOwn(database: Database.Database, path: string): { isEmpty: boolean; version: number } {
  const version = database.pragma('user_version', { simple: true }) as number;
  if (version !== 0 && version !== schemaVersion && upgrades[version] === undefined) {
    throw new PenumbraError(
      'STORE_UNUSABLE',
      `the store ${path} has schema ${version}, this penumbra knows ${schemaVersion}; move the file away or use its own version`,
    );
  }
  const isEmpty = database.prepare('SELECT 1 FROM sqlite_master LIMIT 1').get() === undefined;
  if (version === 0 && !isEmpty) {
    throw new PenumbraError(
      'STORE_UNUSABLE',
      `the store ${path} is a SQLite file of something else; name another file`,
    );
  }
  return { isEmpty, version };
}

function createSchema(database: Database.Database): void {
  database.transaction(() => {
    database.exec(schema);
    database.pragma(`user_version = ${schemaVersion}`);
  })();
}

/** A file of an older penumbra keeps all that it holds and gets what came since. */
function upgradeFrom(version: number, database: Database.Database): void {
  database.transaction(() => {
    for (let from = version; upgrades[from] !== undefined; from++) {
      database.exec(upgrades[from] as string);
      database.pragma(`user_version = ${from + 1}`);
    }
  })();
}
