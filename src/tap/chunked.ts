// Follows a chunked body (RFC 9112 §7.1) byte by byte to its end, chunk extensions and trailers included.
// Strict: a line end that is not CR LF, a size that is not plain hexadecimal or a folded trailer ends it as bad.
import { carriageReturn, colon, isBlank, isTextByte, isTokenByte, lineFeed, semicolon } from './octets.ts';

/** 16^13 is below 2^53. */
const maxSizeDigits = 13;
const maxTrailerBytes = 65536;

type Phase =
  | 'size'
  | 'blank'
  | 'extension'
  | 'size-end'
  | 'data'
  | 'data-return'
  | 'data-end'
  | 'trailer'
  | 'trailer-name'
  | 'trailer-value'
  | 'trailer-end'
  | 'last-end'
  | 'done'
  | 'bad';

export interface ChunkedBody {
  phase: Phase;
  /** Bytes of the present chunk still to come. */
  left: number;
  sizeDigits: number;
  trailerBytes: number;
}

export function createChunkedBody(): ChunkedBody {
  return { phase: 'size', left: 0, sizeDigits: 0, trailerBytes: 0 };
}

/** Reads on from `at`; returns the index behind what belongs to the body. Look at `phase` for `done` and `bad`. */
export function readChunked(body: ChunkedBody, bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && body.phase !== 'done' && body.phase !== 'bad') {
    if (body.phase === 'data') {
      const step = Math.min(body.left, bytes.length - at);
      body.left -= step;
      at += step;
      if (body.left === 0) body.phase = 'data-return';
    } else {
      body.phase = next(body, bytes[at] ?? 0);
      at++;
    }
  }
  return at;
}

function next(body: ChunkedBody, byte: number): Phase {
  switch (body.phase) {
    case 'size':
      return nextInSize(body, byte);
    case 'blank':
      return isBlank(byte) ? 'blank' : byte === semicolon ? 'extension' : 'bad';
    case 'extension':
      return byte === carriageReturn ? 'size-end' : isTextByte(byte) ? 'extension' : 'bad';
    case 'size-end':
      if (byte !== lineFeed) return 'bad';
      return body.left === 0 ? 'trailer' : 'data';
    case 'data-return':
      return byte === carriageReturn ? 'data-end' : 'bad';
    case 'data-end':
      body.sizeDigits = 0;
      return byte === lineFeed ? 'size' : 'bad';
    default:
      return nextInTrailer(body, byte);
  }
}

function nextInSize(body: ChunkedBody, byte: number): Phase {
  const digit = hexDigit(byte);
  if (digit >= 0) {
    body.left = body.left * 16 + digit;
    body.sizeDigits++;
    return body.sizeDigits > maxSizeDigits ? 'bad' : 'size';
  }
  if (body.sizeDigits === 0) return 'bad';
  if (byte === carriageReturn) return 'size-end';
  if (byte === semicolon) return 'extension';
  return isBlank(byte) ? 'blank' : 'bad';
}

function nextInTrailer(body: ChunkedBody, byte: number): Phase {
  body.trailerBytes++;
  if (body.trailerBytes > maxTrailerBytes) return 'bad';
  switch (body.phase) {
    case 'trailer':
      return byte === carriageReturn ? 'last-end' : isTokenByte(byte) ? 'trailer-name' : 'bad';
    case 'trailer-name':
      return byte === colon ? 'trailer-value' : isTokenByte(byte) ? 'trailer-name' : 'bad';
    case 'trailer-value':
      return byte === carriageReturn ? 'trailer-end' : isTextByte(byte) ? 'trailer-value' : 'bad';
    case 'trailer-end':
      return byte === lineFeed ? 'trailer' : 'bad';
    case 'last-end':
      return byte === lineFeed ? 'done' : 'bad';
    default:
      return 'bad';
  }
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
