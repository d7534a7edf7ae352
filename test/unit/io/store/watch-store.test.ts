// The store of the watches: exact over a reopening, whole or not at all, and there in files of an older penumbra too.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../../../src/io/store/open-database.ts';
import { schemaVersion } from '../../../../src/io/store/schema.ts';
import { createSqliteStore } from '../../../../src/io/store/sqlite-store.ts';
import type { Store } from '../../../../src/io/store-port.ts';
import type { Alert } from '../../../../src/model.ts';
import { createFakeClock } from '../../../support/fake-clock.ts';

const open: { close(): void }[] = [];
const newPath = (): string => join(mkdtempSync(join(tmpdir(), 'penumbra-test-')), 'penumbra.db');

function storeAt(path: string): Store {
  const store = createSqliteStore({ path, clock: createFakeClock(), sinks: ['receiver'], maxSamplesPerArm: 5 });
  open.push(store);
  return store;
}

function reopened(path: string): Store {
  open.pop()?.close();
  return storeAt(path);
}

const alert = { key: 'watch/late/collapse', status: 'firing' } as Alert;
const closing = {
  clock: { closedUntil: 5 },
  watches: [{ id: 'late.collapse', definition: 'd', state: { up: [0.1 + 0.2, 1e-300] } }],
  forgotten: [],
  alerts: [alert],
};

afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

describe('the store of the watches', () => {
  it('gives back exactly what was committed, and forgets what it is told to', () => {
    const path = newPath();
    const store = storeAt(path);
    expect(store.watches()).toEqual({ clock: null, watches: [] });
    store.commitWatches(closing);
    const again = reopened(path);
    expect(again.watches()).toEqual({ clock: closing.clock, watches: closing.watches });
    expect(again.dueAlerts(Number.MAX_SAFE_INTEGER)).toMatchObject([{ alert }]);
    again.commitWatches({ clock: { closedUntil: 6 }, watches: [], forgotten: ['late.collapse'], alerts: [] });
    expect(again.watches()).toEqual({ clock: { closedUntil: 6 }, watches: [] });
  });

  it('commits nothing of a close that fails on its way', () => {
    const store = storeAt(newPath());
    store.commitWatches(closing);
    const broken = { id: 'x', definition: null as unknown as string, state: 1 };
    expect(() =>
      store.commitWatches({ ...closing, clock: { closedUntil: 9 }, watches: [...closing.watches, broken] }),
    ).toThrow();
    expect(store.watches().clock).toEqual(closing.clock);
    expect(store.undeliveredAlerts()).toBe(1);
  });

  it('is added to a file of schema 1, which keeps all that it held', () => {
    const path = newPath();
    const store = storeAt(path);
    const run = { id: 'r', experiment: 'e', state: 'RUNNING', startedAt: 1 } as Parameters<Store['saveRun']>[0];
    store.saveRun(run);
    open.pop()?.close();
    const older = new Database(path);
    older.exec(`DROP TABLE watch; DROP TABLE source_offset; ALTER TABLE admission DROP COLUMN comes_again; DROP TABLE watch_clock; DROP TABLE counts_clock; DROP TABLE counts_partition; DROP TABLE counts_unit; DROP TABLE firing; ALTER TABLE outbox DROP COLUMN held;
      INSERT INTO outbox (sink, key, alert, next_at) VALUES ('s', 'e/run', '{"key":"e/run","status":"firing","experiment":"e","hypothesis":null}', 1);
      INSERT INTO outbox (sink, key, alert, next_at, settled) VALUES ('s', 'e/a', '{"key":"e/a","status":"firing","experiment":"e","hypothesis":"a"}', 1, 'delivered');
      INSERT INTO outbox (sink, key, alert, next_at, settled) VALUES ('s', 'e/b', '{"key":"e/b","status":"firing"}', 1, 'delivered');
      INSERT INTO outbox (sink, key, alert, next_at) VALUES ('s', 'e/b', '{"key":"e/b","status":"resolved"}', 1);
      PRAGMA user_version = 1`);
    older.close();
    const upgraded = storeAt(path);
    expect(upgraded.run('r')?.run).toEqual(run);
    // What fired when it was older still does; how grave it is nobody said then.
    expect(upgraded.firingAlerts()).toMatchObject([
      { key: 'e/a', severity: 'page', cause: 'arm' },
      { key: 'e/run', severity: 'page', cause: 'run' },
    ]);
    expect(upgraded.dueAlerts(5).map(({ alert }) => alert.key)).toEqual(['e/run', 'e/b']);
    upgraded.commitWatches(closing);
    const database = reopened(path);
    expect(database.watches().watches).toHaveLength(1);
    open.pop()?.close();
    const seen = openDatabase(path);
    open.push(seen);
    expect(seen.pragma('user_version', { simple: true })).toBe(schemaVersion);
  });
});
