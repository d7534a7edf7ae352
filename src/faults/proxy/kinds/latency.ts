// Dependency fault: answers come later, by a fixed time or by a distribution with a tail, as a busy or distant store's do.
import { Type } from 'typebox';
import { distributionOptions, drawLatency, whyUndrawable } from '../../../core/latency-distribution.ts';
import { PenumbraError } from '../../../errors.ts';
import type { ProxyFaultKind } from '../fault.ts';

const options = Type.Object(
  {
    delayMs: Type.Number({ minimum: 0, description: 'how much later; the median where there is jitter' }),
    ...distributionOptions,
    atMostMs: Type.Number({
      minimum: 1,
      default: 60_000,
      description: 'no call is held longer; it cuts off long tails',
    }),
  },
  { additionalProperties: false },
);

export const latency: ProxyFaultKind<typeof options> = {
  name: 'latency',
  summary: 'answers later, by a fixed time or by a distribution',
  options,
  mainOption: 'delayMs',
  protocols: ['http', 'tcp'],
  create: (given) => {
    const why = whyUndrawable(given);
    if (why !== null) throw new PenumbraError('USAGE', `latency with ${why}`);
    return { effectOn: ({ random }) => ({ holdMs: drawLatency(given, random) }) };
  },
};
