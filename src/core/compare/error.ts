// error: the arm answered, with an error. n = comparable pairs, whatever came of them.
import { Type } from 'typebox';
import type { Kind } from '../kind.ts';
import { createMetric, type Metric } from './metric.ts';

const options = Type.Object({}, { additionalProperties: false });

export const error: Kind<typeof options, Metric> = {
  name: 'error',
  summary: 'The arm answered with an error.',
  options,
  create: () => createMetric({ name: 'error', words: 'error rate', happened: (outcome) => outcome.status === 'error' }),
};
