// A record of the exchanges topic, read: the same JSON as POST /v1/exchanges takes. Nothing in it depends on when it is read.

import type { KafkaRecord } from '../../io/kafka/port.ts';
import { readRecordedExchange } from '../../io/sources/recorded-exchange.ts';
import type { RawExchange } from '../../model.ts';
import type { ReadExchange } from '../../pipeline/read-exchange.ts';
import type { Delivered } from '../../pipeline/scale/partition.ts';

export interface RecordReader {
  read(record: KafkaRecord, from: { readonly topic: string; readonly partition: number }): Delivered;
  /** Records that are no exchange, by reason. */
  losses(): Readonly<Record<string, number>>;
}

const maxRecordBytes = 16 * 1024 * 1024;

/** `readerAt` is asked once, with the clock that "from the future" goes by: that of the log. */
export function createRecordReader(
  readerAt: (loggedAt: () => number) => (raw: RawExchange) => ReadExchange,
): RecordReader {
  let loggedAt = 0;
  const readExchange = readerAt(() => loggedAt);
  const losses = new Map<string, number>();
  const lose = (reason: string): null => {
    losses.set(reason, (losses.get(reason) ?? 0) + 1);
    return null;
  };
  const toExchange = ({ value }: KafkaRecord, sourceId: string): ReadExchange | null => {
    if (value === null) return lose('empty');
    try {
      const seen = readExchange(readRecordedExchange(value, { sourceId, maxBytes: maxRecordBytes }));
      if (seen.type === 'ignored') lose(seen.reason);
      return seen;
    } catch {
      return lose('malformed');
    }
  };
  return {
    read: (record, { topic, partition }) => {
      loggedAt = record.timestampMs;
      const seen = toExchange(record, `${topic}-${partition}-${record.offset}`);
      return { offset: record.offset, loggedAt: record.timestampMs, seen };
    },
    losses: () => Object.fromEntries(losses),
  };
}
