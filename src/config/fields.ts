// The leaves of the config: text that reads as a number with a unit, an address or a name. The schema says which reader
// applies (`reads`), so that one table holds every "requires …" and the effective value is always a plain number or text.
import { Type } from 'typebox';
import { parseDurationMs, parseShare } from '../core/units.ts';
import { parseByteRate, parseRate, parseSize } from './sizes-and-rates.ts';

export type Reading = keyof typeof readers;

interface Reader {
  /** Ends the sentence "x requires …". */
  readonly allowed: string;
  /** Throws, or answers undefined, for text that is not one. */
  read(text: string): unknown;
}

export const readers = {
  duration: {
    allowed: 'a duration with its unit, such as 250ms, 10s, 30m or 24h (more than 0, at most 24d)',
    read: (text) => parseDurationMs(text) || undefined,
  },
  share: { allowed: 'a share such as 30% (more than 0%, at most 100%)', read: (text) => within(parseShare(text)) },
  size: { allowed: 'a size with its unit, such as 512KiB, 4MiB or 1GB', read: parseSize },
  rate: { allowed: 'a rate such as 50 per second', read: parseRate },
  byteRate: { allowed: 'bytes per time such as 10MiB per second', read: parseByteRate },
  url: { allowed: 'an http:// or https:// address without user or password', read: readUrl },
  listen: { allowed: 'host:port, such as 127.0.0.1:9090', read: readListen },
  scale: { allowed: 'a scale from low to high, such as 0..300', read: readScale },
} satisfies Readonly<Record<string, Reader>>;

interface LeafOptions {
  readonly default?: string;
}

export const duration = (description: string, options: LeafOptions = {}) =>
  leaf<number>('duration', description, options);
export const share = (description: string, options: LeafOptions = {}) => leaf<number>('share', description, options);
export const size = (description: string, options: LeafOptions = {}) => leaf<number>('size', description, options);
export const rate = (description: string, options: LeafOptions = {}) => leaf<number>('rate', description, options);
export const byteRate = (description: string, options: LeafOptions = {}) =>
  leaf<number>('byteRate', description, options);
export const url = (description: string) => leaf<string>('url', description, {});
export const listen = (description: string, options: LeafOptions = {}) => leaf<string>('listen', description, options);
export const scale = (description: string) => leaf<readonly [number, number]>('scale', description, {});
export const text = (description: string, options: LeafOptions = {}) =>
  Type.String({ description, minLength: 1, ...options });
export const whole = (description: string, options: { minimum: number; default?: number }) =>
  Type.Integer({ description, maximum: 1e12, ...options });

function leaf<Value>(reads: Reading, description: string, options: LeafOptions) {
  return Type.Unsafe<Value>({ type: 'string', reads, description, ...options });
}

function within(value: number): number | undefined {
  return value > 0 && value <= 1 ? value : undefined;
}

/** The address as written, without a trailing slash, so that paths can be appended. */
function readUrl(written: string): string | undefined {
  if (!URL.canParse(written)) return undefined;
  const { protocol, username, password, hash } = new URL(written);
  if ((protocol !== 'http:' && protocol !== 'https:') || username || password || hash) return undefined;
  return written.replace(/\/+$/, '');
}

function readListen(written: string): string | undefined {
  const port = Number(/^(?:[\w.-]+|\[[0-9a-fA-F:]+\]):(\d{1,5})$/.exec(written)?.[1] ?? Number.NaN);
  return port <= 65535 ? written : undefined;
}

function readScale(written: string): readonly [number, number] | undefined {
  const parts = /^(-?\d+(?:\.\d+)?)\s*\.\.\s*(-?\d+(?:\.\d+)?)$/.exec(written.trim());
  const [low, high] = [Number(parts?.[1] ?? Number.NaN), Number(parts?.[2] ?? Number.NaN)];
  return low < high ? [low, high] : undefined;
}
