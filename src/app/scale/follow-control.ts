// What the judge says, followed by a comparator: runs in full, and the lease without which nothing is sent.
import type { Batch, KafkaLog, PlainReader } from '../../io/kafka/port.ts';
import type { Clock, Log } from '../../io/ports.ts';
import type { Run } from '../../model.ts';
import type { ControlMessage, Lease } from '../../pipeline/scale/messages.ts';
import { readMessage } from './wire.ts';

/** Nothing is sent when the judge has not been heard for so long. */
export const leaseMs = 1000;

export interface Control {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Null before the first. */
  lease(): Lease | null;
  /** Whether anything may be sent now. */
  isInForce(): boolean;
  /** What is in the way when it is not in force. */
  whyNot(): 'judge' | 'config' | 'kill switch';
  /** Since the judge was heard; null before the first time. */
  silentMs(): number | null;
  run(id: string): Run | null;
}

export interface ControlDeps {
  readonly kafka: KafkaLog;
  readonly topic: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Of this comparator's config. */
  readonly reading: string;
  readonly onLease: (lease: Lease) => void;
}

export function followControl({ kafka, topic, clock, log, reading, onLease }: ControlDeps): Control {
  const runs = new Map<string, Run>();
  let lease: Lease | null = null;
  let heardMs = Number.NEGATIVE_INFINITY;
  let reader: PlainReader | null = null;
  let saidOtherReading = false;
  let term = -1;
  let lastOffset = -1;
  const hear = (message: ControlMessage, isLatest: boolean): void => {
    if (message.type === 'run') runs.set(message.run.id, message.run);
    if (message.type !== 'lease' || message.term < term) return;
    lease = message;
    if (message.term > term) term = message.term;
    // One that was said long ago and is read only now renews nothing.
    if (isLatest) heardMs = clock.monotonicMs();
    if (message.reading !== reading && !saidOtherReading) {
      log.error(
        {},
        'the judge reads exchanges by another config than this comparator: nothing is compared until both have the same',
      );
    }
    saidOtherReading = message.reading !== reading;
    for (const id of runs.keys()) if (!message.runs.some((one) => one.id === id) && isLatest) runs.delete(id);
    if (isLatest) onLease(message);
  };
  const onBatch = async ({ records, nextOffset, highWatermark }: Batch): Promise<void> => {
    const messages = records.map((record) => readMessage<ControlMessage>(record));
    // Others say something here too: what counts is that no later lease is there.
    const latest = nextOffset >= highWatermark ? messages.findLastIndex((one) => one?.type === 'lease') : -1;
    for (const [index, record] of records.entries()) {
      // The topic was made anew, and so are the terms.
      if (record.offset < lastOffset) term = -1;
      lastOffset = record.offset;
      const message = messages[index] ?? null;
      if (message !== null) hear(message, index === latest);
    }
  };
  return {
    start: async () => {
      const bounds = await kafka.boundsOf(topic);
      reader = await kafka.readFrom({ topic, from: new Map([[0, bounds.get(0)?.firstOffset ?? 0]]), onBatch });
    },
    stop: async () => reader?.stop(),
    lease: () => lease,
    isInForce: () => {
      if (lease === null || lease.isKilled || lease.reading !== reading) return false;
      return clock.monotonicMs() - heardMs < leaseMs;
    },
    whyNot: () => {
      if (lease === null || clock.monotonicMs() - heardMs >= leaseMs) return 'judge';
      return lease.reading === reading ? 'kill switch' : 'config';
    },
    silentMs: () => (Number.isFinite(heardMs) ? clock.monotonicMs() - heardMs : null),
    run: (id) => runs.get(id) ?? null,
  };
}
