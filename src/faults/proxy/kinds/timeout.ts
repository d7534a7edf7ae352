// Dependency fault: the connection is accepted and no answer comes, as from a host that hangs. Clients without a deadline of
// their own wait as long.
import { Type } from 'typebox';
import type { ProxyFaultKind } from '../fault.ts';

const options = Type.Object(
  {
    closeAfterMs: Type.Union([Type.Number({ minimum: 1 }), Type.Null()], {
      description: 'the connection is closed without an answer after this time; never: only when the caller leaves',
    }),
  },
  { additionalProperties: false },
);

export const timeout: ProxyFaultKind<typeof options> = {
  name: 'timeout',
  summary: 'accepts the call and does not answer',
  options,
  mainOption: 'closeAfterMs',
  protocols: ['http', 'tcp'],
  create: ({ closeAfterMs }) => ({ effectOn: () => ({ silent: { closeAfterMs } }) }),
};
