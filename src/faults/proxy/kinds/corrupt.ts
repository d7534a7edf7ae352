// Dependency fault: the answer's body is damaged. Loudly (bits, cut) or so that it still parses and is silently wrong (digits).
import { Type } from 'typebox';
import type { ProxyFaultKind } from '../fault.ts';

const options = Type.Object(
  {
    how: Type.Enum(['bits', 'digits', 'cut'], {
      description:
        'bits: one bit in every 32 bytes is flipped; digits: every digit becomes another, not 0, so JSON stays JSON; cut: the connection ends after half of the body’s first piece',
    }),
  },
  { additionalProperties: false },
);

export const corrupt: ProxyFaultKind<typeof options> = {
  name: 'corrupt',
  summary: 'damages the body of the answer',
  options,
  mainOption: 'how',
  protocols: ['http', 'tcp'],
  create: ({ how }) => ({ effectOn: () => ({ corrupt: how }) }),
};
