// True outcomes: how a reported value becomes a label, and who was right. Truths arrive long after the pair, so both sides are
// compared as the label texts that the store keeps.
import { PenumbraError } from '../../errors.ts';
import type { Decision } from '../../model.ts';

/**
 * The reported value as the text that the decision's labels have: binary "true"/"false" (true, 1, "true"; false, 0, "false"),
 * classes the index, label the text, regression the number. Throws OUTCOME_INVALID when the value does not fit the decision.
 *
 * @example truthLabel(late, 1) // 'true'
 */
export function truthLabel(decision: Decision, value: unknown): string {
  const label = labelOf[decision.kind](value);
  if (label !== null) return label;
  throw new PenumbraError(
    'OUTCOME_INVALID',
    `the true outcome of ${decision.name} requires ${allowed[decision.kind]}, not ${shown(value)}`,
  );
}

const allowed: Readonly<Record<Decision['kind'], string>> = {
  binary: 'true, false, 1, 0, "true" or "false"',
  classes: 'a class index from 0 up, as a number or text',
  label: 'a text, a whole number or a boolean',
  regression: 'a finite number',
};

const labelOf: Readonly<Record<Decision['kind'], (value: unknown) => string | null>> = {
  binary: (value) => {
    if (value === true || value === 1 || value === 'true') return 'true';
    return value === false || value === 0 || value === 'false' ? 'false' : null;
  },
  classes: (value) => {
    if (typeof value === 'string') return /^\d{1,9}$/.test(value) ? String(Number(value)) : null;
    return Number.isSafeInteger(value) && (value as number) >= 0 ? String(value) : null;
  },
  label: (value) => {
    if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
    return Number.isSafeInteger(value) ? String(value) : null;
  },
  regression: (value) => (typeof value === 'number' && Number.isFinite(value) ? String(value) : null),
};

function shown(value: unknown): string {
  return typeof value === 'string'
    ? JSON.stringify(value.slice(0, 80))
    : typeof value === 'object'
      ? 'an object'
      : String(value);
}

/** Labels match; a regression is right when it is within `material` of the declared scale. */
export function isRight(decision: Decision, label: string, truth: string): boolean {
  if (decision.kind !== 'regression') return label === truth;
  if (decision.scale === null) return label === truth;
  const [low, high] = decision.scale;
  return Math.abs(Number(label) - Number(truth)) <= decision.material * (high - low);
}

/** 1: production was right and the arm wrong; −1 the other way round; 0: both right or both wrong. */
export function compareWithTruth(
  decision: Decision,
  { production, arm, truth }: { production: string; arm: string; truth: string },
): -1 | 0 | 1 {
  const difference = Number(isRight(decision, production, truth)) - Number(isRight(decision, arm, truth));
  return difference as -1 | 0 | 1;
}
