// Transport fault: the message arrives whole but short, as from a gateway with a body limit. A healthy service refuses it aloud.
import { Type } from 'typebox';
import type { FaultKind } from './fault.ts';
import { isChosen, shareOption } from './share.ts';

const options = Type.Object(
  {
    keep: Type.Number({ minimum: 0, exclusiveMaximum: 1, description: 'the part of the body that arrives' }),
    ...shareOption,
  },
  { additionalProperties: false },
);

export const truncate: FaultKind<typeof options> = {
  name: 'truncate',
  summary: 'cuts the request’s body short; its length says so, only the content does not',
  options,
  mainOption: 'keep',
  needsTransport: true,
  create: ({ keep, share }) => {
    const acts: ReturnType<typeof truncate.create>['acts'] = (context) =>
      isChosen(context, { what: 'truncate', share });
    return {
      injectedHere: true,
      acts,
      delayMs: () => 0,
      transport: (context) => (acts(context) ? { type: 'truncate', keepShare: keep } : null),
    };
  },
};
