// One hypothesis as a picture: its interval and estimate on a line, with the limit across it.
import type { Row } from './material.ts';

const size = { width: 260, height: 26 } as const;

/** Null where there is no interval to draw. */
export function intervalPicture({ estimate, interval, tolerance, isSensitive, state }: Row): string | null {
  if (estimate === null || interval === null) return null;
  const [low, high] = interval;
  const from = Math.min(0, low);
  const to = Math.max(high, tolerance, 1e-9) * 1.1;
  if (![from, to].every(Number.isFinite)) return null;
  const x = (value: number): string => ((size.width * (value - from)) / (to - from)).toFixed(1);
  const middle = size.height / 2;
  const allowed = isSensitive ? [tolerance, to] : [from, tolerance];
  const kind =
    state.startsWith('over') || state.startsWith('regressed') ? 'over' : state.startsWith('within') ? 'within' : 'open';
  return [
    `<svg viewBox="0 0 ${size.width} ${size.height}" width="${size.width}" height="${size.height}" role="img" aria-label="interval beside the limit">`,
    `<rect x="${x(allowed[0] as number)}" y="4" width="${(Number(x(allowed[1] as number)) - Number(x(allowed[0] as number))).toFixed(1)}" height="${size.height - 8}" class="allowed"/>`,
    `<line x1="${x(tolerance)}" x2="${x(tolerance)}" y1="1" y2="${size.height - 1}" class="limit"/>`,
    `<line x1="${x(low)}" x2="${x(high)}" y1="${middle}" y2="${middle}" class="range ${kind}"/>`,
    `<circle cx="${x(estimate)}" cy="${middle}" r="4.5" class="dot ${kind}"/></svg>`,
  ].join('');
}
