// The wrapper around every perturbation: resolves features, decides by keyed hash which requests are changed, and says whether
// a request really was. Chance lives here alone.
import type { Static, TObject } from 'typebox';
import { Value } from 'typebox/value';
import { PenumbraError } from '../../errors.ts';
import type { InputFeature, KindUse, ModelRequest, Tensor } from '../../model.ts';
import type { Kind } from '../kind.ts';
import { isInShare, keyOf, randomFor } from '../random.ts';
import { resolveFeatures } from './features.ts';
import { perturbations as kinds } from './index.ts';
import type { Perturbation } from './perturbation.ts';

export interface PerturberSetting {
  /** The arm's name: arms with the same perturbation change different requests. */
  readonly arm: string;
  readonly perturbations: readonly KindUse[];
  readonly inputs: readonly InputFeature[];
  /** The experiment's seed. */
  readonly seed: string;
}

export interface Perturbed {
  readonly request: ModelRequest;
  /** The request was chosen AND is now another one: zeroing a zero is not acting. */
  readonly acted: boolean;
}

export interface Perturber {
  /** Whether a changed request no longer has the declared inputs. */
  readonly breaksShape: boolean;
  apply(request: ModelRequest, requestId: string): Perturbed;
}

interface Step {
  readonly perturbation: Perturbation;
  readonly features: readonly InputFeature[];
  readonly share: number;
  /** Tells the steps of one arm apart. */
  readonly place: string;
}

/**
 * Prepares an arm's perturbations, in their order. Throws CONFIG_INVALID for unknown kinds, options, and features, so that
 * making one is also the check.
 */
export function createPerturber({ arm, perturbations, inputs, seed }: PerturberSetting): Perturber {
  const steps = perturbations.map((use, index) => stepOf(use, { inputs, place: `${arm}\u0000${index}` }));
  const key = keyOf(seed);
  return {
    breaksShape: steps.some(({ perturbation, share }) => perturbation.breaksShape && share > 0),
    apply(request, requestId) {
      let changed = request;
      for (const { perturbation, features, share, place } of steps) {
        if (!isInShare(key, `${place}\u0000${requestId}`, share)) continue;
        changed = perturbation.apply(changed, { random: randomFor(seed, requestId, place), inputs, features });
      }
      return isSame(request, changed) ? { request, acted: false } : { request: changed, acted: true };
    },
  };
}

/** One request through an arm's perturbations; `createPerturber` spares the preparation when there are many. */
export function applyPerturbations(
  request: ModelRequest,
  setting: PerturberSetting & { requestId: string },
): Perturbed {
  return createPerturber(setting).apply(request, setting.requestId);
}

function stepOf(use: KindUse, { inputs, place }: { inputs: readonly InputFeature[]; place: string }): Step {
  const kind: Kind<TObject, Perturbation> | undefined = kinds.find(({ name }) => name === use.type);
  if (kind === undefined) {
    const known = kinds.map(({ name }) => name).join(', ');
    throw new PenumbraError('CONFIG_INVALID', `perturbation "${use.type}" is unknown; known: ${known}`);
  }
  // A copy: filling in defaults must not write into the config.
  const options = Value.Default(kind.options, { ...use.options }) as Static<TObject>;
  if (!Value.Check(kind.options, options)) {
    const [first] = Value.Errors(kind.options, options);
    throw new PenumbraError(
      'CONFIG_INVALID',
      `${use.type}${first?.instancePath ?? ''} ${first?.message ?? 'has unknown options'}`,
    );
  }
  const { features: names, share } = options as { features: string | readonly string[]; share: number };
  const perturbation = kind.create(options);
  return { perturbation, features: resolveFeatures(perturbation, { names, inputs }), share, place };
}

function isSame(first: ModelRequest, second: ModelRequest): boolean {
  if (first === second) return true;
  if (first.inputs.length !== second.inputs.length) return false;
  return first.inputs.every((tensor, index) => isSameTensor(tensor, second.inputs[index] as Tensor));
}

function isSameTensor(first: Tensor, second: Tensor): boolean {
  if (first === second) return true;
  if (first.name !== second.name || first.data.length !== second.data.length) return false;
  return first.data.every((value, index) => Object.is(value, second.data[index]));
}
