// An open bucket of the watches: what each gathered so far. Plain data, because a stop keeps it in the store and a start goes on with it.

import type { Trait } from '../../core/watch/index.ts';
import type { Gathered } from '../../core/watch/judge-watch.ts';

/** A look that waits for the close, with its place in the order of arrival. */
export interface Look {
  readonly arrivedAt: number;
  readonly id: string;
  readonly trait: Trait;
}

export interface OfClaim {
  looked: number;
  /** Of a watch that counts at once: [n, hits]. */
  n: number;
  hits: number;
  /** Of a watch that folds looks in order. */
  readonly looks: Look[];
}

export interface OpenBucket {
  /** Production requests that arrived in it. */
  seen: number;
  readonly claims: Record<string, OfClaim>;
}

export function newBucket(ids: readonly string[]): OpenBucket {
  return { seen: 0, claims: Object.fromEntries(ids.map((id) => [id, newOfClaim()])) };
}

function newOfClaim(): OfClaim {
  return { looked: 0, n: 0, hits: 0, looks: [] };
}

/** What a close hands to the judge; a claim that the bucket does not know (it is new in the config) saw nothing. */
export function gathered({ seen, claims }: OpenBucket, { id, at }: { id: string; at: number }): Gathered {
  const own = claims[id];
  if (own === undefined) return { at, seen: 0, looked: 0, counts: [0, 0], looks: [] };
  const looks = [...own.looks]
    .sort((one, other) => one.arrivedAt - other.arrivedAt || (one.id < other.id ? -1 : one.id > other.id ? 1 : 0))
    .map(({ trait }) => trait);
  return { at, seen, looked: own.looked, counts: [own.n, own.hits], looks };
}
