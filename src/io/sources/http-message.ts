// Reads one whole HTTP/1.1 message from its bytes: start line, headers, body with the chunked framing taken off.
// The bytes come from a tap that framed them already, so anything that does not add up is refused, not repaired.
import { PenumbraError } from '../../errors.ts';
import type { AnswerMessage, Headers, RequestMessage } from '../../model.ts';

/** @throws PenumbraError EXCHANGE_INVALID */
export function readRequestMessage(bytes: Buffer): RequestMessage {
  const { startLine, headers, rest } = splitMessage(bytes);
  const match = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) (\S+) HTTP\/1\.[01]$/.exec(startLine);
  if (match === null) throw invalid('a request line must read "METHOD target HTTP/1.1"');
  const [, method = '', target = ''] = match;
  return { method, path: originForm(target), headers, body: bodyOf(headers, rest, { mayBeAbsent: false }) };
}

/** The final answer alone, without interim ones. @throws PenumbraError EXCHANGE_INVALID */
export function readAnswerMessage(bytes: Buffer): AnswerMessage {
  const { startLine, headers, rest } = splitMessage(bytes);
  const match = /^HTTP\/1\.[01] (\d{3})(?: .*)?$/.exec(startLine);
  if (match === null) throw invalid('a status line must read "HTTP/1.1 code reason"');
  // To HEAD, and with 304, an answer states the length of a body that it does not carry.
  return { status: Number(match[1]), headers, body: bodyOf(headers, rest, { mayBeAbsent: true }) };
}

function splitMessage(bytes: Buffer): { startLine: string; headers: Headers; rest: Buffer } {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd === -1) throw invalid('a message must have an empty line behind its headers');
  const [startLine = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n');
  return { startLine, headers: readHeaders(lines), rest: bytes.subarray(headEnd + 4) };
}

function readHeaders(lines: readonly string[]): Headers {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon < 1 || /\s/.test(line.slice(0, colon))) throw invalid('a header line must read "name: value"');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '');
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  // Own properties, whatever the names are: a header may be called __proto__.
  return Object.fromEntries(headers);
}

/** `http://host/path` as clients send it to proxies becomes `/path`; `*` stays. */
function originForm(target: string): string {
  const match = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*(.*)$/i.exec(target);
  if (match === null) return target;
  const path = match[1] ?? '';
  return path.startsWith('/') ? path : `/${path}`;
}

function bodyOf(headers: Headers, rest: Buffer, { mayBeAbsent }: { mayBeAbsent: boolean }): Buffer {
  const isAbsent = mayBeAbsent && rest.length === 0;
  if (headers['transfer-encoding'] !== undefined) return isAbsent ? rest : withoutChunks(rest);
  const stated = headers['content-length'];
  if (stated === undefined) {
    if (!mayBeAbsent && rest.length > 0) throw invalid('a request without content-length has no body');
    return rest;
  }
  // A repeated header is joined with ", "; every copy must say the same.
  const isExact = stated.split(', ').every((length) => /^\d+$/.test(length) && Number(length) === rest.length);
  if (!isExact && !isAbsent) throw invalid(`content-length says ${stated}, the body has ${rest.length} bytes`);
  return rest;
}

function withoutChunks(framed: Buffer): Buffer {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = framed.indexOf('\r\n', at);
    const match =
      lineEnd === -1 ? null : /^([0-9a-fA-F]{1,13})[ \t]*(?:;.*)?$/.exec(framed.toString('latin1', at, lineEnd));
    if (match === null) throw invalid('a chunk must begin with its size in hexadecimal');
    const size = Number.parseInt(match[1] ?? '', 16);
    at = lineEnd + 2;
    if (size === 0) break;
    const end = at + size;
    if (framed[end] !== 0x0d || framed[end + 1] !== 0x0a) throw invalid('a chunk must be as long as it says');
    parts.push(framed.subarray(at, end));
    at = end + 2;
  }
  if (!endsWithTrailers(framed, at)) throw invalid('a chunked body must end with an empty line');
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
}

/** Trailers are not kept; behind them nothing may follow. */
function endsWithTrailers(framed: Buffer, from: number): boolean {
  const end = framed.length - 2;
  if (end < from || framed.toString('latin1', end) !== '\r\n') return false;
  return end === from || (framed.indexOf('\r\n\r\n', from) === framed.length - 4 && end - 2 > from);
}

function invalid(message: string): PenumbraError {
  return new PenumbraError('EXCHANGE_INVALID', message);
}
