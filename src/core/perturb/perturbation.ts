// What every perturbation is: a pure change to the chosen features of one request. Chance, the choice of requests and the
// bookkeeping belong to the wrapper in apply.ts, so a kind says only what happens to a feature.
import { Type } from 'typebox';
import type { InputFeature, ModelRequest } from '../../model.ts';
import type { Random } from '../random.ts';

export interface PerturbationContext {
  /** Seeded by (seed, request id, arm, position): the same request is always perturbed in the same way. */
  readonly random: Random;
  /** All declared inputs. */
  readonly inputs: readonly InputFeature[];
  /** The features this perturbation was given. */
  readonly features: readonly InputFeature[];
}

export interface Perturbation {
  readonly name: string;
  /** True when the changed request no longer has the declared inputs: a tensor or a column is gone. */
  readonly breaksShape: boolean;
  /** Why this feature cannot be perturbed so (completes "x cannot … y: "), null when it can. */
  refuses(feature: InputFeature): string | null;
  /** The changed request; the given one is left as it is. Features that the request lacks are passed over. Total: never throws. */
  apply(request: ModelRequest, context: PerturbationContext): ModelRequest;
}

/** Options that every perturbation takes. */
export const commonOptions = {
  features: Type.Union([Type.String({ minLength: 1 }), Type.Array(Type.String({ minLength: 1 }), { minItems: 1 })], {
    description: 'the features to change: a name, or a list of names; * stands for any run of characters',
  }),
  share: Type.Number({
    minimum: 0,
    maximum: 1,
    default: 1,
    description: 'share of requests to change, chosen by keyed hash of the request’s id',
  }),
};
