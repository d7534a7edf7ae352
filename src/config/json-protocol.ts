// `production.json`: which requests of a plain JSON API are inference calls, and where their id and the model's version stand. Inputs and
// outputs are JSON Pointers then, each checked where it is written.

import { isJsonPointer } from '../core/json-pointer.ts';
import type { DeclaredInput } from '../core/perturb/index.ts';
import type { Decision } from '../model.ts';
import type { JsonProtocol } from './effective.ts';
import { jsonProtocolSchema } from './schema.ts';
import { childOf, isRecord, nameOf, readShape, type Spot, show } from './shape.ts';

const callForm = /^[A-Z]{1,20}\s+\/\S*$/;

/** Null for every other protocol, and when something was reported. */
export function readJsonProtocol(
  spot: Spot,
  { protocol, service }: { protocol: string; service: string },
): JsonProtocol | null {
  if (protocol !== 'json') {
    if (spot.value !== undefined)
      spot.problems.atKey(spot.path, `${nameOf(spot.path)} is for protocol: json, not ${protocol}`);
    return null;
  }
  const shape = readShape(jsonProtocolSchema, { ...spot, value: withList(spot.value) });
  if (!shape) return null;
  const { calls, model = service, version = null, id = null } = shape;
  for (const call of calls) {
    if (callForm.test(call)) continue;
    const at = [...spot.path, 'calls'];
    spot.problems.at(at, `${nameOf(at)} requires a method and a path, such as POST /score, got ${show(call)}`);
  }
  for (const [key, pointer] of [
    ['version', version],
    ['id', id],
  ] as const)
    if (pointer !== null) requirePointer(childOf(spot, key), pointer);
  return { calls, model, version, id };
}

/** One call need not be a list. */
function withList(value: unknown): unknown {
  if (value === undefined) return {};
  return isRecord(value) && typeof value.calls === 'string' ? { ...value, calls: [value.calls] } : value;
}

/** Every place of an input and an output. */
export function requirePointers(
  spot: Spot,
  { inputs, decisions }: { inputs: readonly DeclaredInput[] | null; decisions: readonly Decision[] | null },
): void {
  const written = childOf(spot, 'inputs');
  for (const [index, { tensor }] of (inputs ?? []).entries()) {
    // A card's places stand in another file: the complaint is where the config names it.
    const path = Array.isArray(written.value) ? [...written.path, index, 'at'] : [...written.path, 'card'];
    requirePointer({ ...written, path }, tensor);
  }
  for (const { name, output } of decisions ?? [])
    requirePointer({ ...spot, path: ['decisions', name, 'output'] }, output);
}

function requirePointer({ path, problems }: Spot, pointer: string): void {
  if (isJsonPointer(pointer)) return;
  problems.at(
    path,
    `${nameOf(path)} requires a JSON Pointer with protocol: json, such as /features/dep_delay, got ${show(pointer)}`,
  );
}
