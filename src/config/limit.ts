// The limit of an expectation, as people say it: "at most 5%", "no more than control + 0.5%", "at least 2%", "practically none".
import { invariantTolerance } from '../core/judge/relation.ts';
import { parseShare } from '../core/units.ts';
import type { Hypothesis, Relation } from '../model.ts';

export interface Limit {
  readonly relation: Exclude<Relation, 'loud'>;
  readonly against: Hypothesis['against'];
  /** A fraction in (0, 1). */
  readonly tolerance: number;
}

const limitForms = '"at most 5%", "no more than control + 0.5%", "at least 2%" or "practically none"';

/** The limit, or the reason why it is none. */
export function parseLimit(written: string): Limit | { readonly refused: string } {
  const text = written.trim().replaceAll(/\s+/g, ' ');
  if (text === 'practically none') return { relation: 'invariant', against: 'limit', tolerance: invariantTolerance };
  const parts = /^(at most|at least|no more than control \+) ?(\d.*)$/.exec(text);
  const tolerance = parts ? toleranceOf(parts[2] ?? '') : null;
  if (!parts || tolerance === null) return { refused: `requires ${limitForms}` };
  if (tolerance === 0) {
    return {
      refused:
        'cannot be 0%: no number of requests proves that something never happens; say "practically none" (0.1%) or the largest share you accept',
    };
  }
  const isControl = parts[1] === 'no more than control +';
  if (tolerance >= 1) {
    const why = isControl
      ? 'a limit beyond the control is below 100%'
      : 'every outcome would be within it, so nothing would be tested';
    return { refused: `cannot be 100%: ${why}` };
  }
  if (parts[1] === 'at least') return { relation: 'sensitive', against: 'limit', tolerance };
  return { relation: 'bounded', against: isControl ? 'control' : 'limit', tolerance };
}

function toleranceOf(text: string): number | null {
  try {
    return parseShare(text);
  } catch {
    return null;
  }
}
