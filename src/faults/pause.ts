// Process fault: the pod stands still and goes on, as under a garbage collection, a frozen disk or a throttled CPU.
import { Type } from 'typebox';
import type { FaultKind } from './fault.ts';
import { strikeOptions, strikePlanOf } from './process/strikes.ts';

const options = Type.Object(
  { pauseMs: Type.Number({ minimum: 1, description: 'how long it stands still' }), ...strikeOptions },
  { additionalProperties: false },
);

export const pause: FaultKind<typeof options> = {
  name: 'pause',
  summary: 'stops the pod for a while (SIGSTOP) and lets it go on (SIGCONT): connections stay open, nothing answers',
  options,
  mainOption: 'pauseMs',
  needsHooks: ['pause', 'resume'],
  create: (given) => ({
    injectedHere: true,
    // What acts here is known to whoever strikes, not from the request.
    acts: () => false,
    delayMs: () => 0,
    strikes: strikePlanOf(given, { type: 'pause', pauseMs: given.pauseMs }),
  }),
};
