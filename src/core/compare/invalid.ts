// invalid: the arm answered something that cannot be decoded or holds no prediction. n = comparable pairs, whatever came of them.
import { Type } from 'typebox';
import type { Kind } from '../kind.ts';
import { createMetric, type Metric } from './metric.ts';

const options = Type.Object({}, { additionalProperties: false });

export const invalid: Kind<typeof options, Metric> = {
  name: 'invalid',
  summary: 'The arm answered something that cannot be read.',
  options,
  create: () =>
    createMetric({ name: 'invalid', words: 'invalid rate', happened: (outcome) => outcome.status === 'invalid' }),
};
