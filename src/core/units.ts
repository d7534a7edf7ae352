// Durations and shares as people write them: "800ms", "2s", "30%". A number without its unit is refused,
// because nobody can tell later whether 30 meant seconds, minutes or per cent.
import { PenumbraError } from '../errors.ts';

const msPerUnit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
type Unit = keyof typeof msPerUnit;

const durationForm = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/;
const shareForm = /^(\d+(?:\.\d+)?)\s*%$/;

/** Largest duration that a timer can still wait for: 2^31 − 1 milliseconds, a little under 25 days. */
export const maxDurationMs = 2_147_483_647;

/**
 * Milliseconds of a written duration.
 * @throws PenumbraError USAGE
 * @example parseDurationMs('1.5s') // 1500
 */
export function parseDurationMs(text: string): number {
  const found = durationForm.exec(text.trim());
  if (!found)
    throw new PenumbraError(
      'USAGE',
      `a duration requires a number with a unit (ms, s, m, h, d) such as 800ms or 2s, not "${text}"`,
    );
  // Shifting the decimal point of the text keeps 134085.183s exact; a product would not.
  const ms = found[2] === 's' ? Number(`${found[1]}e3`) : Number(found[1]) * msPerUnit[found[2] as Unit];
  if (ms > maxDurationMs) throw new PenumbraError('USAGE', `a duration requires at most 24d, not "${text}"`);
  return ms;
}

/**
 * The fraction of 1 of a written share.
 * @throws PenumbraError USAGE
 * @example parseShare('30%') // 0.3
 */
export function parseShare(text: string): number {
  const found = shareForm.exec(text.trim());
  if (!found) throw new PenumbraError('USAGE', `a share requires a number with % such as 30% or 0.1%, not "${text}"`);
  const share = Number(`${found[1]}e-2`);
  if (share > 1) throw new PenumbraError('USAGE', `a share requires 0% to 100%, not "${text}"`);
  return share;
}

/**
 * The shortest way to write a duration that `parseDurationMs` reads back as the same number.
 * @example formatDuration(90000) // '90s'
 */
export function formatDuration(durationMs: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    if (durationMs >= msPerUnit[unit] && durationMs % msPerUnit[unit] === 0)
      return `${durationMs / msPerUnit[unit]}${unit}`;
  }
  return durationMs > 1000 && Number.isInteger(durationMs) ? `${durationMs / 1000}s` : `${durationMs}ms`;
}

/**
 * A fraction of 1 as a share in per cent, to twelve significant digits.
 * @example formatShare(0.001) // '0.1%'
 */
export function formatShare(share: number): string {
  return `${Number((share * 100).toPrecision(12))}%`;
}
