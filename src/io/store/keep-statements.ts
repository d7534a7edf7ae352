// Node 24.19 and later abort the process when a statement of better-sqlite3 12 is garbage-collected: the destructor asks for an
// environment that a collection outside JavaScript does not have. better-sqlite3 13 mends it and does not run on Node 20.
// So no statement is ever collected: all are kept as long as the process lives. They are few, and made at the start.
import type Database from 'better-sqlite3';

const kept: unknown[] = [];

/** Call right after opening, before anything is prepared. */
export function keepStatements(database: Database.Database): void {
  kept.push(database);
  const prepare = database.prepare.bind(database);
  const prepareAndKeep = (sql: string): Database.Statement => {
    const statement = prepare(sql);
    kept.push(statement);
    return statement;
  };
  database.prepare = prepareAndKeep as typeof database.prepare;
  database.pragma = (source, { simple = false } = {}) => {
    const statement = prepareAndKeep(`PRAGMA ${source}`);
    if (!statement.reader) return statement.run();
    return simple ? statement.pluck().get() : statement.all();
  };
}
