// Which arm a drill asks, what it plants there, and which decisions are judged: what was written, else what serves the common case.
// Never production: nothing may be planted there, however little.
import type { DeclaredInput } from '../core/perturb/index.ts';
import type { Arm, Decision, Experiment, KindUse } from '../model.ts';
import type { Production, SourceConfig } from './effective.ts';
import { suggestion } from './nearest.ts';
import type { SecretSetting } from './secret-fields.ts';
import { listed } from './shape.ts';
import { whyForbidden } from './target.ts';

export interface DrillSetting extends SecretSetting {
  readonly experiments: readonly Experiment[];
  /** False when one of them was reported: what is missing may be that one. */
  readonly experimentsAreComplete: boolean;
  readonly production: Production | null;
  readonly source: SourceConfig | null;
  readonly inputs: readonly DeclaredInput[] | null;
  readonly decisions: readonly Decision[] | null;
  readonly hasAlerts: boolean;
}

export interface Known extends DrillSetting {
  readonly production: Production;
  readonly source: SourceConfig;
  readonly inputs: readonly DeclaredInput[];
  readonly decisions: readonly Decision[];
}

export function isKnown(setting: DrillSetting): setting is Known {
  const { production, source, inputs, decisions, experimentsAreComplete } = setting;
  return production !== null && source !== null && inputs !== null && decisions !== null && experimentsAreComplete;
}

interface Asked {
  readonly experiment: string | undefined;
  readonly arm: string | undefined;
  readonly decision: string | undefined;
  readonly perturbations: readonly KindUse[];
}

interface Chosen {
  readonly of: Experiment;
  readonly arm: Arm;
  readonly perturbations: readonly KindUse[];
  readonly decisions: readonly string[];
}

type Refuse = (key: 'experiment' | 'arm' | 'decision' | 'perturb' | null, message: string) => void;

/** Null when something was refused. */
export function choose(asked: Asked, setting: Known, refuse: Refuse): Chosen | null {
  const of = chooseExperiment(asked, setting, refuse);
  const arm = of && chooseArm(of, { ...asked, ...setting }, refuse);
  const names = setting.decisions.map(({ name }) => name);
  if (asked.decision !== undefined && !names.includes(asked.decision)) {
    const hint = suggestion(asked.decision, names);
    refuse('decision', `"${asked.decision}" is no decision${hint}; decisions: ${listed(names)}`);
    return null;
  }
  const perturbations = asked.perturbations.length > 0 ? asked.perturbations : zeroAll(setting.inputs);
  if (perturbations.length === 0) {
    refuse(null, 'drill requires perturb: no declared input can be zeroed, so there is nothing to plant by default');
    return null;
  }
  return of && arm && { of, arm, perturbations, decisions: asked.decision === undefined ? names : [asked.decision] };
}

function chooseExperiment({ experiment, arm }: Asked, { experiments }: Known, refuse: Refuse): Experiment | null {
  const names = experiments.map(({ name }) => name);
  const isMeant = ({ name, arms }: Experiment): boolean =>
    experiment === undefined
      ? arms.some((one) => (arm === undefined ? one.role === 'control' : one.name === arm))
      : name === experiment;
  const found = experiments.find(isMeant);
  if (found !== undefined) return found;
  if (experiment !== undefined) {
    const hint = suggestion(experiment, names);
    refuse('experiment', `"${experiment}" is no experiment${hint}; experiments: ${listed(names) || 'none'}`);
  } else if (arm !== undefined) refuse('arm', `no experiment has an arm "${arm}"`);
  else
    refuse(null, 'drill requires an experiment with a control arm, or the name of another arm: no experiment has one');
  return null;
}

function chooseArm(of: Experiment, { arm: name, ...setting }: Asked & Known, refuse: Refuse): Arm | null {
  const names = of.arms.map((one) => one.name);
  const arm = of.arms.find((one) => (name === undefined ? one.role === 'control' : one.name === name));
  const key = name === undefined ? null : 'arm';
  if (arm === undefined) {
    const what = name === undefined ? `${of.name} has no control` : `"${name}" is no arm of ${of.name}`;
    refuse(key, `${what}${suggestion(name ?? '', names)}; arms: ${listed(names)}`);
    return null;
  }
  if (arm.target === null) {
    refuse(key, `${arm.name} of ${of.name} has no target in the config: a drill asks an arm that is always there`);
    return null;
  }
  if (arm.target.type === 'command') {
    refuse(
      key,
      `${arm.name} of ${of.name} is a pod that penumbra starts for its own runs: a drill asks an arm at a url`,
    );
    return null;
  }
  const forbidden = arm.target.type === 'http' ? whyForbidden(arm.target.url, setting) : null;
  if (forbidden === null) return arm;
  refuse(key, `${arm.name} of ${of.name} asks production itself, and nothing may be planted there: name another arm`);
  return null;
}

/** As after a feature store that was lost without a word. */
function zeroAll(inputs: readonly DeclaredInput[]): readonly KindUse[] {
  const features = inputs.filter(({ type }) => type !== 'string').map(({ name }) => name);
  return features.length === 0 ? [] : [{ type: 'zero', options: { features, share: 1 } }];
}
