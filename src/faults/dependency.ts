// Dependency fault: something behind the shadow pod (a feature store, say) is made slow, wrong or absent by its fault proxy, for
// chosen entities. With the proxy's seed and share it says per request whether the fault acted, without asking anybody.
import { type Static, Type } from 'typebox';
import { isInShare, keyOf } from '../core/random.ts';
import type { ModelRequest } from '../model.ts';
import type { FaultKind } from './fault.ts';

const options = Type.Object(
  {
    name: Type.String({ minLength: 1, description: 'the dependency, as dependencies call it' }),
    does: Type.Object(
      { type: Type.String(), options: Type.Record(Type.String(), Type.Unknown()) },
      {
        additionalProperties: false,
        description: 'what its proxy does: any fault of the proxy, written beside the name',
      },
    ),
    share: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1,
      default: 1,
      description: 'which part of the entity keys; of connections on tcp',
    }),
    seed: Type.Optional(
      Type.String({ minLength: 1, description: "decides whom the share selects; the dependency's own unless said" }),
    ),
    key: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'the BYTES input of the request that holds the entity key, which the proxy finds by its own pattern',
      }),
    ),
  },
  { additionalProperties: false },
);

export type DependencyFaultOptions = Static<typeof options>;

export const dependency: FaultKind<typeof options> = {
  name: 'dependency',
  summary: 'makes a dependency of the shadow pod slow, wrong or absent, for a share of the entity keys',
  options,
  mainOption: 'name',
  create: ({ share, seed, key, does }) => ({
    injectedHere: false,
    acts: ({ seed: runSeed, request }) => {
      const entityKey = key === undefined ? null : entityKeyOf(request, key);
      const isSelected =
        share === 1 ? true : entityKey === null ? null : isInShare(keyOf(seed ?? runSeed), entityKey, share);
      return isSelected === true && !actsWheneverSelected(does.type) ? null : isSelected;
    },
    delayMs: () => 0,
  }),
};

/** False for faults that leave a selected call alone at times: before a moment, after a count, without an earlier answer. */
export function actsWheneverSelected(type: string): boolean {
  return !['failFirst', 'failover', 'stale'].includes(type);
}

/** The first value of the BYTES input with this name; null when the request carries none. */
function entityKeyOf(request: ModelRequest, name: string): string | null {
  const first = request.inputs.find((tensor) => tensor.name === name && tensor.datatype === 'BYTES')?.data[0];
  return typeof first === 'string' ? first : null;
}
