// Dependency fault: an earlier answer to the same request, as from a cache or replica that lags. The upstream is asked all
// the same, so latency does not give it away; a request without an answer of that age is left alone and not counted.
import { Type } from 'typebox';
import type { ProxyFaultKind } from '../fault.ts';

const options = Type.Object(
  {
    staleMs: Type.Number({ minimum: 0, description: 'what was answered this long ago; 0s: what was answered last' }),
  },
  { additionalProperties: false },
);

export const stale: ProxyFaultKind<typeof options> = {
  name: 'stale',
  summary: 'answers what the same GET was answered earlier',
  options,
  mainOption: 'staleMs',
  protocols: ['http'],
  create: ({ staleMs }) => ({ effectOn: () => ({ staleMs }) }),
};
