// Which version is in production now, as the newest exchange says: evidence about an older one must not pass a candidate.
import type { Store } from '../io/store-port.ts';
import type { RawExchange, Run } from '../model.ts';
import { unknownVersion } from '../pipeline/accumulate.ts';
import type { ReadExchange } from '../pipeline/read-exchange.ts';

export interface ProductionVersion {
  /** The same reader; what it reads is looked at. */
  watched(read: (raw: RawExchange) => ReadExchange): (raw: RawExchange) => ReadExchange;
  /** Seen since the comparator started, else in runs that went on later than this one; null: not known. */
  now(run: Run): string | null;
}

export function createProductionVersion(store: Pick<Store, 'runs' | 'tallies'>): ProductionVersion {
  let newest: { readonly version: string; readonly at: number } | null = null;
  return {
    watched: (read) => (raw) => {
      const seen = read(raw);
      if (seen.type !== 'comparable') return seen;
      const { arrivedAt, answer } = seen.exchange;
      const version = answer.modelVersion;
      if (version !== null && (newest === null || arrivedAt >= newest.at)) newest = { version, at: arrivedAt };
      return seen;
    },
    now: (run) => newest?.version ?? storedSince(store, run),
  };
}

function storedSince(store: Pick<Store, 'runs' | 'tallies'>, { id, endedAt }: Run): string | null {
  const later = store
    .runs()
    .filter(({ run }) => run.id !== id && endedAt !== null && (run.endedAt === null || run.endedAt > endedAt));
  for (const { run } of later.reverse()) {
    const version = store.tallies(run.id).find(({ versions }) => versions !== null)?.versions?.productionVersion;
    if (version !== undefined && version !== unknownVersion) return version;
  }
  return null;
}
