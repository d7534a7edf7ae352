// Bodies that a logger handed on without the headers that say what they are: which of them are gzip, and where their JSON ends when
// tensors follow it as bytes (the binary tensor extension of the Open Inference Protocol v2).
import type { Headers } from '../../model.ts';

export const jsonLengthHeader = 'inference-header-content-length';

const brace = { open: 0x7b, close: 0x7d };
const bracket = { open: 0x5b, close: 0x5d };
const quote = 0x22;
const backslash = 0x5c;

/** Headers that the body itself shows; null when it begins as JSON and never ends. */
export function headersOfBody(body: Uint8Array): Headers | null {
  if (body[0] === 0x1f && body[1] === 0x8b) return { 'content-type': 'application/json', 'content-encoding': 'gzip' };
  if (!beginsAsObject(body)) return {};
  if (!mayHaveTail(body)) return { 'content-type': 'application/json' };
  const end = endOfJson(body);
  if (end === null) return null;
  return isSpace(body, end)
    ? { 'content-type': 'application/json' }
    : { 'content-type': 'application/octet-stream', [jsonLengthHeader]: String(end) };
}

/** Where the first JSON object or array of these bytes ends; null when it does not. O(n), and nothing is built. */
export function endOfJson(bytes: Uint8Array): number | null {
  let depth = 0;
  let isText = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (isText) {
      if (byte === backslash) at++;
      else if (byte === quote) isText = false;
    } else if (byte === quote) isText = true;
    else if (byte === brace.open || byte === bracket.open) depth += 1;
    else if (byte === brace.close || byte === bracket.close) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return null;
}

/** Most bodies are JSON alone: they end as it does and name no sizes, and need no scan. */
function mayHaveTail(body: Uint8Array): boolean {
  let last = body.length - 1;
  while (last > 0 && isSpaceByte(body[last])) last -= 1;
  if (body[last] !== brace.close) return true;
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).includes('"binary_data_size"');
}

function beginsAsObject(body: Uint8Array): boolean {
  const first = body.findIndex((byte) => !isSpaceByte(byte));
  return body[first] === brace.open;
}

function isSpace(body: Uint8Array, from: number): boolean {
  for (let at = from; at < body.length; at++) if (!isSpaceByte(body[at])) return false;
  return true;
}

function isSpaceByte(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}
