// `chaos`: a suite of experiments on recorded or live traffic, each version under each fault of each feature.
import type { Static } from 'typebox';
import type { Decision } from '../model.ts';
import type { ChaosConfig, ChaosVersion } from './chaos-config.ts';
import { readChaosExpectations } from './chaos-expect.ts';
import { checkFeatures, readChaosFaults } from './chaos-faults.ts';
import { chaosSchema } from './chaos-schema.ts';
import { checkLive, readTraffic } from './chaos-traffic.ts';
import { nameForm, namePattern } from './decisions.ts';
import { childOf, entriesOf, isRecord, nameOf, readShape, type Spot } from './shape.ts';
import { type ArmSetting, readTarget } from './target.ts';

export interface ChaosSetting extends ArmSetting {
  /** Null when they were reported already. */
  readonly decisions: readonly Decision[] | null;
  readonly bucketMs: number;
}

/** Null when anything was reported. */
export function readChaos(spot: Spot, setting: ChaosSetting): ChaosConfig | null {
  const { problems } = spot;
  const before = problems.count();
  const shape: Static<typeof chaosSchema> | null = readShape(chaosSchema, spot);
  if (!isRecord(spot.value)) return null;
  const { inputs, decisions } = setting;
  checkFeatures(childOf(spot, 'features'), inputs);
  const featuresAreKnown = problems.count() === before;
  const versions = written(spot, 'versions') ? readVersions(childOf(spot, 'versions'), setting) : [];
  const traffic = written(spot, 'traffic') ? readTraffic(spot, setting) : null;
  const features = shape?.features ?? inputs?.map(({ name }) => name) ?? [];
  const known = { inputs: featuresAreKnown ? inputs : null, features };
  const entry = childOf(spot, 'faults');
  const faults = written(spot, 'faults') ? readChaosFaults(entry, known) : [];
  const faultNames = isRecord(entry.value) ? Object.keys(entry.value) : [];
  const expect = childOf(spot, 'expect');
  const expectations = readChaosExpectations(expect, { faults, faultNames, decisions: decisions ?? [] });
  const deadlineMs = shape?.deadline ?? Math.max(1000, 5 * (setting.production?.sloLatencyMs ?? 0));
  if (traffic?.type === 'live') checkLive(spot, { versions, faults, deadlineMs, traffic, bucketMs: setting.bucketMs });
  if (problems.count() > before || !shape || !traffic || !decisions) return null;
  return {
    versions,
    traffic,
    features,
    faults,
    expectations,
    warmUpRequests: shape.warmUp,
    deadlineMs,
    inFlight: shape.inFlight,
    maxTimeMs: shape.maxTime,
    bucketMs: setting.bucketMs,
  };
}

/** A missing key is reported by the section's shape. */
function written(spot: Spot, key: string): boolean {
  return childOf(spot, key).value !== undefined;
}

function readVersions(spot: Spot, setting: ChaosSetting): readonly ChaosVersion[] {
  const { path, problems } = spot;
  const before = problems.count();
  const entries = entriesOf(spot, 'a map of versions, such as v1: {onnx: FILE} or v2: {url: http://…}');
  if (entries.length === 0 && problems.count() === before)
    problems.at(path, `${nameOf(path)} requires at least one version`);
  return entries.flatMap(([name, entry]) => {
    if (!namePattern.test(name)) problems.atKey(entry.path, `"${name}" is not ${nameForm}`);
    const target = readTarget(entry, { ...setting, role: 'fault', allowedOnProduction: undefined });
    if (target?.spec?.type === 'command')
      problems.at(
        entry.path,
        `${nameOf(entry.path)} requires {url: http://…} or {onnx: FILE}: a suite asks a version many times over; start the pod yourself`,
      );
    return target?.spec ? [{ name, target: target.spec }] : [];
  });
}
