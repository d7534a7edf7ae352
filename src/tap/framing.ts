// Follows one direction of a connection and knows only where HTTP/1.1 messages begin and end.
// It tells a listener of each message; when it loses its place it says why, once, and reads no further.
import { chunkedBody, untilClose } from './body-length.ts';
import { type ChunkedBody, createChunkedBody, readChunked } from './chunked.ts';
import type { BlindReason } from './counters.ts';
import { createHead, type Head, isLast, readAnswerHead, readRequestHead } from './head.ts';
import { collectHead, createHeadCollector, type HeadCollector, isFresh, resetHead } from './head-collector.ts';
import { carriageReturn, isTokenByte, lineFeed } from './octets.ts';
import { readQuickHead } from './quick-head.ts';

/** Called in this order for each message: begin, head, bytes (once or more, head included), end. */
export interface FramingListener {
  /** The first byte of a message is here. A reason means: this message has no place here. */
  begin(): BlindReason | null;
  /** The head lies in `source` from `from`. Returns the body's length, `chunkedBody` or `untilClose`, or a reason to go blind. */
  head(head: Head, source: Uint8Array, from: number): number | BlindReason;
  /** The next bytes of the message; only valid during the call. */
  bytes(source: Uint8Array, from: number, to: number): void;
  end(): void;
}

export interface Framing {
  readonly side: 'request' | 'answer';
  readonly listener: FramingListener;
  phase: 'between' | 'head' | 'fixed' | 'chunked' | 'until-close' | 'blind';
  readonly collector: HeadCollector;
  /** Used again for every message whose head is read in place. */
  readonly head: Head;
  chunked: ChunkedBody;
  /** Body bytes still to come, in phase `fixed`. */
  left: number;
  isFirst: boolean;
  isAfterReturn: boolean;
  isAfterLast: boolean;
  reason: BlindReason | null;
}

export function createFraming(side: 'request' | 'answer', listener: FramingListener): Framing {
  return {
    side,
    listener,
    phase: 'between',
    collector: createHeadCollector(),
    head: createHead(),
    chunked: createChunkedBody(),
    left: 0,
    isFirst: true,
    isAfterReturn: false,
    isAfterLast: false,
    reason: null,
  };
}

/** Follows the next bytes of this direction. Returns why it is blind, null while it can see. */
export function scan(framing: Framing, chunk: Uint8Array): BlindReason | null {
  let at = 0;
  while (at < chunk.length && framing.reason === null) at = step(framing, chunk, at);
  return framing.reason;
}

/** The sender has closed in good order: a body that ends with the connection is whole now. */
export function finish(framing: Framing): void {
  if (framing.phase === 'until-close') end(framing);
}

function step(framing: Framing, chunk: Uint8Array, at: number): number {
  switch (framing.phase) {
    case 'between':
      return begin(framing, chunk, at);
    case 'head':
      return readHead(framing, chunk, at);
    case 'fixed':
      return readFixed(framing, chunk, at);
    case 'chunked':
      return readChunks(framing, chunk, at);
    default:
      framing.listener.bytes(chunk, at, chunk.length);
      return chunk.length;
  }
}

function begin(framing: Framing, chunk: Uint8Array, at: number): number {
  const byte = chunk[at] ?? 0;
  // RFC 9112 §2.2: a server skips empty lines in front of a request.
  if (framing.side === 'request' && (framing.isAfterReturn || byte === carriageReturn || byte === lineFeed)) {
    if (framing.isAfterReturn !== (byte === lineFeed)) return goBlind(framing, 'bare_line_end');
    framing.isAfterReturn = !framing.isAfterReturn;
    return at + 1;
  }
  if (framing.isAfterLast) return goBlind(framing, 'after_close');
  const canBegin = framing.side === 'request' ? isTokenByte(byte) : byte === 0x48;
  if (!canBegin) return goBlind(framing, framing.isFirst && byte === 0x16 ? 'tls' : 'not_http');
  const reason = framing.listener.begin();
  if (reason !== null) return goBlind(framing, reason);
  framing.isFirst = false;
  framing.phase = 'head';
  return at;
}

function readHead(framing: Framing, chunk: Uint8Array, at: number): number {
  const { collector } = framing;
  if (isFresh(collector)) {
    const behind = readQuickHead(framing.head, chunk, { from: at, isRequest: framing.side === 'request' });
    if (behind !== -1) return takeHeadInPlace(framing, chunk, { from: at, to: behind });
  }
  const behind = collectHead(collector, chunk, at);
  if (collector.fault !== null) return goBlind(framing, collector.fault);
  if (!collector.isWhole) return behind;
  const read = framing.side === 'request' ? readRequestHead : readAnswerHead;
  const head = read(collector.source, collector);
  if (typeof head === 'string') return goBlind(framing, head);
  const { source, from, to } = collector;
  resetHead(collector);
  return takeHead(framing, head, { source, from, to }) ?? behind;
}

/** Returns where to go on when that is not behind the head. */
function takeHead(
  framing: Framing,
  head: Head,
  { source, from, to }: { source: Uint8Array; from: number; to: number },
): number | null {
  const length = listenToHead(framing, head, { source, from });
  if (typeof length === 'string') return goBlind(framing, length);
  framing.listener.bytes(source, from, to);
  startBody(framing, length);
  return null;
}

/** As `takeHead`, and what lies behind the head of a body of known length is told in one with it. Returns where to go on. */
function takeHeadInPlace(framing: Framing, chunk: Uint8Array, { from, to }: { from: number; to: number }): number {
  const length = listenToHead(framing, framing.head, { source: chunk, from });
  if (typeof length === 'string') return goBlind(framing, length);
  const behind = length > 0 ? Math.min(to + length, chunk.length) : to;
  framing.listener.bytes(chunk, from, behind);
  startBody(framing, length > 0 ? length - (behind - to) : length);
  return behind;
}

function listenToHead(
  framing: Framing,
  head: Head,
  { source, from }: { source: Uint8Array; from: number },
): number | BlindReason {
  const length = framing.listener.head(head, source, from);
  // An interim answer's "last" would be meaningless: the final answer is still to come.
  if (typeof length === 'number' && (head.status === 0 || head.status >= 200)) framing.isAfterLast = isLast(head);
  return length;
}

function startBody(framing: Framing, length: number): void {
  if (length === 0) {
    end(framing);
  } else if (length === chunkedBody) {
    framing.chunked = createChunkedBody();
    framing.phase = 'chunked';
  } else if (length === untilClose) {
    framing.phase = 'until-close';
  } else {
    framing.left = length;
    framing.phase = 'fixed';
  }
}

function readFixed(framing: Framing, chunk: Uint8Array, at: number): number {
  const behind = Math.min(at + framing.left, chunk.length);
  framing.left -= behind - at;
  framing.listener.bytes(chunk, at, behind);
  if (framing.left === 0) end(framing);
  return behind;
}

function readChunks(framing: Framing, chunk: Uint8Array, at: number): number {
  const behind = readChunked(framing.chunked, chunk, at);
  if (framing.chunked.phase === 'bad') return goBlind(framing, 'bad_chunk');
  framing.listener.bytes(chunk, at, behind);
  if (framing.chunked.phase === 'done') end(framing);
  return behind;
}

function end(framing: Framing): void {
  framing.phase = 'between';
  framing.listener.end();
}

/** Returns an index no chunk reaches, so that the scan ends. */
function goBlind(framing: Framing, reason: BlindReason): number {
  framing.reason = reason;
  framing.phase = 'blind';
  return Number.MAX_SAFE_INTEGER;
}
