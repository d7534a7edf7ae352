// Transport fault: the request is held back before it is sent, as a slow network or a busy proxy would.
// Which requests, and by how much, depends on seed, arm and request id alone, so that a replay delays the same ones.
import { Type } from 'typebox';
import { hashFraction, isInShare, keyOf } from '../core/random.ts';
import type { FaultContext, FaultKind } from './fault.ts';

const options = Type.Object(
  {
    delayMs: Type.Number({ minimum: 1, description: 'how long the request is held back' }),
    jitterMs: Type.Number({ minimum: 0, default: 0, description: 'up to this much is added, uniformly' }),
    share: Type.Number({ exclusiveMinimum: 0, maximum: 1, default: 1, description: 'which part of the requests' }),
  },
  { additionalProperties: false },
);

const draw = (what: string, { armName, requestId }: FaultContext): string =>
  `delay ${what}\u0000${armName}\u0000${requestId}`;

export const delay: FaultKind<typeof options> = {
  name: 'delay',
  summary: 'holds a share of the requests back before they are sent',
  options,
  mainOption: 'delayMs',
  create: ({ delayMs, jitterMs, share }) => {
    const acts = (context: FaultContext): boolean => isInShare(keyOf(context.seed), draw('share', context), share);
    return {
      injectedHere: true,
      acts,
      delayMs: (context) =>
        acts(context) ? delayMs + jitterMs * hashFraction(keyOf(context.seed), draw('jitter', context)) : 0,
    };
  },
};
