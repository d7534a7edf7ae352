// missing-rows: the arm answered ok, but not this row: its answer holds fewer rows than the request.
// n = comparable pairs that the arm answered ok.
import { Type } from 'typebox';
import type { Kind } from '../kind.ts';
import { createMetric, type Metric } from './metric.ts';

const options = Type.Object({}, { additionalProperties: false });

export const missingRows: Kind<typeof options, Metric> = {
  name: 'missing-rows',
  summary: 'The arm answered ok, but its answer holds no prediction for this row.',
  options,
  create: () =>
    createMetric({
      name: 'missing-rows',
      isOfRows: true,
      words: 'missing-row rate',
      counted: ' that the arm answered ok',
      happened: (outcome) => (outcome.status === 'ok' ? outcome.predictions === null : null),
    }),
};
