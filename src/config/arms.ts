// `arms`: the shadow ways to answer. The role follows from what is written: `control` by its name, an arm with
// perturbations or faults is a fault arm, any other a candidate. No fault and no shadow may reach production by mistake.
import { faults } from '../faults/index.ts';
import type { Arm, ArmRole, KindUse } from '../model.ts';
import { nameForm, namePattern } from './decisions.ts';
import { checkDelay } from './delay-fault.ts';
import { type DependencyFaultSetting, isDependencyFault, readDependencyFault } from './dependency-fault.ts';
import { type KindFamily, readUse } from './kind-use.ts';
import { readPerturbations } from './perturbations.ts';
import { checkProcessFault, readHooks } from './process-faults.ts';
import { armSchema } from './schema.ts';
import { childOf, entriesOf, listOf, nameOf, readShape, type Spot } from './shape.ts';
import { checkSwap, isSwapFault, readSwapFault } from './swap-fault.ts';
import { type ArmSetting, readTarget } from './target.ts';

export interface ReadArm extends Arm {
  /** Requests per second that `target: production` may cost production; null for every other target. */
  readonly maxOnProduction: number | null;
}

export const faultFamily: KindFamily = {
  what: 'fault',
  kinds: faults,
  notYet: ['reset'],
  mainOptionOf: (kind) => faults.find((fault) => fault.name === kind.name)?.mainOption ?? '',
};

/** At least five times the promised latency, so that an arm is judged on being late before it is cut off. */
function defaultDeadlineMs(sloLatencyMs: number): number {
  return Math.max(1000, 5 * sloLatencyMs);
}

export function readArms(spot: Spot, setting: ArmSetting): readonly ReadArm[] {
  const { path, problems } = spot;
  const before = problems.count();
  const entries = entriesOf(spot, 'a map of arms, such as control: {target: {url: http://…}}');
  if (entries.length === 0 && problems.count() === before)
    problems.at(path, `${nameOf(path)} requires at least one arm`);
  const arms = entries.map(([name, entry]) => readArm(name, { spot: entry, setting })).filter((arm) => arm !== null);
  for (const role of ['control', 'candidate'] as const) {
    const [first, second] = arms.filter((arm) => arm.role === role);
    if (first && second) {
      const hint =
        role === 'candidate' ? ': give each its own experiment (an arm with perturb or faults is a fault arm)' : '';
      problems.atKey(
        [...path, second.name],
        `an experiment has at most one ${role}; ${first.name} is one already${hint}`,
      );
    }
  }
  return arms;
}

function readArm(name: string, { spot, setting }: { spot: Spot; setting: ArmSetting }): ReadArm | null {
  const { path, problems } = spot;
  const before = problems.count();
  if (!namePattern.test(name) || name === 'production') {
    problems.atKey(
      path,
      name === 'production' ? 'production is not an arm: arms are its shadows' : `"${name}" is not ${nameForm}`,
    );
  }
  // `candidate:` with nothing after it is an arm with every default.
  const shape = readShape(armSchema, { ...spot, value: spot.value ?? {} });
  if (!shape) return null;
  const perturbations = readPerturbations(childOf(spot, 'perturb'), setting.inputs);
  const uses = listOf(childOf(spot, 'faults'), 'faults').flatMap((entry) => readFaultUse(entry, setting) ?? []);
  const isFault = shape.perturb !== undefined || shape.faults !== undefined;
  const role = roleOf(name, { isFault, written: shape.role, spot });
  const target = readTarget(childOf(spot, 'target'), {
    ...setting,
    role,
    allowedOnProduction: shape.allowLoadOnProduction,
  });
  if (target?.spec === null && role !== 'candidate')
    problems.atKey(path, `${nameOf(path)} requires a target: only a candidate may be named at run start`);
  for (const { type } of target?.spec?.type === 'onnx' ? uses : []) {
    if (!faults.some((fault) => fault.name === type && 'needsTransport' in fault)) continue;
    problems.atKey(
      [...path, 'faults'],
      `${type} happens to bytes on a network, and ${name} runs in process: give it a url`,
    );
  }
  const hooks = readHooks(childOf(spot, 'hooks'));
  checkProcessFault(spot, { faults: uses, target: target?.spec ?? null, hooks });
  checkSwap(spot, { faults: uses, target: target?.spec ?? null });
  const deadlineMs = shape.deadline ?? defaultDeadlineMs(setting.production?.sloLatencyMs ?? 200);
  if (problems.count() > before) return null;
  return {
    name,
    role,
    target: target?.spec ?? null,
    perturbations,
    faults: uses,
    deadlineMs,
    ...(hooks === undefined ? {} : { hooks }),
    maxOnProduction: target?.maxOnProduction ?? null,
  };
}

function roleOf(
  name: string,
  { isFault, written, spot }: { isFault: boolean; written: ArmRole | undefined; spot: Spot },
): ArmRole {
  const natural: ArmRole = isFault ? 'fault' : name === 'control' ? 'control' : 'candidate';
  const { path, problems } = spot;
  const said = written ?? natural;
  if (name === 'control' && isFault) {
    const key = childOf(spot, 'perturb').value === undefined ? 'faults' : 'perturb';
    problems.atKey([...path, key], 'control is production’s own version, unchanged: it takes no perturb and no faults');
  } else if (isFault && said !== 'fault') {
    problems.at([...path, 'role'], `an arm with perturb or faults is a fault arm, not a ${said}`);
  } else if (name === 'control' && said !== 'control') {
    problems.at([...path, 'role'], `the arm named control is the control, not a ${said}`);
  } else if (!isFault && said === 'fault') {
    problems.at([...path, 'role'], 'a fault arm requires perturb or faults');
  }
  return said;
}

/** Null when something was reported. */
export function readFaultUse(spot: Spot, setting: DependencyFaultSetting & Partial<ArmSetting>): KindUse | null {
  if (isSwapFault(spot)) return readSwapFault(spot, setting);
  if (isDependencyFault(spot)) return readDependencyFault(spot, setting);
  const use = readUse(spot, faultFamily);
  return use !== null && checkDelay(spot, use) ? use : null;
}
