// Dependency fault: the first upstream is lost and the second takes over, usually a slower one with an empty cache.
// It acts on the whole dependency; removing it returns to the first.
import { Type } from 'typebox';
import { PenumbraError } from '../../../errors.ts';
import type { ProxyFaultKind } from '../fault.ts';

const options = Type.Object(
  {
    afterMs: Type.Union([Type.Number({ minimum: 0 }), Type.Null()], {
      description: 'when, counted from switching on; 0s: at once; never: only by `at`',
    }),
    at: Type.Optional(Type.Integer({ minimum: 1, description: 'from this call on, counted from switching on' })),
    inFlight: Type.Enum(['reset', 'drain'], {
      default: 'reset',
      description: 'connections to the lost upstream: reset, or left to end the call they are in',
    }),
  },
  { additionalProperties: false },
);

export const failover: ProxyFaultKind<typeof options> = {
  name: 'failover',
  summary: 'loses the upstream and goes on with its standby',
  options,
  mainOption: 'afterMs',
  protocols: ['http', 'tcp'],
  create: ({ afterMs, at = null, inFlight }) => {
    if (afterMs === null && at === null)
      throw new PenumbraError('USAGE', 'failover: never requires at, a number of calls');
    const isLost = (sinceOnMs: number, ordinal: number): boolean =>
      (afterMs !== null && sinceOnMs >= afterMs) || (at !== null && ordinal >= at);
    return {
      effectOn: ({ sinceOnMs, ordinal }) => (isLost(sinceOnMs, ordinal) ? { isFailedOver: true } : null),
      failover: { afterMs, atCall: at, inFlight },
    };
  },
};
