// One connection's exchanges: pairs each answer with its request in the order of arrival (RFC 9112 §9.3), copies the sampled
// ones and settles each sampled exchange exactly once, taken or lost. A doubt makes the whole connection blind.
import type { AllowList } from './allow-list.ts';
import { answerBodyLength, requestBodyLength } from './body-length.ts';
import type { BufferPool } from './buffer-pool.ts';
import type { Copies } from './copies.ts';
import type { BlindReason, Counters, LossReason } from './counters.ts';
import { createFraming, type Framing, finish, scan } from './framing.ts';
import type { Head } from './head.ts';
import { appendBytes, createMessageCopy, type MessageCopy, releaseCopy } from './message-copy.ts';
import type { Observer } from './observer.ts';

/** More unanswered requests than any client pipelines; bounds what a connection can make the tap remember. */
const maxOpenExchanges = 1024;

export interface ConversationContext {
  readonly isSampled: (connection: number, sequence: number) => boolean;
  /** Whether this request is one of those that may be copied; null: all are. */
  readonly isListed: AllowList | null;
  readonly copies: Copies;
  readonly pool: BufferPool;
  readonly counters: Counters;
  /** Longest body, as framed on the wire, of a message that is copied. */
  readonly maxBodyBytes: number;
  readonly wallMs: () => number;
  readonly monotonicMs: () => number;
}

interface OpenExchange {
  readonly sequence: number;
  /** Both are 0 when it is not sampled. */
  readonly arrivedAt: number;
  readonly startedMs: number;
  readonly isHeadMethod: boolean;
  /** The client may hold its body back until a 100 comes. */
  mayHoldBack: boolean;
  isRequestWhole: boolean;
  isAnswerWhole: boolean;
  /** From the first byte of the request to the last byte of the answer, as seen here. */
  latencyMs: number;
  /** Null when not sampled, and once settled. */
  copy: { readonly request: MessageCopy; readonly answer: MessageCopy } | null;
}

interface Conversation {
  readonly context: ConversationContext;
  readonly connection: number;
  /** Requests not wholly answered yet, oldest first. */
  readonly open: OpenExchange[];
  /** The request now coming in, from its head to its end; it may be answered already. */
  incoming: OpenExchange | null;
  /** Whether the request that has begun is sampled, and when it began if so. */
  isSampled: boolean;
  arrivedAt: number;
  startedMs: number;
  sequence: number;
  isInterim: boolean;
  isOver: boolean;
}

export function createConversation(context: ConversationContext, connection: number): Observer {
  const talk: Conversation = {
    context,
    connection,
    open: [],
    incoming: null,
    isSampled: false,
    arrivedAt: 0,
    startedMs: 0,
    sequence: 0,
    isInterim: false,
    isOver: false,
  };
  const requests = requestFraming(talk);
  const answers = answerFraming(talk);
  return {
    request: (chunk) => follow(talk, requests, chunk),
    answer: (chunk) => follow(talk, answers, chunk),
    answerEnd: () => {
      if (!talk.isOver) finish(answers);
    },
    close: () => leave(talk, 'cut'),
    giveUp: () => goBlind(talk, 'fault'),
    isIdle: () => !talk.isOver && talk.open.length === 0 && requests.phase === 'between',
  };
}

function follow(talk: Conversation, framing: Framing, chunk: Uint8Array): void {
  if (talk.isOver) return;
  const reason = scan(framing, chunk);
  if (reason !== null) goBlind(talk, reason);
}

function requestFraming(talk: Conversation): Framing {
  return createFraming('request', {
    begin: () => {
      if (talk.open.length >= maxOpenExchanges) return 'pipeline_too_deep';
      const { context } = talk;
      talk.isSampled = context.isSampled(talk.connection, talk.sequence + 1);
      // Reading two clocks is more than all the rest that is done for an exchange that is not sampled.
      talk.arrivedAt = talk.isSampled ? context.wallMs() : 0;
      talk.startedMs = talk.isSampled ? context.monotonicMs() : 0;
      return null;
    },
    head: (head, source, from) => openExchange(talk, head, { source, from }),
    bytes: (source, from, to) => {
      const exchange = talk.incoming;
      if (exchange?.copy) append(talk, exchange, { copy: exchange.copy.request, source, from, to });
    },
    end: () => {
      const exchange = talk.incoming;
      talk.incoming = null;
      if (exchange === null) return;
      exchange.isRequestWhole = true;
      if (exchange.isAnswerWhole) hand(talk, exchange);
    },
  });
}

