// drift: the feature's mean, its scale or its mix of categories moves as time goes by, as the world or an upstream does.
// Time is the request's own arrival, so a replay at another hour drifts in the same way.
import { Type } from 'typebox';
import { PenumbraError } from '../../errors.ts';
import type { Datatype, TensorValue } from '../../model.ts';
import type { Kind } from '../kind.ts';
import type { Random } from '../random.ts';
import { type DriftShape, progressOf, shareOf } from './drift-shape.ts';
import { fitNumber, isFiniteNumber, plus, times } from './fit-number.ts';
import { parseInstant } from './instant.ts';
import { commonOptions, type Perturbation, type PerturbationContext, refusesAllButNumbers } from './perturbation.ts';
import { mapFeatures } from './places.ts';

const options = Type.Object(
  {
    ...commonOptions,
    shift: Type.Optional(Type.Number({ description: 'moves the mean: what is added in the end' })),
    scale: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, description: 'moves the scale: what the value is multiplied by in the end' }),
    ),
    category: Type.Optional(Type.String({ minLength: 1, description: 'moves the mix: the category that takes over' })),
    mix: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 1,
        description: 'the share of values it takes over in the end, 100% by default',
      }),
    ),
    shape: Type.Union([Type.Literal('step'), Type.Literal('ramp'), Type.Literal('sine')], {
      default: 'ramp',
      description:
        'step: all at once after `over`; ramp: evenly until `over`, then it stays; sine: to and fro with the period `over`',
    }),
    overMs: Type.Number({ minimum: 1, description: 'how long it takes' }),
    start: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'when it starts, such as 2026-03-01T09:00:00Z; by default with the first request of the arm',
      }),
    ),
  },
  { additionalProperties: false },
);

type Change = (value: TensorValue, place: { ms: number; datatype: Datatype; random: Random }) => TensorValue;

const first = 'first request';

export const drift: Kind<typeof options, Perturbation> = {
  name: 'drift',
  summary: 'Moves the mean, the scale or the mix of categories over time: in a step, a ramp or a sine.',
  options,
  create({ shift, scale, category, mix, shape = 'ramp', overMs, start }) {
    if ([shift, scale, category].filter((goal) => goal !== undefined).length !== 1) {
      throw new PenumbraError('CONFIG_INVALID', 'drift requires one of shift, scale and category');
    }
    if (mix !== undefined && category === undefined) {
      throw new PenumbraError('CONFIG_INVALID', 'drift takes mix with category only');
    }
    const startAt = start === undefined ? null : parseInstant(start);
    const course = { shape, overMs };
    const change =
      category === undefined ? numberChange({ shift, scale, course }) : mixChange({ category, mix, course });
    return {
      name: 'drift',
      breaksShape: false,
      refuses: (feature) =>
        category === undefined
          ? refusesAllButNumbers('drift in mean or scale', feature)
          : feature.type === 'string'
            ? null
            : `a mix is of texts, and it is a ${feature.type}`,
      apply(request, { features, random, memory, arrivedAt }) {
        const ms = arrivedAt - (startAt ?? memory.of(first)[0]?.at ?? arrivedAt);
        return mapFeatures(request, {
          features,
          change: (value, { datatype }) => change(value, { ms, datatype, random }),
        });
      },
      ...(startAt === null ? { remember: rememberFirst } : {}),
    };
  },
};

function rememberFirst(_request: unknown, { memory, arrivedAt }: PerturbationContext): void {
  if (memory.of(first).length === 0) memory.add(first, { at: arrivedAt, cells: [] }, { depth: 1 });
}

interface Course {
  readonly shape: DriftShape;
  readonly overMs: number;
}

/** A scale moves evenly in its logarithm, so that a sine goes as far down as up. */
function numberChange({
  shift,
  scale = 1,
  course,
}: {
  shift?: number | undefined;
  scale?: number | undefined;
  course: Course;
}): Change {
  return (value, { ms, datatype }) => {
    const progress = progressOf(ms, course);
    if (!isFiniteNumber(value) || progress === 0) return value;
    return fitNumber(shift === undefined ? times(value, scale ** progress) : plus(value, shift * progress), datatype);
  };
}

function mixChange({
  category,
  mix = 1,
  course,
}: {
  category: string;
  mix?: number | undefined;
  course: Course;
}): Change {
  return (value, { ms, datatype, random }) => {
    const isTaken = random.uniform() < mix * shareOf(ms, course);
    return isTaken && datatype === 'BYTES' ? category : value;
  };
}
