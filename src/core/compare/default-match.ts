// default-match: the arm answers what it answers when it knows nothing: a score, value, class or label that is declared, or learned by
// asking the arm itself about an input of defaults alone. n = comparable pairs that the arm answered ok.
import { type Static, Type } from 'typebox';
import type { Decision, Prediction, PredictionKind } from '../../model.ts';
import type { Kind } from '../kind.ts';
import { createMetric, type Metric, predictionsOf } from './metric.ts';
import { truthLabel } from './truth.ts';

const options = Type.Object(
  {
    value: Type.Optional(
      Type.Union([Type.Number(), Type.String({ minLength: 1 }), Type.Boolean()], {
        description:
          'the answer to nothing known: a score, a value, a class index or a label; without it the arm is asked once, with every declared input at its default',
        examples: [0.5],
      }),
    ),
  },
  { additionalProperties: false },
);

type Value = NonNullable<Static<typeof options>['value']>;

export const defaultMatch: Kind<typeof options, Metric> = {
  name: 'default-match',
  summary: 'The arm’s answer is the one that it gives when it knows nothing.',
  options,
  create: ({ value }: Static<typeof options>) =>
    createMetric({
      name: 'default-match',
      words: 'default-match rate',
      needsDecision: true,
      kinds: ['binary', 'classes', 'label', 'regression', 'text'],
      ...(value === undefined ? { learn: learned } : {}),
      whyUnfit: (decision) => (value === undefined ? null : whyUnfit(value, decision)),
      happened(outcome, pair, decision) {
        const both = predictionsOf(outcome, pair, decision);
        return both === null || decision === null || value === undefined
          ? null
          : matches(both.shadow, { decision, value });
      },
    }),
};

/** The answer to nothing known, as `value` would say it; null when it cannot be read. */
export function learned({ kind, label, scores, value }: Prediction): { readonly value: number | string } | null {
  const said = kind === 'binary' ? scores[0] : kind === 'regression' ? value : label;
  const isSaid = typeof said === 'string' ? said !== '' : Number.isFinite(said);
  return isSaid && said !== null && said !== undefined ? { value: said } : null;
}

/** Null when the value is none of this decision. */
export function matches(
  prediction: Prediction,
  { decision, value }: { readonly decision: Decision; readonly value: Value },
): boolean | null {
  if (isNumeric(decision)) return typeof value === 'number' ? isNear(numberOf(prediction), value) : null;
  const label = labelFor(value, decision);
  return label === null ? null : prediction.label === label;
}

function isNumeric({ kind }: Decision): boolean {
  return kind === 'binary' || kind === 'regression';
}

function numberOf({ kind, scores, value }: Prediction): number {
  return (kind === 'binary' ? scores[0] : value) ?? Number.NaN;
}

/** Equal to about six digits, so that single precision is; 0 is only 0. */
function isNear(number: number, value: number): boolean {
  return Math.abs(number - value) <= 1e-6 * Math.abs(value);
}

/** The label as answers have it; null when the value is none of this decision. */
function labelFor(value: Value, decision: Decision): string | null {
  try {
    return truthLabel(decision, value);
  } catch {
    return null;
  }
}

const required: Readonly<Partial<Record<PredictionKind, string>>> = {
  binary: 'a score, as a number',
  regression: 'a number',
  classes: 'a class index from 0 up',
  label: 'a label: a text, a whole number or a boolean',
  text: 'a text',
};

function whyUnfit(value: Value, decision: Decision): { option: string; why: string } | null {
  const isFit = isNumeric(decision) ? typeof value === 'number' : labelFor(value, decision) !== null;
  if (isFit) return null;
  const { name, kind } = decision;
  return { option: 'value', why: `requires ${required[kind]} for ${name}, which is of kind ${kind}` };
}
