// What a figure beside the bars is: the same question asked of the flight models' real answers. Printed, never barred: data sets
// and models differ, and a bar must be a statement that anyone can run again.
import type { Random } from '../../src/core/random.ts';
import type { Answers } from './answers.ts';
import { randomOf, type Setting } from './bar.ts';
import { summaryOf } from './first-verdict.ts';

export interface Asking {
  readonly setting: Setting;
  readonly answers: Answers;
}

export interface Beside {
  /** The bar it stands beside. */
  readonly id: string;
  readonly says: string;
  measure(asking: Asking): string;
}

/** A bar whose question answers cannot tell anything about. */
export function notFromAnswers(id: string, why: string): Beside {
  return { id, says: 'not from answers', measure: () => why };
}

/** Generators of the runs of one figure; none shares draws with a bar. */
export function runsOf(
  { setting }: Asking,
  { place, short, full }: { place: string; short: number; full: number },
): Random[] {
  return Array.from({ length: setting.short ? short : full }, (_, run) => randomOf(setting, `answers ${place} ${run}`));
}

/** "median / 95th percentile", and how many runs had no verdict when they were given up. */
export function waitWords(waits: readonly number[]): string {
  const { median, p95 } = summaryOf(waits);
  const open = waits.filter((wait) => wait === Number.POSITIVE_INFINITY).length;
  const shown = (wait: number): string => (wait === Number.POSITIVE_INFINITY ? 'none' : String(wait));
  return `${shown(median)} / ${shown(p95)}${open === 0 ? '' : ` (${open} of ${waits.length} runs undecided)`}`;
}

/** A share as per cent, two digits after the point. */
export const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
