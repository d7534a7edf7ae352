// `faults: [{delay: 300ms, jitter: 50ms, distribution: lognormal, atMost: 2s}]`: what may be said together, and how long requests are held in
// words: the median, the tail, and which part of them is past the arm's deadline.

import { percent } from '../core/judge/words.ts';
import {
  type LatencyOptions,
  lawOf,
  longestLatencyMs,
  shareBeyond,
  whyUndrawable,
} from '../core/latency-distribution.ts';
import { formatDuration } from '../core/units.ts';
import type { Arm, KindUse } from '../model.ts';
import { nameOf, type Spot } from './shape.ts';

/** Reports what contradicts itself; true when nothing does. */
export function checkDelay({ path, problems }: Spot, { type, options }: KindUse): boolean {
  if (type !== 'delay') return true;
  const latency = options as unknown as LatencyOptions;
  const { atMostMs, delayMs } = latency;
  const undrawable = whyUndrawable(latency);
  if (undrawable !== null) problems.at([...path, keyAbout(undrawable, latency)], `${nameOf(path)}: ${undrawable}`);
  const isCutAtMedian = atMostMs !== undefined && atMostMs < delayMs;
  if (isCutAtMedian)
    problems.at(
      [...path, 'atMost'],
      `${nameOf(path)}: atMost (${formatDuration(atMostMs)}) requires at least the delay (${formatDuration(delayMs)}), which is the median`,
    );
  return undrawable === null && !isCutAtMedian;
}

function keyAbout(why: string, { distribution }: LatencyOptions): string {
  return why.startsWith('jitter') || distribution === undefined ? 'jitter' : 'distribution';
}

/** @example "300ms at the median, one in six at least 350ms, none longer than 2s (lognormal)" */
export function heldText(options: KindUse['options']): string {
  const latency = options as unknown as LatencyOptions;
  const { delayMs, jitterMs } = latency;
  const law = lawOf(latency);
  const longestMs = longestLatencyMs(latency);
  if (law === 'constant') return formatDuration(Math.min(delayMs, longestMs));
  const median = `${formatDuration(delayMs)} at the median`;
  const tail = law === 'uniform' ? '' : `, one in six at least ${formatDuration(delayMs + jitterMs)}`;
  const end = Number.isFinite(longestMs) ? `none longer than ${formatDuration(longestMs)}` : 'without an end';
  return `${median}${tail}, ${end} (${law})`;
}

/** Which part of the delayed requests can only be timeouts, in words; null when next to none is. */
export function lateText(options: KindUse['options'], { deadlineMs }: Pick<Arm, 'deadlineMs'>): string | null {
  const beyond = shareBeyond(options as unknown as LatencyOptions, deadlineMs);
  if (beyond < leastWorthSaying) return null;
  return beyond >= 1 ? 'every delayed request' : `about ${percent(beyond)} of the delayed requests`;
}

const leastWorthSaying = 0.0005;
