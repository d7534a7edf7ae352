// When the exchanges that were written count: each waits, in its partition, for the record of counts that closes its bucket.
import { readMessage } from '../../../src/app/scale/wire.ts';
import type { KafkaRecord, PlacedRecord } from '../../../src/io/kafka/port.ts';
import type { CountsMessage } from '../../../src/pipeline/scale/messages.ts';

interface Written {
  readonly offset: number;
  readonly writtenAtMs: number;
  /** When its bucket may close at the earliest, by the config's own waiting. */
  readonly dueAtMs: number;
}

interface Closed {
  readonly writtenAtMs: number;
  /** From being written to being published; and the part of it that the config did not ask for. */
  readonly latencyMs: number;
  readonly ownMs: number;
}

export interface Closings {
  write(placed: PlacedRecord, times: Omit<Written, 'offset'>): void;
  /** A record of the counts topic. */
  read(record: KafkaRecord): void;
  /** Written before then and not yet in published counts. */
  open(beforeMs?: number): number;
  readonly closed: readonly Closed[];
}

export function createClosings(clockMs: () => number = Date.now): Closings {
  const waiting = new Map<number, Written[]>();
  const closed: Closed[] = [];
  const of = (partition: number): Written[] => {
    const list = waiting.get(partition) ?? [];
    waiting.set(partition, list);
    return list;
  };
  return {
    closed,
    write: ({ partition, offset }, times) => void of(partition).push({ offset, ...times }),
    read: (record) => {
      const message = readMessage<CountsMessage>(record);
      if (message?.type !== 'progress') return;
      const list = of(message.partition);
      const now = clockMs();
      // Everything before the position is in counts that were published with it, or before.
      const end = list.findIndex(({ offset }) => offset >= message.position.offset);
      for (const { writtenAtMs, dueAtMs } of list.splice(0, end === -1 ? list.length : end)) {
        const ownMs = Math.max(0, now - Math.max(dueAtMs, writtenAtMs));
        closed.push({ writtenAtMs, latencyMs: now - writtenAtMs, ownMs });
      }
    },
    open: (beforeMs = Number.POSITIVE_INFINITY) => {
      const lists = [...waiting.values()];
      return lists.reduce((sum, list) => sum + list.filter(({ writtenAtMs }) => writtenAtMs < beforeMs).length, 0);
    },
  };
}
