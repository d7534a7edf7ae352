// Reads a header block that lies whole in one chunk, in one pass over its bytes, without making objects. It takes only what
// the strict reader (head.ts) would take, and in doubt nothing: the strict reader then says what is wrong.
import type { Head } from './head.ts';
import { maxHeadBytes } from './head-collector.ts';
import { readKnownField } from './head-field.ts';
import { carriageReturn, colon, isTextByte, lineFeed, space, spells, spellsLoosely, tokenTable } from './octets.ts';

/** Fills `head` and returns the index behind the block, or −1: incomplete or in doubt. */
export function readQuickHead(
  head: Head,
  bytes: Uint8Array,
  { from, isRequest }: { from: number; isRequest: boolean },
): number {
  reset(head);
  const behindStart = isRequest ? readRequestLine(head, bytes, from) : readStatusLine(head, bytes, from);
  if (behindStart === -1) return -1;
  const behind = readFieldLines(head, bytes, behindStart);
  if (behind === -1 || behind - from > maxHeadBytes) return -1;
  if (head.isChunked && (head.contentLength >= 0 || head.isHttp10)) return -1;
  head.bytes = behind - from;
  return behind;
}

function reset(head: Head): void {
  head.status = 0;
  head.isHeadMethod = false;
  head.isConnectMethod = false;
  head.isHttp10 = false;
  head.contentLength = -1;
  head.isChunked = false;
  head.saysClose = false;
  head.saysKeepAlive = false;
  head.expectsContinue = false;
}

function readRequestLine(head: Head, bytes: Uint8Array, from: number): number {
  const end = bytes.length;
  let at = from;
  while (at < end && tokenTable[bytes[at] as number] === 1) at++;
  const methodEnd = at;
  if (methodEnd === from || bytes[at] !== space) return -1;
  at++;
  while (at < end && bytes[at] !== space && isTextByte(bytes[at] as number)) at++;
  if (at === methodEnd + 1 || bytes[at] !== space) return -1;
  head.methodBytes = methodEnd - from;
  head.targetBytes = at - methodEnd - 1;
  if (!readMethod(head, bytes, { from, to: methodEnd })) return -1;
  return isVersion(head, bytes, at + 1) ? lineBehind(bytes, at + 9) : -1;
}

function readMethod(head: Head, bytes: Uint8Array, method: { from: number; to: number }): boolean {
  const length = method.to - method.from;
  if (length === 4 && spellsLoosely(bytes, 'head', method)) {
    head.isHeadMethod = spells(bytes, 'HEAD', method);
    return head.isHeadMethod;
  }
  if (length === 7 && spellsLoosely(bytes, 'connect', method)) {
    head.isConnectMethod = spells(bytes, 'CONNECT', method);
    return head.isConnectMethod;
  }
  return true;
}

function readStatusLine(head: Head, bytes: Uint8Array, from: number): number {
  const end = bytes.length;
  if (from + 14 > end || !isVersion(head, bytes, from) || bytes[from + 8] !== space) return -1;
  let status = 0;
  for (let at = from + 9; at < from + 12; at++) {
    const digit = (bytes[at] as number) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    status = status * 10 + digit;
  }
  if (status < 100) return -1;
  head.status = status;
  const at = from + 12;
  if (bytes[at] !== space && bytes[at] !== carriageReturn) return -1;
  return lineBehind(bytes, behindText(bytes, at));
}

/** "HTTP/1.1" or "HTTP/1.0" at this place. */
function isVersion(head: Head, bytes: Uint8Array, at: number): boolean {
  if (at + 8 > bytes.length || !spells(bytes, 'HTTP/1.', { from: at, to: at + 7 })) return false;
  const minor = bytes[at + 7];
  head.isHttp10 = minor === 0x30;
  return head.isHttp10 || minor === 0x31;
}

/** Most bytes of a head are values; comparing them is quicker than looking them up. */
function behindText(bytes: Uint8Array, from: number): number {
  const end = bytes.length;
  let at = from;
  while (at < end && isTextByte(bytes[at] as number)) at++;
  return at;
}

function lineBehind(bytes: Uint8Array, at: number): number {
  return at + 1 < bytes.length && bytes[at] === carriageReturn && bytes[at + 1] === lineFeed ? at + 2 : -1;
}

function readFieldLines(head: Head, bytes: Uint8Array, from: number): number {
  const end = bytes.length;
  let line = from;
  while (line < end && bytes[line] !== carriageReturn) {
    let at = line;
    while (at < end && tokenTable[bytes[at] as number] === 1) at++;
    if (at === line || at === end || bytes[at] !== colon) return -1;
    const nameEnd = at;
    at = behindText(bytes, at + 1);
    const behind = lineBehind(bytes, at);
    if (behind === -1) return -1;
    if (mayMatter(nameEnd - line, bytes[line] as number)) {
      const name = { from: line, to: nameEnd };
      if (readKnownField(head, bytes, { name, rest: { from: nameEnd + 1, to: at } }) !== null) return -1;
    }
    line = behind;
  }
  return lineBehind(bytes, line);
}

/** Expect, Connection, Content-Length and Transfer-Encoding, by length and first letter. */
function mayMatter(nameBytes: number, first: number): boolean {
  const letter = first | 0x20;
  if (letter === 0x63) return nameBytes === 10 || nameBytes === 14;
  return (letter === 0x65 && nameBytes === 6) || (letter === 0x74 && nameBytes === 17);
}
