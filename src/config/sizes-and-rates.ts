// Sizes (`4MiB`) and rates (`50 per second`, `10MiB per second`), always with their unit; shares and durations are in core/units.
import { PenumbraError } from '../errors.ts';

const bytesOf: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
};
const secondsOf: Readonly<Record<string, number>> = { second: 1, minute: 60, hour: 3600 };

/** Bytes of a size such as 512KiB, 4MiB or 1GB. @throws PenumbraError without a number and a known unit. */
export function parseSize(text: string): number {
  const parts = /^(\d+(?:\.\d+)?)\s*([A-Za-z]+)$/.exec(text.trim());
  const unit = bytesOf[parts?.[2] ?? ''];
  if (!parts || unit === undefined) throw invalid('a size such as 512KiB, 4MiB or 1GB', text);
  return Math.round(Number(parts[1]) * unit);
}

/** Events per second of a rate such as `50 per second` or `600 per minute`. */
export function parseRate(text: string): number {
  const parts = /^(\d+(?:\.\d+)?)\s+per\s+(second|minute|hour)$/.exec(text.trim());
  const seconds = secondsOf[parts?.[2] ?? ''];
  if (!parts || seconds === undefined) throw invalid('a rate such as 50 per second', text);
  return Number(parts[1]) / seconds;
}

/** Bytes per second of `10MiB per second`. */
export function parseByteRate(text: string): number {
  const parts = /^(.+?)\s+per\s+(second|minute|hour)$/.exec(text.trim());
  const seconds = secondsOf[parts?.[2] ?? ''];
  if (!parts || seconds === undefined) throw invalid('bytes per time such as 10MiB per second', text);
  return Math.max(1, Math.round(parseSize(parts[1] ?? '') / seconds));
}

/** The largest unit that writes the number without loss, else bytes. */
export function formatSize(bytes: number): string {
  const whole = ['GiB', 'MiB', 'KiB'].find(
    (unit) => bytes >= (bytesOf[unit] ?? 1) && bytes % (bytesOf[unit] ?? 1) === 0,
  );
  return whole ? `${bytes / (bytesOf[whole] ?? 1)}${whole}` : `${bytes}B`;
}

/** About how large, for people: `390.6 GiB`. */
export function approximateSize(bytes: number): string {
  const unit = ['GiB', 'MiB', 'KiB'].find((name) => bytes >= (bytesOf[name] ?? 1)) ?? 'B';
  const amount = bytes / (bytesOf[unit] ?? 1);
  return `${Number.isInteger(amount) ? amount : amount.toFixed(1)} ${unit}`;
}

function invalid(allowed: string, text: string): PenumbraError {
  return new PenumbraError('CONFIG_INVALID', `requires ${allowed}, got "${text}"`);
}
