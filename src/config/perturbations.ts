// `perturb`: changes made to copied requests on purpose. Each is made once here, with the declared inputs, so that a
// misspelt feature or one that cannot be changed so is found before anything is sent.
import { createPerturber } from '../core/perturb/apply.ts';
import { perturbations } from '../core/perturb/index.ts';
import { messageOf } from '../errors.ts';
import type { InputFeature, KindUse } from '../model.ts';
import { type KindFamily, readUse } from './kind-use.ts';
import { suggestion } from './nearest.ts';
import { listOf, nameOf, type Spot, show } from './shape.ts';

export const perturbationFamily: KindFamily = {
  what: 'perturbation',
  kinds: perturbations,
  notYet: ['null', 'shift', 'stale', 'swap', 'permute', 'clip', 'outOfDomain', 'quantize', 'drift'],
  mainOptionOf: () => 'features',
  readMain: readFeatureNames,
};

/** `inputs` is null when that section was reported already: features are then not looked up. */
export function readPerturbations(spot: Spot, inputs: readonly InputFeature[] | null): readonly KindUse[] {
  return listOf(spot, 'perturbations').flatMap((entry) => {
    const use = readUse(entry, perturbationFamily);
    if (!use) return [];
    if (inputs !== null) tryOut(use, { spot: entry, inputs });
    return [use];
  });
}

function tryOut(use: KindUse, { spot, inputs }: { spot: Spot; inputs: readonly InputFeature[] }): void {
  const path = [...spot.path, use.type];
  try {
    createPerturber({ arm: '', perturbations: [use], inputs, seed: '' });
  } catch (thrown) {
    const names = inputs.map((input) => input.name);
    const features = use.options.features as readonly string[];
    const unknown = features.find((name) => !name.includes('*') && !names.includes(name));
    spot.problems.at(path, `${messageOf(thrown)}${unknown === undefined ? '' : suggestion(unknown, names)}`);
  }
}

function readFeatureNames({ value, path, problems }: Spot): readonly string[] | undefined {
  const names: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (names.length > 0 && names.every((name) => typeof name === 'string' && name.length > 0)) return names as string[];
  problems.at(
    path,
    `${nameOf(path)} requires a feature name, a pattern such as "wind_*", or a list of them, got ${show(value)}`,
  );
  return undefined;
}
