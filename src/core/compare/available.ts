// available: the arm could be reached, the opposite of `unavailable`; meant for "at least" (relation sensitive).
// n = comparable pairs. Declaring it says that the arm's absence is judged by its own limit, not by the gate's 5 %.
import { Type } from 'typebox';
import type { Kind } from '../kind.ts';
import { createMetric, type Metric } from './metric.ts';

const options = Type.Object({}, { additionalProperties: false });

export const available: Kind<typeof options, Metric> = {
  name: 'available',
  summary: 'The arm could be reached; declared as "at least".',
  options,
  create: () =>
    createMetric({
      name: 'available',
      words: 'availability',
      limits: { forms: ['at least'], otherwise: 'is the share that could be reached: say "at least 99%"' },
      happened: (outcome) => outcome.status !== 'unavailable',
    }),
};
