// Transport fault: the request stalls half-way and never ends, as behind a full buffer. The shadow must not keep a worker for it.
import { Type } from 'typebox';
import type { FaultKind } from './fault.ts';
import { isChosen, shareOption } from './share.ts';

const options = Type.Object(
  {
    after: Type.Number({ minimum: 0, exclusiveMaximum: 1, description: 'the part of the body that is sent before' }),
    ...shareOption,
  },
  { additionalProperties: false },
);

export const hang: FaultKind<typeof options> = {
  name: 'hang',
  summary: 'stops sending in the middle of the request and keeps the connection open until the deadline',
  options,
  mainOption: 'after',
  needsTransport: true,
  create: ({ after, share }) => {
    const acts: ReturnType<typeof hang.create>['acts'] = (context) => isChosen(context, { what: 'hang', share });
    return {
      injectedHere: true,
      acts,
      delayMs: () => 0,
      transport: (context) => (acts(context) ? { type: 'hang', afterShare: after } : null),
    };
  },
};
