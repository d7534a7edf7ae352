// Faults of an arm's process and the hooks that do them to a pod which penumbra does not start: what must be said beside what, so that
// a run never finds out on its way that it cannot do what it was asked for.

import { formatDuration } from '../core/units.ts';
import type { FaultKind } from '../faults/fault.ts';
import { faults } from '../faults/index.ts';
import type { Arm, KindUse, PodHooks, TargetSpec } from '../model.ts';
import { hooksSchema } from './command-schema.ts';
import { readCommand } from './command-target.ts';
import type { Claim } from './hypotheses.ts';
import { childOf, nameOf, readShape, type Spot } from './shape.ts';

const processKinds = faults.flatMap((kind) => {
  const { name, needsHooks } = kind as unknown as FaultKind<never>;
  return needsHooks === undefined ? [] : [{ name, needsHooks }];
});

/** The fault of an arm's process; undefined where there is none. */
export function processFaultOf(uses: readonly KindUse[]): KindUse | undefined {
  return uses.find(({ type }) => processKinds.some(({ name }) => name === type));
}

/** Undefined where none are written, or something was reported. */
export function readHooks(spot: Spot): PodHooks | undefined {
  if (spot.value === undefined) return undefined;
  const before = spot.problems.count();
  const shape = readShape(hooksSchema, spot);
  if (!shape) return undefined;
  const hooks = Object.keys(shape).map((name) => [name, readCommand(childOf(spot, name))] as const);
  return spot.problems.count() > before ? undefined : (Object.fromEntries(hooks) as PodHooks);
}

interface Struck {
  readonly faults: readonly KindUse[];
  readonly target: TargetSpec | null;
  readonly hooks: PodHooks | undefined;
}

/** What an arm's process fault must be beside its target; the spot is the arm's. */
export function checkProcessFault(spot: Spot, { faults: uses, target, hooks }: Struck): void {
  const { path, problems } = spot;
  const struck = uses.filter((use) => processFaultOf([use]) !== undefined);
  const [use, second] = struck;
  const hasHooks = childOf(spot, 'hooks').value !== undefined;
  if (hasHooks && target?.type === 'command')
    problems.atKey([...path, 'hooks'], 'hooks are for a pod that penumbra does not start: it starts this one itself');
  else if (hasHooks && use === undefined)
    problems.atKey(
      [...path, 'hooks'],
      `hooks are for faults of a process: ${processKinds.map(({ name }) => name).join(', ')}`,
    );
  if (use === undefined) return;
  const at = [...path, 'faults', uses.indexOf(use)];
  if (second !== undefined) {
    const why = 'an arm has one fault of its process: else nobody could tell from which it recovered';
    problems.at([...path, 'faults', uses.indexOf(second)], `${why}; give ${second.type} an arm of its own`);
  }
  if (uses.some(({ type }) => type === 'swap')) problems.at(at, `${use.type} and swap need an arm each`);
  checkTimes(use, { path: at, problems });
  if (target === null || target.type === 'command') return;
  if (target.type === 'onnx') {
    problems.at(
      at,
      `${use.type} happens to a process, and ${nameOf(path)} runs inside penumbra: give it target: {command: …}`,
    );
    return;
  }
  const needed = processKinds.find(({ name }) => name === use.type)?.needsHooks ?? [];
  const missing = needed.filter((name) => hooks?.[name] === undefined);
  if (missing.length === 0 || (hasHooks && hooks === undefined)) return;
  const wanted = missing.map((name) => `${name}: [program, …]`).join(', ');
  problems.at(
    at,
    `${use.type} requires a pod that penumbra starts, target: {command: …}, or hooks: {${wanted}} to do it`,
  );
}

function checkTimes({ type, options }: KindUse, { path, problems }: Pick<Spot, 'path' | 'problems'>): void {
  const every = Number(options.everyMs);
  for (const name of ['jitterMs', 'pauseMs'] as const) {
    if (!(Number(options[name]) >= every)) continue;
    const key = name === 'pauseMs' ? type : 'jitter';
    const what = formatDuration(Number(options[name]));
    problems.at([...path, key], `${key} (${what}) requires less than every (${formatDuration(every)})`);
  }
}

/** Why `recovered` could never count anything; null when it can. */
export function whyNeverRecovers(arm: Arm, { metric, options }: Pick<Claim, 'metric' | 'options'>): string | null {
  if (metric !== 'recovered') return null;
  const use = processFaultOf(arm.faults);
  if (use === undefined) {
    const kinds = processKinds.map(({ name }) => name).join(', ');
    return `recovered is for an arm whose process is struck (${kinds}): ${arm.name} has no such fault`;
  }
  const every = Number(use.options.everyMs);
  if (Number(options.withinMs) < every) return null;
  const within = formatDuration(Number(options.withinMs));
  return `recovered within ${within} would count nothing: the next strike comes after ${formatDuration(every)}`;
}
