// `perturb`: changes made to copied requests on purpose. Each is made once here, with the declared inputs, so that a
// misspelt feature or one that cannot be changed so is found before anything is sent.
import { createPerturber } from '../core/perturb/apply.ts';
import { featuresNamed, namesToWrite } from '../core/perturb/features.ts';
import { type DeclaredInput, perturbations } from '../core/perturb/index.ts';
import { messageOf } from '../errors.ts';
import type { KindUse } from '../model.ts';
import { type KindFamily, readUse } from './kind-use.ts';
import { suggestion } from './nearest.ts';
import { listOf, nameOf, type Spot, show } from './shape.ts';

export const perturbationFamily: KindFamily = {
  what: 'perturbation',
  kinds: perturbations,
  notYet: [],
  mainOptionOf: () => 'features',
  readMain: readFeatureNames,
};

/** `inputs` is null when that section was reported already: features are then not looked up. */
export function readPerturbations(spot: Spot, inputs: readonly DeclaredInput[] | null): readonly KindUse[] {
  return listOf(spot, 'perturbations').flatMap((entry) => {
    const use = readUse(entry, perturbationFamily);
    if (!use) return [];
    if (inputs !== null) tryOut(use, { spot: entry, inputs });
    return [use];
  });
}

function tryOut(use: KindUse, { spot, inputs }: { spot: Spot; inputs: readonly DeclaredInput[] }): void {
  const path = [...spot.path, use.type];
  try {
    createPerturber({ arm: '', perturbations: [use], inputs, seed: '' });
  } catch (thrown) {
    const { features, key } = use.options as { features: readonly string[]; key?: string };
    const unknown = [...features, ...(key === undefined ? [] : [key])].find(
      (name) => !name.includes('*') && featuresNamed(name, inputs).length === 0,
    );
    const hint = unknown === undefined ? '' : suggestion(unknown, namesToWrite(inputs));
    spot.problems.at(path, `${messageOf(thrown)}${hint}`);
  }
}

function readFeatureNames({ value, path, problems }: Spot): readonly string[] | undefined {
  const names: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (names.length > 0 && names.every((name) => typeof name === 'string' && name.length > 0)) return names as string[];
  problems.at(
    path,
    `${nameOf(path)} requires a feature name, a pattern such as "wind_*", a group such as "group weather", or a list of them, got ${show(value)}`,
  );
  return undefined;
}
