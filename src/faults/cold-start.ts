// Process fault: the pod is started anew and gets traffic before it is warm, as behind a readiness probe that says yes too early.
import { Type } from 'typebox';
import type { FaultKind } from './fault.ts';
import { strikeOptions, strikePlanOf } from './process/strikes.ts';

const options = Type.Object(
  { what: Type.Enum(['pod'], { description: 'the pod' }), ...strikeOptions },
  { additionalProperties: false },
);

export const coldStart: FaultKind<typeof options> = {
  name: 'coldStart',
  summary: 'kills the pod, starts it again and sends it requests at once, without waiting until it is ready',
  options,
  mainOption: 'what',
  needsHooks: ['kill'],
  create: (given) => ({
    injectedHere: true,
    // What acts here is known to whoever strikes, not from the request.
    acts: () => false,
    delayMs: () => 0,
    strikes: strikePlanOf(given, { type: 'kill', signal: 'SIGKILL', backOffMs: null, isReadinessAwaited: false }),
  }),
};
