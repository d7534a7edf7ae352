// swap: two features change places, as after a reordered column list or a mistaken mapping.
import { Type } from 'typebox';
import type { ModelRequest } from '../../model.ts';
import type { Kind } from '../kind.ts';
import type { DeclaredInput } from './declared-input.ts';
import { fitValues } from './fit-values.ts';
import { commonOptions, type Perturbation } from './perturbation.ts';
import { type Cell, cellsOf, mapRows } from './places.ts';

const options = Type.Object(commonOptions, { additionalProperties: false });

/** Rows in which one of the two cannot hold the other's value stay as they are. */
export const swap: Kind<typeof options, Perturbation> = {
  name: 'swap',
  summary: 'Exchanges the values of two features of the same type.',
  options,
  create: () => ({
    name: 'swap',
    breaksShape: false,
    refuses: () => null,
    refusesTogether(features) {
      const [first, second] = features;
      if (first === undefined || second === undefined || features.length !== 2)
        return `requires exactly two features, got ${features.length}`;
      return sortOf(first) === sortOf(second)
        ? null
        : `cannot exchange ${first.name}, a ${first.type}, and ${second.name}, a ${second.type}`;
    },
    apply(request, { features: [first, second] }) {
      return first && second ? exchange(request, [first, second]) : request;
    },
  }),
};

function exchange(request: ModelRequest, [first, second]: readonly [DeclaredInput, DeclaredInput]): ModelRequest {
  const ones = cellsOf(request, first);
  const others = cellsOf(request, second);
  if (ones.length !== others.length) return request;
  return mapRows(request, {
    features: [first, second],
    change(_, { feature, row }) {
      const [one, other] = [ones[row], others[row]];
      const changed = one && other ? exchanged(one, other) : null;
      return changed?.[feature === first ? 0 : 1] ?? null;
    },
  });
}

/** What the two hold afterwards; null when one cannot hold what the other held. */
function exchanged(one: Cell, other: Cell): readonly [Cell['values'], Cell['values']] | null {
  if (one.values.length !== other.values.length) return null;
  const first = fitValues(other.values, one.datatype);
  const second = fitValues(one.values, other.datatype);
  return first && second ? [first, second] : null;
}

function sortOf({ type }: DeclaredInput): string {
  return type === 'integer' ? 'number' : type;
}
