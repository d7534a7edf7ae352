// Dependency fault: the caller learns late that the connection has ended, which keeps pools full of dead connections and
// answers without a length unfinished.
import { Type } from 'typebox';
import type { ProxyFaultKind } from '../fault.ts';

const options = Type.Object(
  { slowCloseMs: Type.Number({ minimum: 1, description: 'how much later the end of the connection is passed on' }) },
  { additionalProperties: false },
);

export const slowClose: ProxyFaultKind<typeof options> = {
  name: 'slowClose',
  summary: 'passes on late that the upstream has closed the connection',
  options,
  mainOption: 'slowCloseMs',
  protocols: ['http', 'tcp'],
  create: ({ slowCloseMs }) => ({ effectOn: () => ({ slowCloseMs }) }),
};
