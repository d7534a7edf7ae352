// What every perturbation is: a pure change to the chosen features of one request. Chance, the choice of requests, memory and the
// bookkeeping belong to the wrapper in apply.ts, so a kind says only what happens to a feature.
import { Type } from 'typebox';
import type { ModelRequest } from '../../model.ts';
import type { Random } from '../random.ts';
import type { DeclaredInput } from './declared-input.ts';
import type { Memory } from './memory.ts';

export interface PerturbationContext {
  /** Seeded by (seed, request id, arm, position): the same request is always perturbed in the same way. */
  readonly random: Random;
  /** Seeded by (seed, arm, position) and this name alone: the same for every request. */
  readonly fixedRandom: (name: string) => Random;
  /** All declared inputs. */
  readonly inputs: readonly DeclaredInput[];
  /** The features this perturbation was given. */
  readonly features: readonly DeclaredInput[];
  /** The declared input that the perturbation's `key` names. */
  readonly key: DeclaredInput | null;
  /** What `remember` kept of the requests before this one. */
  readonly memory: Memory;
  /** When the request reached production, milliseconds since the epoch. */
  readonly arrivedAt: number;
}

export interface Perturbation {
  readonly name: string;
  /** True when the changed request no longer has the declared inputs: a tensor or a column is gone. */
  readonly breaksShape: boolean;
  /** The declared input whose value says which entity a row is about. */
  readonly key?: string | undefined;
  /** Why this feature cannot be perturbed so (completes "x cannot … y: "), null when it can. */
  refuses(feature: DeclaredInput): string | null;
  /** Why these features cannot be perturbed so in one go (completes "x … "), null when they can. */
  refusesTogether?(features: readonly DeclaredInput[]): string | null;
  /** The changed request; the given one is left as it is. Features that the request lacks are passed over. Total: never throws. */
  apply(request: ModelRequest, context: PerturbationContext): ModelRequest;
  /** Takes in a request as it was received, after `apply`, whether or not it was chosen. */
  remember?(request: ModelRequest, context: PerturbationContext): void;
}

/** Options that every perturbation takes. */
export const commonOptions = {
  features: Type.Union([Type.String({ minLength: 1 }), Type.Array(Type.String({ minLength: 1 }), { minItems: 1 })], {
    description:
      'the features to change: a name, a pattern in which * stands for any run of characters, a group such as "group weather", or a list of these',
  }),
  share: Type.Number({
    minimum: 0,
    maximum: 1,
    default: 1,
    description: 'share of requests to change, chosen by keyed hash of the request’s id',
  }),
};

/** The reason of a perturbation that is for numbers only. */
export function refusesAllButNumbers(name: string, { type }: DeclaredInput): string | null {
  return type === 'number' || type === 'integer' ? null : `${name} is for numbers, and it is a ${type}`;
}
