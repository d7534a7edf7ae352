// Dependency fault: an HTTP status without asking the upstream, as from an overloaded or misrouted gateway.
import { Type } from 'typebox';
import type { ProxyFaultKind } from '../fault.ts';

const options = Type.Object(
  {
    status: Type.Integer({ minimum: 200, maximum: 599, description: 'the status that is answered' }),
    body: Type.String({ default: '', maxLength: 65_536, description: 'the body that is answered' }),
  },
  { additionalProperties: false },
);

export const status: ProxyFaultKind<typeof options> = {
  name: 'status',
  summary: 'answers a status without asking the upstream',
  options,
  mainOption: 'status',
  protocols: ['http'],
  create: (answer) => ({ effectOn: () => ({ answer }) }),
};
