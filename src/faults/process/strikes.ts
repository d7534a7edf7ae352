// When an arm's process is struck, and by what: plain data, the same for every process fault. Times are drawn from the seed, so that a
// run with jitter can be repeated.
import { type Static, Type } from 'typebox';
import { hashFraction, keyOf } from '../../core/random.ts';

export type Blow =
  | {
      readonly type: 'kill';
      readonly signal: 'SIGKILL' | 'SIGTERM';
      /** The wait before it is started again; null: none. */
      readonly backOffMs: number | null;
      /** Whether requests wait until the pod says that it is ready, as behind a readiness probe. */
      readonly isReadinessAwaited: boolean;
    }
  | { readonly type: 'pause'; readonly pauseMs: number };

export interface StrikePlan {
  readonly blow: Blow;
  readonly everyMs: number;
  /** From the start of scoring to the first strike. */
  readonly afterMs: number;
  readonly jitterMs: number;
  /** Requests sent this long after a strike count as hit, and longer while the pod is not back. */
  readonly settleMs: number;
}

export const strikeOptions = {
  everyMs: Type.Number({
    minimum: 1000,
    description: 'from one strike to the next; one that falls due while the pod is not back is left out',
  }),
  afterMs: Type.Optional(
    Type.Number({
      minimum: 0,
      description: 'from the start of scoring to the first strike; the same as `every` unless given',
    }),
  ),
  jitterMs: Type.Number({
    minimum: 0,
    default: 0,
    description: 'up to this much later, drawn from the seed for each strike',
  }),
  settleMs: Type.Number({
    minimum: 1,
    default: 10_000,
    description: 'how long after a strike a request counts as hit; longer while the pod is not back',
  }),
};

type Options = Static<ReturnType<typeof asObject>>;
const asObject = () => Type.Object(strikeOptions);

export function strikePlanOf({ everyMs, afterMs = everyMs, jitterMs, settleMs }: Options, blow: Blow): StrikePlan {
  return { blow, everyMs, afterMs, jitterMs, settleMs };
}

export interface StrikeKey {
  readonly seed: string;
  readonly armName: string;
}

/** When strike number `index` (from 0) falls due, from the start of scoring. */
export function strikeAtMs(
  { everyMs, afterMs, jitterMs }: StrikePlan,
  { seed, armName, index }: StrikeKey & { readonly index: number },
): number {
  const late = jitterMs === 0 ? 0 : jitterMs * hashFraction(keyOf(seed), `strike\u0000${armName}\u0000${index}`);
  return afterMs + index * everyMs + late;
}

/** Longest wait before a start, however often the pod was killed. */
export const longestBackOffMs = 300_000;
/** A pod that was up for this long starts with the first back-off again. */
export const backOffForgottenMs = 600_000;

/** @example backOffMs(10_000, 2) // 40000: 10 s, 20 s, 40 s … */
export function backOffMs(firstMs: number, times: number): number {
  return Math.min(firstMs * 2 ** Math.min(times, 30), Math.max(firstMs, longestBackOffMs));
}
