// Rates, times and numbers of requests as a plan says them: rounded, with their unit.
import { whole } from '../../core/judge/words.ts';

/** @example rateText(70) // "70 requests/s" */
export function rateText(perSecond: number): string {
  return `${Number(perSecond.toPrecision(3))} requests/s`;
}

/** A forecast of time, rounded up to what a person would say. @example about(38_200) // "39s" */
export function about(ms: number): string {
  if (ms < 1000) return `${Math.ceil(ms)}ms`;
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 120) return `${minutes}m`;
  const hours = minutes / 60;
  return hours < 48 ? `${hours.toFixed(1)}h` : `${(hours / 24).toFixed(1)}d`;
}

/** @example requestsText(1) // "1 request" */
export function requestsText(count: number): string {
  return `${whole(count)} ${count === 1 ? 'request' : 'requests'}`;
}