function answerFraming(talk: Conversation): Framing {
  return createFraming('answer', {
    begin: () => (talk.open.length === 0 ? 'unexpected_answer' : null),
    head: (head) => openAnswer(talk, head),
    bytes: (source, from, to) => {
      const exchange = talk.open[0];
      if (!talk.isInterim && exchange?.copy) append(talk, exchange, { copy: exchange.copy.answer, source, from, to });
    },
    end: () => {
      if (talk.isInterim) {
        talk.isInterim = false;
        return;
      }
      const exchange = talk.open.shift();
      if (exchange === undefined) return;
      exchange.isAnswerWhole = true;
      if (exchange.copy !== null) exchange.latencyMs = talk.context.monotonicMs() - exchange.startedMs;
      if (exchange.isRequestWhole) hand(talk, exchange);
    },
  });
}

function openExchange(
  talk: Conversation,
  head: Head,
  { source, from }: { source: Uint8Array; from: number },
): number | BlindReason {
  const { context } = talk;
  if (head.isConnectMethod) return 'connect';
  const length = requestBodyLength(head);
  talk.sequence++;
  context.counters.requests++;
  const exchange: OpenExchange = {
    sequence: talk.sequence,
    arrivedAt: talk.arrivedAt,
    startedMs: talk.startedMs,
    isHeadMethod: head.isHeadMethod,
    mayHoldBack: head.expectsContinue,
    isRequestWhole: false,
    isAnswerWhole: false,
    latencyMs: 0,
    copy: null,
  };
  talk.open.push(exchange);
  talk.incoming = exchange;
  if (!talk.isSampled) return length;
  if (context.isListed !== null && !context.isListed(head, source, from)) {
    context.counters.unlisted++;
    return length;
  }
  context.counters.sampled++;
  const whyNot = context.copies.whyNot();
  if (whyNot !== null) {
    context.copies.lose(whyNot);
    return length;
  }
  exchange.copy = { request: createMessageCopy(), answer: createMessageCopy() };
  limit(talk, exchange, { copy: exchange.copy.request, head, length });
  return length;
}

function openAnswer(talk: Conversation, head: Head): number | BlindReason {
  const exchange = talk.open[0];
  if (exchange === undefined) return 'unexpected_answer';
  if (head.status === 101) return 'upgrade';
  const length = answerBodyLength(head, { toHead: exchange.isHeadMethod });
  if (typeof length === 'string') return length;
  talk.isInterim = head.status < 200;
  if (talk.isInterim) {
    if (head.status === 100) exchange.mayHoldBack = false;
  } else {
    // Refused before its body came: client and server may differ on whether the body follows.
    if (exchange.mayHoldBack && !exchange.isRequestWhole) return 'expect_refused';
    if (exchange.copy) limit(talk, exchange, { copy: exchange.copy.answer, head, length });
  }
  return length;
}

/** A body known to be too long is not even begun. */
function limit(
  talk: Conversation,
  exchange: OpenExchange,
  { copy, head, length }: { copy: MessageCopy; head: Head; length: number },
): void {
  copy.maxBytes = head.bytes + talk.context.maxBodyBytes;
  copy.expectedBytes = head.bytes + Math.max(length, 0);
  if (length > talk.context.maxBodyBytes) lose(talk, exchange, 'too_large');
}

function append(
  talk: Conversation,
  exchange: OpenExchange,
  { copy, source, from, to }: { copy: MessageCopy; source: Uint8Array; from: number; to: number },
): void {
  const reason = appendBytes(copy, source, { from, to, pool: talk.context.pool });
  if (reason !== null) lose(talk, exchange, reason);
}

function hand(talk: Conversation, exchange: OpenExchange): void {
  const { copy, sequence, arrivedAt, latencyMs } = exchange;
  exchange.copy = null;
  if (copy === null) return;
  const { request, answer } = copy;
  talk.context.copies.take({ connection: talk.connection, sequence, arrivedAt, latencyMs, request, answer });
}

function lose(talk: Conversation, exchange: OpenExchange, reason: LossReason): void {
  const { copy } = exchange;
  if (copy === null) return;
  exchange.copy = null;
  releaseCopy(copy.request, talk.context.pool);
  releaseCopy(copy.answer, talk.context.pool);
  talk.context.copies.lose(reason);
}

function goBlind(talk: Conversation, reason: BlindReason): void {
  if (talk.isOver) return;
  talk.context.counters.blind[reason]++;
  leave(talk, reason === 'fault' ? 'fault' : 'blind');
}

/** Settles whatever is still open and looks no further. */
function leave(talk: Conversation, reason: LossReason): void {
  talk.isOver = true;
  if (talk.incoming !== null) lose(talk, talk.incoming, reason);
  for (const exchange of talk.open) lose(talk, exchange, reason);
  talk.incoming = null;
  talk.open.length = 0;
}
