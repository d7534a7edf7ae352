// The store's file: durable settings that really hold, one owner, and no file taken for what it is not.
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { keepStatements } from '../../../../src/io/store/keep-statements.ts';
import { openDatabase } from '../../../../src/io/store/open-database.ts';
import { schemaVersion } from '../../../../src/io/store/schema.ts';

const open: Database.Database[] = [];

function opened(path: string): Database.Database {
  const database = openDatabase(path);
  open.push(database);
  return database;
}

const newPath = (): string => join(mkdtempSync(join(tmpdir(), 'penumbra-test-')), 'penumbra.db');
const pragma = (database: Database.Database, name: string): unknown => database.pragma(name, { simple: true });

afterEach(() => {
  for (const database of open.splice(0)) database.close();
});

function write(database: Database.Database, count: number): void {
  const insert = database.prepare('INSERT INTO sample (run_id, arm, at, sample) VALUES (?, ?, ?, ?)');
  database.transaction(() => {
    for (let n = 0; n < count; n++) insert.run('r', 'a', n, 'x'.repeat(2000));
  })();
}

describe('the settings', () => {
  it('are durable and stay so after writes: WAL with an fsync for every commit', () => {
    const database = opened(newPath());
    write(database, 3);
    expect(pragma(database, 'journal_mode')).toBe('wal');
    expect(pragma(database, 'synchronous')).toBe(2);
    expect(pragma(database, 'locking_mode')).toBe('exclusive');
    expect(pragma(database, 'secure_delete')).toBe(1);
    expect(pragma(database, 'user_version')).toBe(schemaVersion);
  });

  it('are not what SQLite would do by itself: WAL alone falls back to acknowledging before the fsync', () => {
    const naive = new Database(newPath());
    keepStatements(naive);
    open.push(naive);
    naive.pragma('journal_mode = WAL');
    naive.exec('CREATE TABLE t (x)');
    expect(pragma(naive, 'synchronous')).toBe(1);
  });

  it('hold again when the file is opened a second time', () => {
    const path = newPath();
    openDatabase(path).close();
    const again = opened(path);
    write(again, 1);
    expect(pragma(again, 'synchronous')).toBe(2);
    expect(again.prepare('SELECT count(*) FROM sample').pluck().get()).toBe(1);
  });

  it('make the folder when it is not there', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'penumbra-test-')), 'data', 'deep', 'penumbra.db');
    expect(opened(path).open).toBe(true);
  });
});

describe('a file that must not be used', () => {
  function refusal(path: string): string {
    try {
      openDatabase(path).close();
    } catch (thrown) {
      const { code, message } = thrown as { code: string; message: string };
      return `${code}: ${message}`;
    }
    return 'was opened';
  }

  it('is open elsewhere', () => {
    const path = newPath();
    const owner = opened(path);
    write(owner, 1);
    expect(refusal(path)).toBe(`STORE_TAKEN: the store ${path} cannot be used: another penumbra has it open`);
    write(owner, 1);
    expect(owner.prepare('SELECT count(*) FROM sample').pluck().get()).toBe(2);
  });

  it('is no SQLite file', () => {
    const path = newPath();
    writeFileSync(path, 'service: flight-delay\n'.repeat(100));
    expect(refusal(path)).toMatch(/^STORE_UNUSABLE: .* it is not a SQLite file, or it is damaged$/);
    expect(readFileSync(path, 'utf8')).toBe('service: flight-delay\n'.repeat(100));
  });

  it('is a folder', () => {
    const path = newPath();
    mkdirSync(path);
    expect(refusal(path)).toMatch(/^STORE_UNUSABLE: the store .* cannot be used: /);
  });

  it('is from a newer penumbra', () => {
    const path = newPath();
    const newer = openDatabase(path);
    newer.pragma(`user_version = ${schemaVersion + 1}`);
    newer.close();
    expect(refusal(path)).toContain(`has schema ${schemaVersion + 1}, this penumbra knows ${schemaVersion}`);
  });

  it('belongs to another program, and is left as it was', () => {
    const path = newPath();
    const foreign = new Database(path);
    keepStatements(foreign);
    foreign.exec('CREATE TABLE invoices (id)');
    foreign.close();
    const before = readFileSync(path);
    expect(refusal(path)).toContain('is a SQLite file of something else');
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it.each([0.2, 0.4, 0.6, 0.8])('is damaged at %d of its length', (place) => {
    const path = newPath();
    const database = openDatabase(path);
    write(database, 200);
    database.close();
    const bytes = readFileSync(path);
    bytes.fill(0xa5, Math.floor(bytes.length * place), Math.floor(bytes.length * place) + 8192);
    writeFileSync(path, bytes);
    expect(refusal(path)).toMatch(/^STORE_UNUSABLE: .* it is damaged/);
  });

  it('is cut short', () => {
    const path = newPath();
    const database = openDatabase(path);
    write(database, 200);
    database.close();
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.subarray(0, Math.floor(bytes.length / 2)));
    expect(refusal(path)).toMatch(/^STORE_UNUSABLE: .* it is damaged/);
  });
});
