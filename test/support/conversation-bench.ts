// One conversation of the tap without sockets or link: what it hands over and what it loses lies in lists.
import type { AllowList } from '../../src/tap/allow-list.ts';
import { type BufferPool, createBufferPool, giveBack } from '../../src/tap/buffer-pool.ts';
import { createConversation } from '../../src/tap/conversation.ts';
import { type BlindReason, type Counters, createCounters, type LossReason } from '../../src/tap/counters.ts';
import type { Observer } from '../../src/tap/observer.ts';

export interface TakenCopy {
  readonly sequence: number;
  readonly request: string;
  readonly answer: string;
  readonly arrivedAt: number;
  readonly latencyMs: number;
}

export interface Bench {
  readonly observer: Observer;
  readonly taken: TakenCopy[];
  readonly lost: LossReason[];
  readonly counters: Counters;
  readonly pool: BufferPool;
  blind(): BlindReason | null;
  request(text: string | Uint8Array): void;
  answer(text: string | Uint8Array): void;
  tick(ms: number): void;
}

export function createBench({
  maxBodyBytes = 1024 * 1024,
  maxCopyBytes = 16 * 1024 * 1024,
  whyNot = null as 'no_link' | 'queue_full' | null,
  isSampled = (_connection: number, _sequence: number): boolean => true,
  isListed = null as AllowList | null,
} = {}): Bench {
  const taken: TakenCopy[] = [];
  const lost: LossReason[] = [];
  const counters = createCounters();
  const pool = createBufferPool(maxCopyBytes);
  let nowMs = 5000;
  const observer = createConversation(
    {
      isSampled,
      isListed,
      pool,
      counters,
      maxBodyBytes,
      wallMs: () => 1_700_000_000_000 + nowMs,
      monotonicMs: () => nowMs,
      copies: {
        whyNot: () => whyNot,
        take: ({ request, answer, sequence, arrivedAt, latencyMs }) => {
          giveBack(pool, request.held);
          giveBack(pool, answer.held);
          taken.push({
            sequence,
            request: Buffer.from(request.held.subarray(0, request.bytes)).toString('latin1'),
            answer: Buffer.from(answer.held.subarray(0, answer.bytes)).toString('latin1'),
            arrivedAt,
            latencyMs,
          });
        },
        lose: (reason) => lost.push(reason),
      },
    },
    1,
  );
  return {
    observer,
    taken,
    lost,
    counters,
    pool,
    blind: () =>
      (Object.entries(counters.blind).find(([, count]) => count > 0)?.[0] as BlindReason | undefined) ?? null,
    request: (text) => observer.request(bytesOf(text)),
    answer: (text) => observer.answer(bytesOf(text)),
    tick: (ms) => {
      nowMs += ms;
    },
  };
}

/** The buffer is overwritten by nobody here, but it is always a fresh one: copies must not rest on it. */
function bytesOf(text: string | Uint8Array): Uint8Array {
  return typeof text === 'string' ? Buffer.from(text, 'latin1') : text;
}
