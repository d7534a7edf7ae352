// unavailable: the arm could not be reached (connection refused, no endpoint, pod restarting). n = comparable pairs, whatever came of them.
import { Type } from 'typebox';
import type { Kind } from '../kind.ts';
import { createMetric, type Metric } from './metric.ts';

const options = Type.Object({}, { additionalProperties: false });

export const unavailable: Kind<typeof options, Metric> = {
  name: 'unavailable',
  summary: 'The arm could not be reached.',
  options,
  create: () =>
    createMetric({
      name: 'unavailable',
      words: 'unavailable rate',
      happened: (outcome) => outcome.status === 'unavailable',
    }),
};
