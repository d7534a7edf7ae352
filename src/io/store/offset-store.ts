// How far sources that can be read again are done with, by topic and partition: written with the counts, in their transaction.
import type Database from 'better-sqlite3';
import type { SourceOffset } from '../ports.ts';
import type { Store } from '../store-port.ts';

export interface OffsetStore extends Pick<Store, 'sourceOffsets' | 'saveSourceOffsets'> {
  /** Inside somebody else's transaction. */
  putOffsets(offsets: readonly SourceOffset[]): void;
}

export function createOffsetStore(database: Database.Database): OffsetStore {
  const put = database.prepare(
    'INSERT INTO source_offset (topic, partition, offset) VALUES (?, ?, ?) ON CONFLICT (topic, partition) DO UPDATE SET offset = excluded.offset',
  );
  const all = database.prepare('SELECT topic, partition, offset FROM source_offset');
  const putOffsets = (offsets: readonly SourceOffset[]): void => {
    for (const { topic, partition, offset } of offsets) put.run(topic, partition, offset);
  };
  return {
    putOffsets,
    sourceOffsets: () => all.all() as SourceOffset[],
    saveSourceOffsets: database.transaction(putOffsets),
  };
}
