// `faults: [{swap: {url: …}, share: 50%}]`: the other version is a target like any, so what holds of an arm's address holds of it: never
// production, never the tap. How it is read, checked beside its arm, and written back.

import { otherVersionOf, swap } from '../faults/swap.ts';
import type { KindUse, TargetSpec } from '../model.ts';
import { type KindFamily, readUse } from './kind-use.ts';
import { isRecord, nameOf, type Spot, show } from './shape.ts';
import { type ArmSetting, readTarget } from './target.ts';

export function isSwapFault({ value }: Spot): boolean {
  return isRecord(value) && Object.hasOwn(value, swap.name);
}

/** Null when something was reported. Without an arm's setting (the chaos suite) there is nothing to swap with. */
export function readSwapFault(spot: Spot, setting: Partial<ArmSetting>): KindUse | null {
  const { problems, path } = spot;
  const { production, source, env, directory, seed, inputs } = setting;
  if (production === undefined || source === undefined || env === undefined || directory === undefined) {
    problems.atKey(
      [...path, swap.name],
      'swap is for the arms of an experiment: here every version has rows of its own',
    );
    return null;
  }
  const arm: ArmSetting = { production, source, env, directory, seed: seed ?? '', inputs: inputs ?? null };
  const family: KindFamily = {
    what: 'fault',
    kinds: [swap],
    notYet: [],
    mainOptionOf: () => swap.mainOption,
    readMain: (other) => readOther(other, arm),
  };
  const use = readUse(spot, family);
  if (use === null) return null;
  if ((use.options.share === undefined) !== (use.options.everyMs === undefined)) return use;
  const why = 'requires either share, to swap request by request, or every, to switch by time';
  problems.at(path, `${nameOf(path)} ${why}`);
  return null;
}

function readOther(spot: Spot, setting: ArmSetting): TargetSpec | undefined {
  const { value, path, problems } = spot;
  if (!isRecord(value) || !('url' in value || 'onnx' in value)) {
    problems.at(
      path,
      `${nameOf(path)} requires the other version, {url: http://…} or {onnx: FILE}, got ${show(value)}`,
    );
    return undefined;
  }
  return readTarget(spot, { ...setting, role: 'fault', allowedOnProduction: undefined })?.spec ?? undefined;
}

/** What an arm's swap must be beside its target; `path` is the arm's. */
export function checkSwap(
  { path, problems }: Pick<Spot, 'path' | 'problems'>,
  { faults, target }: { readonly faults: readonly KindUse[]; readonly target: TargetSpec | null },
): void {
  const other = otherVersionOf({ faults });
  if (other === null) return;
  const at = [...path, 'faults'];
  if (faults.filter(({ type }) => type === swap.name).length > 1)
    problems.atKey(at, `${nameOf(path)} swaps twice: an arm has one other version`);
  if (target === null) return;
  if ((target.type === 'onnx') !== (other.type === 'onnx')) {
    problems.atKey(
      at,
      `${nameOf(path)} would swap a model in process with one over the network: what differs would be the way, not the version; write both as url or both as onnx`,
    );
  } else if (placeOf(target) === placeOf(other)) {
    problems.atKey(at, `${nameOf(path)} would swap its target with itself: name another version`);
  }
}

function placeOf(target: TargetSpec): string {
  if (target.type === 'onnx') return target.sha256;
  return target.type === 'http' ? target.url.replace(/\/+$/, '') : '';
}

/** The other version as a config writes it. */
export function otherVersionText(other: TargetSpec) {
  if (other.type === 'onnx') return { onnx: other.file };
  if (other.type !== 'http') return undefined;
  const headers = Object.keys(other.headers).length > 0 ? other.headers : undefined;
  return { url: other.url, headers, version: other.version ?? undefined };
}
