// What is legal but probably not meant. Warnings never stop a start; `validate` prints them.
import { formatDuration } from '../core/units.ts';
import type { Arm, Experiment } from '../model.ts';
import { heldText, lateText } from './delay-fault.ts';
import type { EffectiveConfig } from './effective.ts';
import type { Spot } from './shape.ts';

type Warn = (keys: readonly string[], message: string) => void;

export function warnAbout(config: Omit<EffectiveConfig, 'configHash'>, spot: Spot): void {
  for (const experiment of config.experiments) {
    const warn: Warn = (keys, message) => spot.problems.warn(['experiments', experiment.name, ...keys], message);
    const unknowable = (config.dependencies ?? []).filter(({ protocol }) => protocol === 'tcp').map(({ name }) => name);
    for (const arm of experiment.arms) warnAboutArm(arm, { experiment, warn, unknowable });
    if (!experiment.arms.some((arm) => arm.role === 'control')) {
      warn(
        ['arms'],
        'there is no control arm: the noise floor stays unknown, and nothing can be compared with control',
      );
    }
    const error = experiment.hypotheses.find(({ metric, arm }) => metric === 'error' && isCandidate(experiment, arm));
    if (experiment.gate && error && !error.required) {
      warn(['gate'], `${error.id} is advisory: the gate would pass a candidate that fails requests`);
    }
  }
}

function isCandidate(experiment: Experiment, name: string): boolean {
  return experiment.arms.some((arm) => arm.name === name && arm.role === 'candidate');
}

interface WarnArm {
  readonly experiment: Experiment;
  readonly warn: Warn;
  /** Dependencies whose faults select connections: no entity key can be named. */
  readonly unknowable: readonly string[];
}

function warnAboutArm(arm: Arm, { experiment, warn, unknowable }: WarnArm): void {
  const keys = ['arms', arm.name];
  if (
    arm.role !== 'control' &&
    !experiment.hypotheses.some((one) => one.arm === arm.name && (one.required || !one.automatic))
  ) {
    warn(keys, `nothing is expected of ${arm.name}: it costs requests and is never judged`);
  }
  for (const { type, options } of arm.faults) {
    const late = type === 'delay' ? lateText(options, arm) : null;
    if (late !== null) {
      const deadline = `the deadline of ${formatDuration(arm.deadlineMs)}`;
      const held = `the delay of ${heldText(options)}`;
      warn(
        keys,
        late.startsWith('every')
          ? `${held} is not shorter than ${deadline}: ${late} will be a timeout`
          : `${held} passes ${deadline} in ${late}: those will be timeouts; atMost cuts the tail off`,
      );
    }
    const couldBeNamed = type === 'dependency' && !unknowable.includes(String(options.name));
    if (couldBeNamed && options.key === undefined && options.share !== 1) {
      warn(
        keys,
        'the dependency fault names no entity key: silentWrong counts all requests, also those on which the fault did not act',
      );
    }
  }
}
