// Reads out of one whole header block only what says where the message ends and whether another follows.
// No strings, no header object. Whatever two readers could understand differently is a reason to go blind, not a guess.
import type { BlindReason } from './counters.ts';
import { readField } from './head-field.ts';
import { carriageReturn, isTextByte, isTokenByte, space, spells, spellsLoosely } from './octets.ts';

export interface Head {
  /** 0 in a request. */
  status: number;
  isHeadMethod: boolean;
  isConnectMethod: boolean;
  isHttp10: boolean;
  /** −1 when not stated. */
  contentLength: number;
  isChunked: boolean;
  saysClose: boolean;
  saysKeepAlive: boolean;
  expectsContinue: boolean;
  /** Length of the header block with its empty line. */
  bytes: number;
  /** Length of a request's method, at the beginning of the block, and of its target, one space behind. */
  methodBytes: number;
  targetBytes: number;
}

/** Where the header block lies, from its first byte to behind its empty line; its lines all end in CR LF. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export function readRequestHead(bytes: Uint8Array, span: Span): Head | BlindReason {
  const head = createHead(span.to - span.from);
  const lineEnd = bytes.indexOf(carriageReturn, span.from);
  let methodEnd = span.from;
  while (isTokenByte(bytes[methodEnd] ?? 0)) methodEnd++;
  if (methodEnd === span.from || bytes[methodEnd] !== space) return 'not_http';
  let targetEnd = methodEnd + 1;
  while (targetEnd < lineEnd && bytes[targetEnd] !== space && isTextByte(bytes[targetEnd] ?? 0)) targetEnd++;
  if (targetEnd === methodEnd + 1 || bytes[targetEnd] !== space) return 'not_http';
  const version = { from: targetEnd + 1, to: lineEnd };
  const method = { from: span.from, to: methodEnd };
  if (spells(bytes, 'HTTP/2.0', version) && spells(bytes, 'PRI', method)) return 'h2';
  if (!readVersion(head, bytes, version)) return 'not_http';
  head.methodBytes = methodEnd - span.from;
  head.targetBytes = targetEnd - methodEnd - 1;
  head.isHeadMethod = spells(bytes, 'HEAD', method);
  head.isConnectMethod = spells(bytes, 'CONNECT', method);
  // A lenient server may take `head` for HEAD and answer without a body.
  if (!head.isHeadMethod && spellsLoosely(bytes, 'head', method)) return 'malformed';
  if (!head.isConnectMethod && spellsLoosely(bytes, 'connect', method)) return 'malformed';
  return readFields(head, bytes, { from: lineEnd + 2, to: span.to });
}

export function readAnswerHead(bytes: Uint8Array, span: Span): Head | BlindReason {
  const head = createHead(span.to - span.from);
  const lineEnd = bytes.indexOf(carriageReturn, span.from);
  const versionEnd = span.from + 8;
  if (lineEnd < versionEnd + 4 || !readVersion(head, bytes, { from: span.from, to: versionEnd })) return 'not_http';
  if (bytes[versionEnd] !== space) return 'not_http';
  for (let at = versionEnd + 1; at < versionEnd + 4; at++) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return 'not_http';
    head.status = head.status * 10 + digit;
  }
  // Many servers leave out the space in front of an empty reason.
  if (head.status < 100 || (lineEnd > versionEnd + 4 && bytes[versionEnd + 4] !== space)) return 'malformed';
  for (let at = versionEnd + 4; at < lineEnd; at++) {
    if (!isTextByte(bytes[at] ?? 0)) return 'malformed';
  }
  return readFields(head, bytes, { from: lineEnd + 2, to: span.to });
}

/** Whether this message is the last of its sender on the connection. */
export function isLast(head: Head): boolean {
  return head.saysClose || (head.isHttp10 && !head.saysKeepAlive);
}

function readFields(head: Head, bytes: Uint8Array, span: Span): Head | BlindReason {
  let at = span.from;
  while (bytes[at] !== carriageReturn) {
    const lineEnd = bytes.indexOf(carriageReturn, at);
    const reason = readField(head, bytes, { from: at, to: lineEnd });
    if (reason !== null) return reason;
    at = lineEnd + 2;
  }
  if (head.isChunked && head.contentLength >= 0) return 'framing_conflict';
  return head.isChunked && head.isHttp10 ? 'transfer_encoding' : head;
}

function readVersion(head: Head, bytes: Uint8Array, span: Span): boolean {
  head.isHttp10 = spells(bytes, 'HTTP/1.0', span);
  return head.isHttp10 || spells(bytes, 'HTTP/1.1', span);
}

export function createHead(bytes = 0): Head {
  return {
    status: 0,
    isHeadMethod: false,
    isConnectMethod: false,
    isHttp10: false,
    contentLength: -1,
    isChunked: false,
    saysClose: false,
    saysKeepAlive: false,
    expectsContinue: false,
    bytes,
    methodBytes: 0,
    targetBytes: 0,
  };
}
