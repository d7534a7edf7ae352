// timeout: the arm gave no answer in time, or could not take the request. n = comparable pairs, whatever came of them.
import { Type } from 'typebox';
import type { Kind } from '../kind.ts';
import { createMetric, type Metric } from './metric.ts';

const options = Type.Object({}, { additionalProperties: false });

export const timeout: Kind<typeof options, Metric> = {
  name: 'timeout',
  summary: 'The arm gave no answer before its deadline, or refused for its own backlog.',
  options,
  create: () =>
    createMetric({ name: 'timeout', words: 'timeout rate', happened: (outcome) => outcome.status === 'timeout' }),
};
