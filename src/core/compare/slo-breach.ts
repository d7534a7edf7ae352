// slo-breach: the arm was too slow: answered ok later than the latency SLO, or not before its deadline.
// n = comparable pairs on which the arm answered ok or timed out; errors, fast or slow, are judged by `error`. Against the
// control both must be in n, so that the same requests are timed on both.
import { Type } from 'typebox';
import type { Kind } from '../kind.ts';
import { createMetric, type Metric } from './metric.ts';

const options = Type.Object({}, { additionalProperties: false });

export const sloBreach: Kind<typeof options, Metric> = {
  name: 'slo-breach',
  summary: 'Answered ok but later than the latency SLO, or timed out.',
  options,
  create: () =>
    createMetric({
      name: 'slo-breach',
      words: 'SLO breach rate',
      counted: ' that the arm answered ok or did not answer in time',
      happened(outcome, pair) {
        if (outcome.status === 'timeout') return true;
        return outcome.status === 'ok' ? outcome.latencyMs > pair.sloLatencyMs : null;
      },
    }),
};
