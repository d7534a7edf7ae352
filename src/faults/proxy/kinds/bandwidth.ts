// Dependency fault: answers trickle, as over a saturated link. The limit is each call's own.
import { Type } from 'typebox';
import type { ProxyFaultKind } from '../fault.ts';

const options = Type.Object(
  {
    bytesPerSecond: Type.Integer({
      minimum: 1,
      description: 'most bytes of an answer that reach the caller per second',
    }),
  },
  { additionalProperties: false },
);

export const bandwidth: ProxyFaultKind<typeof options> = {
  name: 'bandwidth',
  summary: 'lets answers through at a limited rate',
  options,
  mainOption: 'bytesPerSecond',
  protocols: ['http', 'tcp'],
  create: ({ bytesPerSecond }) => ({ effectOn: () => ({ bytesPerSecond }) }),
};
