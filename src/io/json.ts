// JSON as inference services really write it: integers beyond 2^53 stay exact (as bigint), and the tokens NaN, Infinity
// and -Infinity are read and written. Size and depth are limited before anything is built. Ordinary text takes JSON.parse.
import { PenumbraError } from '../errors.ts';
import { readTolerantJson } from './json-reader.ts';
import { isPlainAtSight, scanJson } from './json-scan.ts';

export interface JsonLimits {
  readonly maxDepth?: number;
  readonly maxBytes?: number;
}

export const defaultMaxJsonBytes = 4 * 1024 * 1024;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The value of a JSON text. Of duplicate keys the last wins; a `__proto__` key is an ordinary own member.
 * @throws PenumbraError JSON_INVALID, with the place
 */
export function parseJson(source: Uint8Array | string, limits: JsonLimits = {}): unknown {
  const { maxDepth = 64, maxBytes = defaultMaxJsonBytes } = limits;
  const size = typeof source === 'string' ? Buffer.byteLength(source) : source.byteLength;
  if (size > maxBytes) throw new PenumbraError('JSON_INVALID', `JSON requires at most ${maxBytes} bytes, not ${size}`);
  const text = typeof source === 'string' ? source : decodeUtf8(source);
  if (isPlainAtSight(text, maxDepth) || scanJson(text, maxDepth).isPlain) {
    try {
      return JSON.parse(text);
    } catch {
      // The tolerant reader below says what is wrong and where; JSON.parse often does not.
    }
  }
  return readTolerantJson(text);
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new PenumbraError('JSON_INVALID', 'JSON requires valid UTF-8');
  }
}

/** JSON text of plain data; the inverse of `parseJson`. `undefined` members are left out, −0 keeps its sign. */
export function stringifyJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'bigint':
    case 'boolean':
      return String(value);
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? `[${value.map(stringifyItem).join(',')}]` : stringifyMembers(value);
    default:
      return 'null';
  }
}

function stringifyItem(item: unknown): string {
  return stringifyJson(item);
}

function stringifyMembers(value: object): string {
  const members: string[] = [];
  for (const [key, member] of Object.entries(value)) {
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${stringifyJson(member)}`);
  }
  return `{${members.join(',')}}`;
}
