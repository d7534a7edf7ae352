// The limit of an expectation, as people say it: "at most 5%", "no more than control + 0.5%", "at least 2%", "practically none"; for a
// metric that is a number and no share "at most 0.2".
import type { LimitForm } from '../core/compare/index.ts';
import { holdsAlpha } from '../core/judge/error-budget.ts';
import { invariantTolerance } from '../core/judge/relation.ts';
import { whole } from '../core/judge/words.ts';
import { parseShare } from '../core/units.ts';
import type { Hypothesis, Relation } from '../model.ts';

export interface Limit {
  readonly relation: Exclude<Relation, 'loud'>;
  readonly against: Hypothesis['against'];
  /** A fraction in (0, 1). */
  readonly tolerance: number;
}

const limitForms = '"at most 5%", "no more than control + 0.5%", "at least 2%" or "practically none"';

const numberForm = '"at most 0.2": a plain number above 0 and below 1, not a share';

/** Nearer than this to 0 or to 1 no run sees the requests that would decide a limit. */
const smallestLimit = 1e-6;

/** The limit, or the reason why it is none. */
export function parseLimit(
  written: string,
  { isPlainNumber = false }: { readonly isPlainNumber?: boolean } = {},
): Limit | { readonly refused: string } {
  const text = written.trim().replaceAll(/\s+/g, ' ');
  if (text === 'practically none') return { relation: 'invariant', against: 'limit', tolerance: invariantTolerance };
  const parts = /^(at most|at least|no more than control \+) ?(\d.*)$/.exec(text);
  const tolerance = parts ? (isPlainNumber ? numberOf : shareOf)(parts[2] ?? '') : null;
  if (!parts || tolerance === null) return { refused: `requires ${isPlainNumber ? numberForm : limitForms}` };
  if (isPlainNumber && !(tolerance >= smallestLimit && tolerance < 1)) return { refused: whyNoNumber(tolerance) };
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
  if (tolerance < smallestLimit || tolerance > 1 - smallestLimit) return { refused: whyUndecidable(tolerance) };
  if (parts[1] === 'at least') return { relation: 'sensitive', against: 'limit', tolerance };
  return { relation: 'bounded', against: isControl ? 'control' : 'limit', tolerance };
}

/** How a config says the limit. */
export function formOf({ relation, against }: Limit): LimitForm {
  if (relation === 'invariant') return 'practically none';
  if (relation === 'sensitive') return 'at least';
  return against === 'control' ? 'control' : 'at most';
}

function whyNoNumber(limit: number): string {
  if (limit > 0 && limit < smallestLimit) {
    return `cannot be below 0.000001: even scores that never differ would need hundreds of thousands of requests to show it`;
  }
  return limit === 0
    ? 'cannot be 0: no number of requests proves that two distributions are the same; say the largest you accept'
    : `cannot be ${limit}: a limit is below 1, and from 0.25 on a shift is called large`;
}

/** Requests that leave a chance of one in a hundred that a rate at the limit was missed: ln 100 / −ln(1 − limit). */
function whyUndecidable(limit: number): string {
  const isLow = limit < 0.5;
  const needed = Math.log(1 / holdsAlpha) / -Math.log1p(-(isLow ? limit : 1 - limit));
  const requests = whole(Math.floor(Math.min(needed, 1e15)));
  return isLow
    ? `cannot be below 0.0001%: it would need more than ${requests} requests without one case`
    : `cannot be above 99.9999%: it would need more than ${requests} requests without one exception`;
}

function numberOf(text: string): number | null {
  return /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : null;
}

function shareOf(text: string): number | null {
  try {
    return parseShare(text);
  } catch {
    return null;
  }
}
