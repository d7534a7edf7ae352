// latency: how long the arm and the control took for the same request. n = comparable pairs that both answered ok; failures, fast or
// slow, are judged by `error` and `timeout`. Only against the control: production was timed elsewhere, and under its own load.
import { Type } from 'typebox';
import type { Kind } from '../kind.ts';
import type { Metric } from './metric.ts';

const options = Type.Object({}, { additionalProperties: false });

/** Below it the statistic's buckets, an eighth of the ratio each, would be finer than timing is. */
const leastTolerance = 0.05;

export const latency: Kind<typeof options, Metric> = {
  name: 'latency',
  summary: 'The median (p50) of the arm’s latencies as a multiple of the control’s, on requests that both answered ok.',
  options,
  create: () => ({
    name: 'latency',
    words: 'median latency',
    needsDecision: false,
    needsTruth: false,
    onlyAgainstControl: { leastTolerance },
    counted: ' that the arm answered ok',
    amount: { noun: 'latency' },
    applies: () => true,
    statistic: () => 'latency-ratio',
    observe({ arm, control }, { against }) {
      if (against !== 'control' || control === null) return null;
      const isTimed = [arm, control].every(({ status, latencyMs }) => status === 'ok' && isTime(latencyMs));
      return isTimed ? [control.latencyMs, arm.latencyMs] : null;
    },
  }),
};

function isTime(latencyMs: number): boolean {
  return Number.isFinite(latencyMs) && latencyMs >= 0;
}
