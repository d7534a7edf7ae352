// What becomes of every sampled exchange: written into the ring or lost with a reason. Both take a serial number, so that the
// comparator can tell from a gap how many it never saw.
import type { Worker } from 'node:worker_threads';
import { type BufferPool, giveBack } from './buffer-pool.ts';
import type { Counters, LossReason } from './counters.ts';
import { encodeJsonFrame, exchangeFrameBytes, writeExchange } from './frame.ts';
import type { MessageCopy } from './message-copy.ts';
import {
  broken,
  commit,
  createRing,
  isFull,
  isUp,
  lastSerial,
  nextSerial,
  type Ring,
  reserve,
  sent,
  setUp,
  usedBytes,
} from './ring.ts';
import type { ShipperData } from './shipper.ts';
import { startThread } from './start-thread.ts';

const statusEveryMs = 1000;
/** Between starts of a shipper that fails; the ring is kept. */
const restartAfterMs = 1000;
/** The shipper's own heap; the ring is not part of it. */
const resourceLimits = { maxOldGenerationSizeMb: 48, maxYoungGenerationSizeMb: 8 };

/** A whole exchange, ready to go. */
interface ExchangeCopy {
  readonly connection: number;
  readonly sequence: number;
  readonly arrivedAt: number;
  readonly latencyMs: number;
  readonly request: MessageCopy;
  readonly answer: MessageCopy;
}

export interface Copies {
  /** Why copying is not worth beginning, null when it is. */
  whyNot(): 'no_link' | 'queue_full' | null;
  /** Takes the copy and gives its memory back. */
  take(copy: ExchangeCopy): void;
  lose(reason: LossReason): void;
}

export interface ShippedCopies extends Copies {
  /** Begins to send; before that the comparator knows nothing of this tap. */
  begin(): void;
  isLinked(): boolean;
  /** Bytes in the ring that have not been sent. */
  queuedBytes(): number;
  /** Brings the counters that the shipper keeps up to date. */
  refresh(): void;
  /** Sends what is queued and a last status, for at most `flushMs`. */
  close(flushMs: number): Promise<void>;
}

export interface CopiesOptions {
  readonly epoch: string;
  readonly linkPath: string;
  readonly ringBytes: number;
  readonly pool: BufferPool;
  readonly counters: Counters;
}

export function createCopies({ epoch, linkPath, ringBytes, pool, counters }: CopiesOptions): ShippedCopies {
  const ring = createRing(ringBytes);
  const refresh = (): void => {
    counters.copied = sent(ring);
    counters.lost.link_broken = broken(ring);
  };
  const sendStatus = (): void => {
    refresh();
    if (isUp(ring)) writeStatus(ring, counters);
  };
  const shipper = keepShipping({ memory: ring.memory, path: linkPath, epoch }, { ring, greeted: sendStatus });
  const timer = setInterval(sendStatus, statusEveryMs);
  timer.unref();
  const lose = (reason: LossReason): void => {
    nextSerial(ring);
    counters.lost[reason]++;
  };
  return {
    begin: shipper.begin,
    whyNot: () => {
      if (!isUp(ring)) return 'no_link';
      return isFull(ring) ? 'queue_full' : null;
    },
    isLinked: () => isUp(ring),
    take: (copy) => {
      const reason = write(ring, copy);
      if (reason !== null) lose(reason);
      giveBack(pool, copy.request.held);
      giveBack(pool, copy.answer.held);
    },
    lose,
    queuedBytes: () => usedBytes(ring),
    refresh,
    close: async (flushMs) => {
      clearInterval(timer);
      sendStatus();
      await shipper.close(flushMs);
      refresh();
    },
  };
}

function write(ring: Ring, copy: ExchangeCopy): LossReason | null {
  if (!isUp(ring)) return 'no_link';
  const request = copy.request.held.subarray(0, copy.request.bytes);
  const answer = copy.answer.held.subarray(0, copy.answer.bytes);
  const bytes = exchangeFrameBytes({ request, answer });
  const at = reserve(ring, bytes);
  if (at === -1) return 'queue_full';
  const { connection, sequence, arrivedAt, latencyMs } = copy;
  writeExchange(ring, at, { serial: nextSerial(ring), connection, sequence, arrivedAt, latencyMs, request, answer });
  commit(ring, at, bytes);
  return null;
}

function writeStatus(ring: Ring, counters: Counters): void {
  const frame = encodeJsonFrame({ type: 'status', serial: lastSerial(ring), ...counters });
  const at = reserve(ring, frame.length);
  if (at === -1) return;
  ring.bytes.set(frame, at);
  commit(ring, at, frame.length);
}

/** A shipper that ends, out of memory say, is started again; the relay does not notice. */
function keepShipping(
  data: ShipperData,
  { ring, greeted }: { ring: Ring; greeted: () => void },
): { begin: () => void; close: (flushMs: number) => Promise<void> } {
  let isClosing = false;
  let worker: Worker | null = null;
  let ended: Promise<void> = Promise.resolve();
  const start = (): void => {
    if (isClosing) return;
    const started = startThread('shipper', { workerData: data, resourceLimits });
    worker = started;
    started.unref();
    started.on('error', () => undefined);
    started.on('message', greeted);
    ended = new Promise((resolve) => {
      started.once('exit', () => {
        setUp(ring, false);
        worker = null;
        setTimeout(start, restartAfterMs).unref();
        resolve();
      });
    });
  };
  return {
    begin: start,
    close: async (flushMs) => {
      isClosing = true;
      const last = worker;
      if (last === null) return;
      last.ref();
      last.postMessage(flushMs);
      const deadline = setTimeout(() => void last.terminate(), flushMs + 500);
      await ended;
      clearTimeout(deadline);
    },
  };
}
