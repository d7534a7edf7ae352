// Transport fault: some bytes of the body are not what was sent. A healthy service notices or does not care; a bad one scores it.
import { Type } from 'typebox';
import type { FaultKind } from './fault.ts';
import { isChosen, shareOption } from './share.ts';

const options = Type.Object(
  {
    bytes: Type.Integer({ minimum: 1, maximum: 10_000, description: 'how many bytes become others' }),
    ...shareOption,
  },
  { additionalProperties: false },
);

export const garble: FaultKind<typeof options> = {
  name: 'garble',
  summary: 'replaces bytes of the request’s body at random places',
  options,
  mainOption: 'bytes',
  needsTransport: true,
  create: ({ bytes, share }) => {
    const acts: ReturnType<typeof garble.create>['acts'] = (context) => isChosen(context, { what: 'garble', share });
    return {
      injectedHere: true,
      acts,
      delayMs: () => 0,
      transport: (context) => {
        if (!acts(context)) return null;
        const { seed, armName, requestId } = context;
        return { type: 'garble', bytes, seed: `${seed}\u0000${armName}\u0000${requestId}` };
      },
    };
  },
};
