// True outcomes: how a reported value becomes a label, and who was right. Truths arrive long after the pair, so both sides are
// compared as the label texts that the store keeps.
import { PenumbraError } from '../../errors.ts';
import type { Decision, PredictionKind } from '../../model.ts';
import { labelOfText, normalText } from '../decide/normal-text.ts';

/**
 * The reported value as the text that the decision's labels have: binary "true"/"false" (true, 1, "true"; false, 0, "false"),
 * classes the index, label the text, regression the number, ranking the id of the right first item, text the right text (read
 * as answers are). A vector has no truth. Throws OUTCOME_INVALID when the value does not fit the decision.
 *
 * @example truthLabel(late, 1) // 'true'
 */
export function truthLabel(decision: Decision, value: unknown): string {
  const { name, kind } = decision;
  if (kind === 'vector')
    throw new PenumbraError('OUTCOME_INVALID', `${name} is a vector: it has no true outcome to compare with`);
  const label = labelOf[kind](value);
  if (label !== null) return label;
  throw new PenumbraError(
    'OUTCOME_INVALID',
    `the true outcome of ${name} requires ${allowed[kind]}, not ${shown(value)}`,
  );
}

type KindWithTruth = Exclude<PredictionKind, 'vector'>;

const allowed: Readonly<Record<KindWithTruth, string>> = {
  binary: 'true, false, 1, 0, "true" or "false"',
  classes: 'a class index from 0 up, as a number or text',
  label: 'a text, a whole number or a boolean',
  regression: 'a finite number',
  ranking: 'the id of an item, as text or a whole number',
  text: 'a text',
};

const labelOf: Readonly<Record<KindWithTruth, (value: unknown) => string | null>> = {
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
  ranking: (value) => {
    if (typeof value === 'string') return value === '' ? null : value;
    return typeof value === 'bigint' || Number.isSafeInteger(value) ? String(value) : null;
  },
  text: (value) => (typeof value === 'string' ? labelOfText(normalText(value)) : null),
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
  const { kind, scale, material } = decision;
  if (kind !== 'regression' || scale === null || material === null) return label === truth;
  const [low, high] = scale;
  return Math.abs(Number(label) - Number(truth)) <= material * (high - low);
}

/** 1: production was right and the arm wrong; −1 the other way round; 0: both right or both wrong. */
export function compareWithTruth(
  decision: Decision,
  { production, arm, truth }: { production: string; arm: string; truth: string },
): -1 | 0 | 1 {
  const difference = Number(isRight(decision, production, truth)) - Number(isRight(decision, arm, truth));
  return difference as -1 | 0 | 1;
}
