// The option `features` of the watches on inputs: which declared inputs a line is about, by name or pattern.
import { Type } from 'typebox';
import type { InputFeature } from '../../model.ts';

/** `features: dep_delay`, `features: [dep_delay, "wind_*"]`; without it all that the watch can look at. */
export const featuresOption = {
  features: Type.Optional(
    Type.Union([Type.String({ minLength: 1 }), Type.Array(Type.String({ minLength: 1 }), { minItems: 1 })], {
      description: 'names or patterns of declared inputs; by default all that it can look at',
    }),
  ),
};

/** The declared inputs that these names or patterns (`*` for any characters) match, in declared order; or the first that matches none. */
export function namedFeatures(
  names: string | readonly string[],
  inputs: readonly InputFeature[],
): readonly InputFeature[] | { readonly unknown: string } {
  const chosen = new Set<InputFeature>();
  for (const name of typeof names === 'string' ? [names] : names) {
    const matching = inputs.filter((feature) => isMatch(feature.name, name));
    if (matching.length === 0) return { unknown: name };
    for (const feature of matching) chosen.add(feature);
  }
  return inputs.filter((feature) => chosen.has(feature));
}

function isMatch(name: string, pattern: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(name);
}
