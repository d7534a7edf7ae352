// Transport fault: the request is held back before it is sent, as a slow network or a busy proxy would.
// Which requests, and by how much, depends on seed, arm and request id alone, so that a replay delays the same ones.
import { Type } from 'typebox';
import { distributionOptions, drawLatency, type LatencyOptions } from '../core/latency-distribution.ts';
import { randomFor } from '../core/random.ts';
import type { FaultContext, FaultKind } from './fault.ts';
import { isChosen, shareOption } from './share.ts';

const options = Type.Object(
  {
    delayMs: Type.Number({
      minimum: 1,
      description: 'how long the request is held back; the median where there is jitter',
    }),
    ...distributionOptions,
    atMostMs: Type.Optional(
      Type.Number({
        minimum: 1,
        description: 'no request is held longer; without it the arm’s deadline cuts off long tails, as timeouts',
      }),
    ),
    ...shareOption,
  },
  { additionalProperties: false },
);

export const delay: FaultKind<typeof options> = {
  name: 'delay',
  summary: 'holds a share of the requests back before they are sent',
  options,
  mainOption: 'delayMs',
  create: ({ share, ...latency }) => {
    const acts = (context: FaultContext): boolean => isChosen(context, { what: 'delay share', share });
    return {
      injectedHere: true,
      acts,
      delayMs: (context) => (acts(context) ? drawLatency(latency as LatencyOptions, drawingFor(context)) : 0),
    };
  },
};

function drawingFor({ seed, armName, requestId }: FaultContext) {
  return randomFor(seed, requestId, `delay jitter\u0000${armName}`);
}
