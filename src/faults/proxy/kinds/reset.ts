// Dependency fault: the connection is reset (TCP RST), before an answer or in the middle of one.
import { Type } from 'typebox';
import type { ProxyFaultKind } from '../fault.ts';

const options = Type.Object(
  {
    at: Type.Enum(['request', 'answer'], {
      description:
        'request: once a request has come, the upstream is not asked; answer: after half of the answer’s first piece',
    }),
  },
  { additionalProperties: false },
);

export const reset: ProxyFaultKind<typeof options> = {
  name: 'reset',
  summary: 'resets the connection',
  options,
  mainOption: 'at',
  protocols: ['http', 'tcp'],
  create: ({ at }) => ({ effectOn: () => ({ reset: at }) }),
};
