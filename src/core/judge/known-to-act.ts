// Arms of which it matters on which requests something was done to them: then silent-wrong counts only those. A perturbation's share is
// drawn for copies that would all be alike; a slow dependency or a struck process acts on some requests and leaves others alone.
import type { Arm } from '../../model.ts';

/** Faults of an arm's process, as they are called in a config. */
export const processFaultNames: readonly string[] = ['kill', 'oom', 'pause', 'coldStart'];

export function isKnownToAct({ faults }: Pick<Arm, 'faults'>): boolean {
  return faults.some(({ type }) => type === 'dependency' || processFaultNames.includes(type));
}
