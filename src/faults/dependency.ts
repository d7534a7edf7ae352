// Dependency fault: something behind the shadow pod (a feature store, say) is made slow elsewhere, for chosen entities.
// Declared here with the same seed and share, it says per request whether the fault acted, without asking anybody.
import { Type } from 'typebox';
import { isInShare, keyOf } from '../core/random.ts';
import type { ModelRequest } from '../model.ts';
import type { FaultKind } from './fault.ts';

const options = Type.Object(
  {
    name: Type.String({ minLength: 1, description: 'the dependency, as people call it' }),
    latencyMs: Type.Number({ minimum: 1, description: 'how much slower it answers' }),
    share: Type.Number({ exclusiveMinimum: 0, maximum: 1, default: 1, description: 'which part of the entity keys' }),
    seed: Type.Optional(
      Type.String({ minLength: 1, description: "the dependency's own seed, when it is not the config's" }),
    ),
    key: Type.Optional(Type.String({ minLength: 1, description: 'the BYTES input that holds the entity key' })),
  },
  { additionalProperties: false },
);

export const dependency: FaultKind<typeof options> = {
  name: 'dependency',
  summary: 'declares that a dependency of the shadow pod is slowed elsewhere, for a share of the entity keys',
  options,
  mainOption: 'name',
  create: ({ share, seed, key }) => ({
    injectedHere: false,
    acts: ({ seed: runSeed, request }) => {
      if (share === 1) return true;
      const entityKey = key === undefined ? null : entityKeyOf(request, key);
      return entityKey === null ? null : isInShare(keyOf(seed ?? runSeed), entityKey, share);
    },
    delayMs: () => 0,
  }),
};

/** The first value of the BYTES input with this name; null when the request carries none. */
function entityKeyOf(request: ModelRequest, name: string): string | null {
  const first = request.inputs.find((tensor) => tensor.name === name && tensor.datatype === 'BYTES')?.data[0];
  return typeof first === 'string' ? first : null;
}
