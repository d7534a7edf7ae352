// `chaos.faults`: each with perturbations, faults of transport, or both. "each" in a perturbation stands for the feature whose turn it
// is; every feature is tried out here, so that one which cannot be changed so is found before anything is asked.
import type { InputFeature } from '../model.ts';
import { readFaultUse } from './arms.ts';
import { type ChaosFault, everyFault, put } from './chaos-config.ts';
import { chaosFaultSchema } from './chaos-schema.ts';
import { nameForm, namePattern } from './decisions.ts';
import { suggestion } from './nearest.ts';
import { readPerturbations } from './perturbations.ts';
import { processFaultOf } from './process-faults.ts';
import { childOf, entriesOf, isRecord, listed, listOf, nameOf, readShape, type Spot } from './shape.ts';

export interface FaultSetting {
  /** Null when they were reported already. */
  readonly inputs: readonly InputFeature[] | null;
  /** Those of the suite. */
  readonly features: readonly string[];
}

export function readChaosFaults(spot: Spot, setting: FaultSetting): readonly ChaosFault[] {
  const before = spot.problems.count();
  const entries = entriesOf(spot, 'a map of faults, such as zero: {perturb: [{zero: each}]}');
  if (entries.length === 0 && spot.problems.count() === before)
    spot.problems.at(spot.path, `${nameOf(spot.path)} requires at least one fault`);
  return entries.flatMap(([name, entry]) => readFault(name, { spot: entry, setting }) ?? []);
}

function readFault(name: string, { spot, setting }: { spot: Spot; setting: FaultSetting }): ChaosFault | null {
  const { path, problems } = spot;
  const before = problems.count();
  if (!namePattern.test(name)) problems.atKey(path, `"${name}" is not ${nameForm}`);
  if (reserved.includes(name)) problems.atKey(path, `a fault cannot be called "${name}"`);
  const shape = readShape(chaosFaultSchema, spot);
  if (!shape) return null;
  const perturb = childOf(spot, 'perturb');
  const isPerFeature = mentionsEach(perturb.value);
  if (shape.features !== undefined && !isPerFeature)
    problems.atKey([...path, 'features'], 'features is for a fault with "each": this one names no feature to put in');
  checkFeatures(childOf(spot, 'features'), setting.inputs);
  if (problems.count() > before) return null;
  const features = isPerFeature ? (shape.features ?? setting.features) : null;
  const perturbations = tryOut(perturb, { features, inputs: setting.inputs });
  const faults = listOf(childOf(spot, 'faults'), 'faults').flatMap((entry) => readFaultUse(entry, {}) ?? []);
  if (problems.count() > before) return null;
  const struck = processFaultOf(faults);
  if (struck !== undefined) {
    const why = 'is a fault of a process over time, and a suite is asked request by request: write an experiment';
    problems.atKey([...path, 'faults'], `${struck.type} ${why}`);
    return null;
  }
  if (perturbations.length + faults.length === 0) {
    problems.atKey(path, `${nameOf(path)} requires perturb or faults: it would do nothing`);
    return null;
  }
  return { name, perturbations, faults, features };
}

/** The names that the suite gives itself. */
const reserved: readonly string[] = [everyFault, 'control', 'production'];

/** As written; each feature is put in and read, the first that fails ends it: the others would say the same. */
function tryOut(
  spot: Spot,
  { features, inputs }: { features: readonly string[] | null; inputs: readonly InputFeature[] | null },
): ChaosFault['perturbations'] {
  const before = spot.problems.count();
  for (const feature of features ?? [null]) {
    readPerturbations({ ...spot, value: withFeature(spot.value, feature) }, inputs);
    if (spot.problems.count() > before) return [];
  }
  return readPerturbations(spot, null);
}

function withFeature(value: unknown, feature: string | null): unknown {
  if (!Array.isArray(value)) return value;
  return value.map((use) =>
    isRecord(use) ? Object.fromEntries(Object.entries(use).map(([key, option]) => [key, put(option, feature)])) : use,
  );
}

function mentionsEach(value: unknown): boolean {
  return JSON.stringify(value) !== JSON.stringify(withFeature(value, ''));
}

/** Reports names that are no declared input. */
export function checkFeatures({ value, path, problems }: Spot, inputs: readonly InputFeature[] | null): void {
  if (!Array.isArray(value) || inputs === null) return;
  const names = inputs.map(({ name }) => name);
  for (const [index, name] of value.entries()) {
    if (names.includes(name)) continue;
    const known = names.length === 0 ? 'none is declared (see inputs)' : `declared: ${listed(names)}`;
    problems.at([...path, index], `"${name}" is no declared input${suggestion(String(name), names)}; ${known}`);
  }
}
