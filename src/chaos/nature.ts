// How a version shows that something is wrong with its input: loud, bounded, silent, or nothing to show. One word per fault and feature.
import type { CellResult } from './suite-result.ts';

/**
 * idle: the fault changed no request. loud: it failed on, or marked, at least half of the requests that the fault changed, and is not
 * silently wrong. silent: proven to be silently wrong more often than its limit. bounded: proven to be so less often. unclear: neither.
 */
export type Nature = 'idle' | 'loud' | 'silent' | 'bounded' | 'unclear';

export const natureWords: Readonly<Record<Nature, string>> = {
  loud: 'it fails, or marks its answer as a fallback: somebody notices',
  bounded: 'proven to be silently wrong no more often than was expected',
  silent: 'proven to be silently wrong more often than was expected, and nobody notices',
  unclear: 'not proven either way with these requests',
  idle: 'the fault changed no request: the value was already so',
};

export function natureOf({
  acted,
  failed,
  marked,
  hypotheses,
}: Pick<CellResult, 'acted' | 'failed' | 'marked' | 'hypotheses'>): Nature {
  const about = hypotheses.filter(({ metric }) => metric === silentMetric);
  const verdicts = about.map(({ verdict }) => verdict);
  // Of a dependency it may not be known on which requests the fault acted: then all were counted.
  if (acted === 0 && about.every(({ n }) => n === 0)) return 'idle';
  if (verdicts.includes('VIOLATED') && about.some(({ relation }) => relation !== 'sensitive')) return 'silent';
  if (acted > 0 && 2 * (failed + marked) >= acted) return 'loud';
  return about.length > 0 && verdicts.every((verdict) => verdict === 'HOLDS') ? 'bounded' : 'unclear';
}

const silentMetric = 'silent-wrong';
