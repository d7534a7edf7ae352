// The segment of one value: declared, a stretch of numbers, or `other` for what is unknown. Total: odd values are `other`.
import type { Segmentation } from '../../model.ts';

/** Where everything belongs that is unknown, rare or beyond the cap. */
export const otherSegment = 'other';

/** Longer texts are no names of groups. */
const maxLength = 64;

/**
 * The segment that a raw value belongs to. Texts, booleans and whole numbers are their own names; with `edges`, numbers (also as text)
 * fall into "below 60", "60 to 180", "180 and above".
 *
 * @example segmentOf({ ...byDelay, edges: [60, 180] }, 75) // '60 to 180'
 */
export function segmentOf({ values, edges }: Segmentation, raw: unknown): string {
  if (edges !== null) return stretchOf(edges, raw);
  const name = nameOf(raw);
  if (name === null || name.length === 0 || name.length > maxLength) return otherSegment;
  return values === null || values.includes(name) ? name : otherSegment;
}

/** The segments that are known before any request; null where they appear with the requests. `other` is not listed. */
export function declaredSegments({ values, edges }: Segmentation): readonly string[] | null {
  if (edges === null) return values;
  return [edges[0] as number, ...edges].map((_, index) => stretchName(edges, index));
}

function nameOf(raw: unknown): string | null {
  if (typeof raw === 'string') return raw.trim();
  if (typeof raw === 'number') return Number.isFinite(raw) ? String(raw) : null;
  return typeof raw === 'boolean' || typeof raw === 'bigint' ? String(raw) : null;
}

function stretchOf(edges: readonly number[], raw: unknown): string {
  const isEmpty = typeof raw === 'string' && raw.trim() === '';
  const isNumeric = typeof raw === 'number' || typeof raw === 'bigint' || typeof raw === 'string';
  const number = isNumeric && !isEmpty ? Number(raw) : Number.NaN;
  if (Number.isNaN(number)) return otherSegment;
  return stretchName(edges, edges.filter((edge) => number >= edge).length);
}

/** Name of the stretch after `index` edges. */
function stretchName(edges: readonly number[], index: number): string {
  if (index === 0) return `below ${edges[0]}`;
  return index === edges.length ? `${edges.at(-1)} and above` : `${edges[index - 1]} to ${edges[index]}`;
}
