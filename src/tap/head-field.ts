// Reads one header line into the framing facts of its head. Only four names matter; the rest is checked for form alone,
// because a line that is not a header line to us may be one, or two, to somebody else.
import type { BlindReason } from './counters.ts';
import type { Head, Span } from './head.ts';
import { colon, comma, isBlank, isTextByte, isTokenByte, spellsLoosely } from './octets.ts';

/** More digits could pass 2^53, and somebody's 64 bits. */
const maxLengthDigits = 15;

/** `line` lies between two line ends. Returns why the line cannot be trusted, null when it can. */
export function readField(head: Head, bytes: Uint8Array, line: Span): BlindReason | null {
  if (isBlank(bytes[line.from] ?? 0)) return 'obs_fold';
  let nameEnd = line.from;
  while (isTokenByte(bytes[nameEnd] ?? 0)) nameEnd++;
  if (nameEnd === line.from || bytes[nameEnd] !== colon) return 'malformed';
  for (let at = nameEnd + 1; at < line.to; at++) {
    if (!isTextByte(bytes[at] ?? 0)) return 'malformed';
  }
  return readKnownField(head, bytes, {
    name: { from: line.from, to: nameEnd },
    rest: { from: nameEnd + 1, to: line.to },
  });
}

/** As `readField`, for a line whose form has been checked: its name, and the rest behind the colon. */
export function readKnownField(
  head: Head,
  bytes: Uint8Array,
  { name, rest }: { name: Span; rest: Span },
): BlindReason | null {
  const value = withoutBlanks(bytes, rest);
  // The length of the name decides first: nearly every other header is done here.
  switch (name.to - name.from) {
    case 6:
      // The only expectation there is; any other is the server's to refuse, with the same doubt about the body.
      if (spellsLoosely(bytes, 'expect', name)) head.expectsContinue = true;
      return null;
    case 10:
      if (spellsLoosely(bytes, 'connection', name)) readConnection(head, bytes, value);
      return null;
    case 14:
      return spellsLoosely(bytes, 'content-length', name) ? readContentLength(head, bytes, value) : null;
    case 17:
      return spellsLoosely(bytes, 'transfer-encoding', name) ? readTransferEncoding(head, bytes, value) : null;
    default:
      return null;
  }
}

function readContentLength(head: Head, bytes: Uint8Array, value: Span): BlindReason | null {
  const digits = value.to - value.from;
  if (digits === 0 || digits > maxLengthDigits) return 'content_length';
  let length = 0;
  for (let at = value.from; at < value.to; at++) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return 'content_length';
    length = length * 10 + digit;
  }
  if (head.contentLength >= 0 && head.contentLength !== length) return 'content_length';
  head.contentLength = length;
  return null;
}

function readTransferEncoding(head: Head, bytes: Uint8Array, value: Span): BlindReason | null {
  if (head.isChunked || !spellsLoosely(bytes, 'chunked', value)) return 'transfer_encoding';
  head.isChunked = true;
  return null;
}

function readConnection(head: Head, bytes: Uint8Array, value: Span): void {
  let from = value.from;
  while (from < value.to) {
    let to = from;
    while (to < value.to && bytes[to] !== comma) to++;
    const option = withoutBlanks(bytes, { from, to });
    if (spellsLoosely(bytes, 'close', option)) head.saysClose = true;
    if (spellsLoosely(bytes, 'keep-alive', option)) head.saysKeepAlive = true;
    from = to + 1;
  }
}

function withoutBlanks(bytes: Uint8Array, span: Span): Span {
  let { from, to } = span;
  while (from < to && isBlank(bytes[from] ?? 0)) from++;
  while (to > from && isBlank(bytes[to - 1] ?? 0)) to--;
  return { from, to };
}
