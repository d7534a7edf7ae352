// The wrapper around every perturbation: resolves features, decides by keyed hash which requests are changed, and says whether
// a request really was. Chance lives here alone.
import type { Static, TObject } from 'typebox';
import { Value } from 'typebox/value';
import { PenumbraError } from '../../errors.ts';
import type { KindUse, ModelRequest, Tensor } from '../../model.ts';
import type { Kind } from '../kind.ts';
import { isInShare, keyOf, type Random, randomFor } from '../random.ts';
import type { DeclaredInput } from './declared-input.ts';
import { resolveFeatures, resolveKey } from './features.ts';
import { perturbations as kinds } from './index.ts';
import { createMemory, type Memory } from './memory.ts';
import type { Perturbation, PerturbationContext } from './perturbation.ts';

export interface PerturberSetting {
  /** The arm's name: arms with the same perturbation change different requests. */
  readonly arm: string;
  readonly perturbations: readonly KindUse[];
  readonly inputs: readonly DeclaredInput[];
  /** The experiment's seed. */
  readonly seed: string;
}

export interface Perturbed {
  readonly request: ModelRequest;
  /** The request was chosen AND is now another one: zeroing a zero is not acting. */
  readonly acted: boolean;
  /** Places of the perturbations that changed something; absent when nothing acted. */
  readonly steps?: readonly number[];
}

export interface Moment {
  readonly requestId: string;
  /** When the request reached production, milliseconds since the epoch; what changes with time goes by it. */
  readonly arrivedAt: number;
  /** False: the request is only remembered, as during a warm-up. True when left out. */
  readonly isOn?: boolean;
}

/**
 * Remembers what it was shown: the same requests in the same order are perturbed in the same way, whoever replays them. Kinds
 * without memory depend on the request alone.
 */
export interface Perturber {
  /** Whether a changed request no longer has the declared inputs. */
  readonly breaksShape: boolean;
  /** To be called once for every request of the arm, in the order of arrival. */
  apply(request: ModelRequest, moment: Moment): Perturbed;
}

interface Step {
  readonly perturbation: Perturbation;
  readonly features: readonly DeclaredInput[];
  readonly key: DeclaredInput | null;
  readonly share: number;
  readonly memory: Memory;
  /** Tells the steps of one arm apart. */
  readonly place: string;
}

/**
 * Prepares an arm's perturbations, in their order. Throws CONFIG_INVALID for unknown kinds, options, and features, so that
 * making one is also the check.
 */
export function createPerturber({ arm, perturbations, inputs, seed }: PerturberSetting): Perturber {
  const steps = perturbations.map((use, index) => stepOf(use, { inputs, place: `${arm}\u0000${index}` }));
  const hashKey = keyOf(seed);
  return {
    breaksShape: steps.some(({ perturbation, share }) => perturbation.breaksShape && share > 0),
    apply(request, { requestId, arrivedAt, isOn = true }) {
      let changed = request;
      const acting: number[] = [];
      for (const [index, step] of steps.entries()) {
        const { perturbation, share, place } = step;
        const context = contextOf(step, { requestId, arrivedAt, inputs, seed });
        const isChosen = isOn && isInShare(hashKey, `${place}\u0000${requestId}`, share);
        if (isChosen) {
          const next = perturbation.apply(changed, context);
          if (!isSame(changed, next)) acting.push(index);
          changed = next;
        }
        // The request as it was received: what is remembered does not depend on the steps before this one.
        perturbation.remember?.(request, context);
      }
      // One step that acted has changed the request; several may have undone one another.
      const acted = acting.length === 1 || (acting.length > 1 && !isSame(request, changed));
      return acted ? { request: changed, acted, steps: acting } : { request, acted };
    },
  };
}

function contextOf(
  { features, key, memory, place }: Step,
  { requestId, arrivedAt, inputs, seed }: Moment & { inputs: readonly DeclaredInput[]; seed: string },
): PerturbationContext {
  // Most requests draw nothing: seeding a generator costs more than the rest.
  let drawn: Random | null = null;
  return {
    get random() {
      drawn ??= randomFor(seed, requestId, place);
      return drawn;
    },
    fixedRandom: (name) => randomFor(seed, name, `${place}\u0000fixed`),
    inputs,
    features,
    key,
    memory,
    arrivedAt,
  };
}

/**
 * One request through an arm's perturbations, without any memory of earlier ones; `createPerturber` has that, and spares the
 * preparation when there are many.
 */
export function applyPerturbations(
  request: ModelRequest,
  { requestId, arrivedAt = 0, ...setting }: PerturberSetting & { requestId: string; arrivedAt?: number },
): Perturbed {
  return createPerturber(setting).apply(request, { requestId, arrivedAt });
}

function stepOf(use: KindUse, { inputs, place }: { inputs: readonly DeclaredInput[]; place: string }): Step {
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
  const features = resolveFeatures(perturbation, { names, inputs });
  return { perturbation, features, key: resolveKey(perturbation, inputs), share, memory: createMemory(), place };
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
