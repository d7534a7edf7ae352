// From the names in a config to the declared features: a name, a pattern, or a group spoken as `group weather`. A name that
// is none of them stops the start.
import { PenumbraError } from '../../errors.ts';
import type { DeclaredInput } from './declared-input.ts';
import type { Perturbation } from './perturbation.ts';

/**
 * The declared features that a use of a perturbation names, in declared order. Throws CONFIG_INVALID for a name, pattern or group
 * that matches none, and for features that this perturbation cannot change.
 */
export function resolveFeatures(
  perturbation: Perturbation,
  { names, inputs }: { names: string | readonly string[]; inputs: readonly DeclaredInput[] },
): readonly DeclaredInput[] {
  const chosen = new Set<DeclaredInput>();
  for (const name of typeof names === 'string' ? [names] : names) {
    const matching = featuresNamed(name, inputs);
    if (matching.length === 0) throw unknownName(name, { perturbation, known: namesToWrite(inputs) });
    for (const feature of matching) chosen.add(feature);
  }
  const features = inputs.filter((feature) => chosen.has(feature));
  for (const feature of features) {
    const reason = perturbation.refuses(feature);
    if (reason !== null) {
      throw new PenumbraError('CONFIG_INVALID', `${perturbation.name} cannot change ${feature.name}: ${reason}`);
    }
  }
  const reason = perturbation.refusesTogether?.(features) ?? null;
  if (reason !== null) throw new PenumbraError('CONFIG_INVALID', `${perturbation.name} ${reason}`);
  return features;
}

/** The declared input that names the entity; null when the perturbation asks for none. Throws CONFIG_INVALID when it is not declared. */
export function resolveKey(perturbation: Perturbation, inputs: readonly DeclaredInput[]): DeclaredInput | null {
  if (perturbation.key === undefined) return null;
  const found = inputs.find(({ name }) => name === perturbation.key);
  if (found === undefined) throw unknownName(perturbation.key, { perturbation, known: inputs.map(({ name }) => name) });
  return found;
}

/** An exact name wins over a group, a group over a pattern. */
export function featuresNamed(name: string, inputs: readonly DeclaredInput[]): readonly DeclaredInput[] {
  const exact = inputs.filter((feature) => feature.name === name);
  if (exact.length > 0) return exact;
  const group = groupIn(name);
  const pattern = patternOf(group ?? name);
  return group === null
    ? inputs.filter((feature) => pattern.test(feature.name))
    : inputs.filter((feature) => feature.group !== undefined && pattern.test(feature.group));
}

/** All that could have been written: names, and groups as they are spoken. */
export function namesToWrite(inputs: readonly DeclaredInput[]): readonly string[] {
  const groups = inputs.flatMap(({ group }) => (group === undefined ? [] : [`group ${group}`]));
  return [...inputs.map(({ name }) => name), ...new Set(groups)];
}

function groupIn(name: string): string | null {
  return /^group\s+(.+)$/s.exec(name)?.[1] ?? null;
}

function unknownName(
  name: string,
  { perturbation, known }: { perturbation: Perturbation; known: readonly string[] },
): PenumbraError {
  const isGroup = groupIn(name) !== null;
  const allowed = (isGroup ? known.filter((one) => groupIn(one) !== null) : known).join(', ');
  const what = isGroup ? 'group' : 'input';
  return new PenumbraError(
    'CONFIG_INVALID',
    `${perturbation.name} names "${name}", which is no declared ${what}; ${allowed === '' ? 'none is declared (see inputs)' : `declared: ${allowed}`}`,
  );
}

/** `*` stands for any run of characters; everything else for itself. */
function patternOf(name: string): RegExp {
  const parts = name.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's');
}
