// Process fault: the pod is killed and started again, as by a node that is drained or a health check that failed.
import { Type } from 'typebox';
import type { FaultKind } from './fault.ts';
import { strikeOptions, strikePlanOf } from './process/strikes.ts';

const options = Type.Object(
  {
    signal: Type.Enum(['SIGKILL', 'SIGTERM'], {
      description: 'SIGKILL without warning, or SIGTERM, which lets it finish',
    }),
    ...strikeOptions,
  },
  { additionalProperties: false },
);

export const kill: FaultKind<typeof options> = {
  name: 'kill',
  summary: 'kills the pod by a signal again and again; it is started again at once, and asked again when it is ready',
  options,
  mainOption: 'signal',
  needsHooks: ['kill'],
  create: (given) => ({
    injectedHere: true,
    // What acts here is known to whoever strikes, not from the request.
    acts: () => false,
    delayMs: () => 0,
    strikes: strikePlanOf(given, { type: 'kill', signal: given.signal, backOffMs: null, isReadinessAwaited: true }),
  }),
};
