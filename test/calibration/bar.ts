// What a bar is: a claim about the engine with a number that must be met, and the simulation that measures it.
import { type Random, randomFor } from '../../src/core/random.ts';

export interface Setting {
  readonly seed: string;
  readonly short: boolean;
}

export interface Bar {
  readonly id: string;
  /** The stream and what is asked of it. */
  readonly says: string;
  readonly must: string;
  measure(setting: Setting): { readonly measured: string; readonly met: boolean };
}

/** One generator per run of a bar: bars and runs do not share draws. */
export function randomOf({ seed }: Setting, place: string): Random {
  return randomFor(seed, place, 'calibration');
}

/** The largest share of runs with a false alarm that three standard errors around alpha still allow. */
export function mostFalse(alpha: number, runs: number): number {
  return alpha + 3 * Math.sqrt((alpha * (1 - alpha)) / runs);
}
