// Transport fault: the connection breaks in the middle of the request, as when a proxy restarts. The shadow must survive it.
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

export const abort: FaultKind<typeof options> = {
  name: 'abort',
  summary: 'resets the connection after a part of the request’s body was sent',
  options,
  mainOption: 'after',
  needsTransport: true,
  create: ({ after, share }) => {
    const acts: ReturnType<typeof abort.create>['acts'] = (context) => isChosen(context, { what: 'abort', share });
    return {
      injectedHere: true,
      acts,
      delayMs: () => 0,
      transport: (context) => (acts(context) ? { type: 'abort', afterShare: after } : null),
    };
  },
};
