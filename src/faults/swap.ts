// Model swap: two versions answer behind one arm, as during a rollout that is half done or is taken back. Which of them a request
// goes to is drawn by its id, or goes by the clock; either way a replay asks the same one.
import { Type } from 'typebox';
import { hashFraction, isInShare, keyOf } from '../core/random.ts';
import type { Arm, KindUse, TargetSpec } from '../model.ts';
import type { FaultContext, FaultKind } from './fault.ts';

const options = Type.Object(
  {
    other: Type.Unknown({ description: 'the other version: {url: …} or {onnx: FILE}, as a target' }),
    share: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 1,
        description: 'which part of the requests the other version answers, drawn request by request',
      }),
    ),
    everyMs: Type.Optional(
      Type.Number({
        minimum: 1,
        description: 'instead of share: every so long all requests change to the version that did not answer before',
      }),
    ),
  },
  { additionalProperties: false },
);

/** With the faults off (the warm-up) each of the two gets half, so that neither meets scored requests cold. */
const warmUpShare = 0.5;

export const swap: FaultKind<typeof options> = {
  name: 'swap',
  summary: 'sends requests to another version of the model, at random or turn about by time',
  options,
  mainOption: 'other',
  create: ({ share, everyMs }) => {
    const acts = (context: FaultContext): boolean =>
      everyMs === undefined
        ? isInShare(keyOf(context.seed), drawOf(context), share ?? 1)
        : Math.floor((context.arrivedAt ?? 0) / everyMs) % 2 === 1;
    return {
      injectedHere: true,
      acts,
      delayMs: () => 0,
      toOther: (context, { isOn }) =>
        isOn ? acts(context) : hashFraction(keyOf(context.seed), drawOf(context)) < warmUpShare,
    };
  },
};

function drawOf({ armName, requestId }: FaultContext): string {
  return `swap\u0000${armName}\u0000${requestId}`;
}

/** The version that an arm swaps with; null for an arm that has only its own. */
export function otherVersionOf({ faults }: Pick<Arm, 'faults'>): TargetSpec | null {
  const use = faults.find(({ type }) => type === swap.name);
  return use === undefined ? null : (use.options.other as TargetSpec);
}

/** The part of the requests that any fault or perturbation is meant to act on. */
export function meantShareOf({ type, options: { share, everyMs, settleMs } }: KindUse): number {
  // A fault of the process acts from each strike until it has settled.
  if (settleMs !== undefined) return Math.min(1, Number(settleMs) / Number(everyMs));
  const byTime = type === swap.name && everyMs !== undefined;
  return byTime ? 0.5 : Number(share ?? 1);
}
