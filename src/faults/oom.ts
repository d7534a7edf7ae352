// Process fault: the pod is killed as by the kernel when memory is short, and comes back only after a back-off. The standard is that
// of Kubernetes: 10 s, doubling up to 5 minutes, forgotten after 10 minutes.
import { Type } from 'typebox';
import type { FaultKind } from './fault.ts';
import { strikeOptions, strikePlanOf } from './process/strikes.ts';

const options = Type.Object(
  {
    what: Type.Enum(['pod'], { description: 'the pod' }),
    backOffMs: Type.Number({
      minimum: 1,
      default: 10_000,
      description:
        'the wait before the first start; it doubles with every kill up to 5m, and begins anew after 10m without one',
    }),
    ...strikeOptions,
  },
  { additionalProperties: false },
);

export const oom: FaultKind<typeof options> = {
  name: 'oom',
  summary: 'kills the pod without warning as for memory; it is started again only after a back-off that doubles',
  options,
  mainOption: 'what',
  needsHooks: ['kill'],
  create: (given) => ({
    injectedHere: true,
    // What acts here is known to whoever strikes, not from the request.
    acts: () => false,
    delayMs: () => 0,
    strikes: strikePlanOf(given, {
      type: 'kill',
      signal: 'SIGKILL',
      backOffMs: given.backOffMs,
      isReadinessAwaited: true,
    }),
  }),
};
