// Claims about calls of dependencies need somebody who counts them: a proxy that reads HTTP in front of at least one. Without it such
// a claim would never be judged, and nobody would notice.

import type { DependencyConfig } from './effective.ts';
import type { Claim } from './hypotheses.ts';
import { nameOf, type Spot } from './shape.ts';

/** `dependencies` null: they were reported already. */
export function checkCountedDependencies(
  { path, problems }: Spot,
  { claims, dependencies }: { claims: readonly Claim[]; dependencies: readonly DependencyConfig[] | null },
): void {
  const claim = claims.find(({ metric }) => metric === 'extra-dependency-calls');
  if (claim === undefined || dependencies === null || dependencies.some(({ protocol }) => protocol === 'http')) return;
  const why = 'requires a dependency with protocol http under dependencies, whose proxy counts the calls';
  problems.atKey(
    [...path, 'expect', claim.arm],
    `${nameOf([...path, 'expect', claim.arm])}.extraDependencyCalls ${why}`,
  );
}
