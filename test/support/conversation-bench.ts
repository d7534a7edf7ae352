// One conversation of the tap without sockets or link: what it hands over and what it loses lies in lists.
import { type Budget, createBudget, giveBytes } from '../../src/tap/budget.ts';
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
  readonly budget: Budget;
  blind(): BlindReason | null;
  request(text: string | Uint8Array): void;
  answer(text: string | Uint8Array): void;
  tick(ms: number): void;
}

export function createBench({
  maxBodyBytes = 1024 * 1024,
  maxCopyBytes = 16 * 1024 * 1024,
  isOpen = true,
  isSampled = (_connection: number, _sequence: number): boolean => true,
} = {}): Bench {
  const taken: TakenCopy[] = [];
  const lost: LossReason[] = [];
  const counters = createCounters();
  const budget = createBudget(maxCopyBytes);
  let nowMs = 5000;
  const observer = createConversation(
    {
      isSampled,
      budget,
      counters,
      maxBodyBytes,
      wallMs: () => 1_700_000_000_000 + nowMs,
      monotonicMs: () => nowMs,
      copies: {
        isOpen: () => isOpen,
        take: ({ request, answer, sequence, arrivedAt, latencyMs }) => {
          giveBytes(budget, request.held.length + answer.held.length);
          taken.push({
            sequence,
            request: request.held.toString('latin1', 0, request.bytes),
            answer: answer.held.toString('latin1', 0, answer.bytes),
            arrivedAt,
            latencyMs,
          });
        },
        lose: (reason) => lost.push(reason),
        close: () => Promise.resolve(),
      },
    },
    1,
  );
  return {
    observer,
    taken,
    lost,
    counters,
    budget,
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
