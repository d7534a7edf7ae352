// Joins an arm's process fault with the pod that suffers it: the one that penumbra started, or the one that its hooks reach.

import { PenumbraError } from '../errors.ts';
import type { Fault } from '../faults/fault.ts';
import { faults } from '../faults/index.ts';
import { createProcessDisturbance } from '../faults/process/disturbance.ts';
import { createHookedPod, type Pod } from '../faults/process/pod.ts';
import { deadMan } from '../io/dead-man.ts';
import type { Clock, Disturbance, Log, Target } from '../io/ports.ts';
import { runHook } from '../io/run-hook.ts';
import { podOf } from '../io/targets/command.ts';
import type { Arm, Experiment, KindUse, PodHooks } from '../model.ts';

interface Made {
  readonly experiment: Experiment;
  readonly target: Target;
  readonly clock: Clock;
  readonly log: Log;
}

/** Not yet begun. @throws PenumbraError RUN_CANNOT_START for a fault whose pod nobody can reach */
export function processDisturbances(arm: Arm, { experiment, target, clock, log }: Made): readonly Disturbance[] {
  return arm.faults.flatMap((use) => {
    const plan = strikesOf(use);
    if (plan === undefined) return [];
    const name = `${use.type} of ${arm.name}`;
    const pod = podFor(arm, target);
    if (pod === null)
      throw new PenumbraError(
        'RUN_CANNOT_START',
        `${name} has no pod to strike: ${arm.name} has neither a command nor hooks`,
      );
    return [createProcessDisturbance({ name, plan, pod, clock, log, seed: experiment.seed, armName: arm.name })];
  });
}

function strikesOf({ type, options }: KindUse): Fault['strikes'] {
  const kind = faults.find(({ name }) => name === type);
  if (kind === undefined || !('needsHooks' in kind)) return undefined;
  return (kind as unknown as { create: (given: unknown) => Fault }).create(options).strikes;
}

function podFor({ hooks }: Arm, target: Target): Pod | null {
  return podOf(target) ?? (hooks === undefined ? null : undoneByDeadMan(createHookedPod(hooks, runHook), hooks));
}

/** A pod that others look after is brought back even if penumbra dies while it is paused or killed: held ready before it is struck. */
function undoneByDeadMan(pod: Pod, { resume, start }: PodHooks): Pod {
  let letGo = (): void => {};
  const hold = (command: readonly string[] | undefined): void => {
    letGo();
    letGo = command === undefined ? () => {} : deadMan.hold({ command });
  };
  const thenLetGo = async (done: Promise<void>): Promise<void> => {
    await done;
    letGo();
  };
  return {
    pause: (abort) => {
      hold(resume);
      return pod.pause(abort);
    },
    resume: () => thenLetGo(pod.resume()),
    kill: (signal, abort) => {
      hold(start);
      return pod.kill(signal, abort);
    },
    start: (how, abort) => thenLetGo(pod.start(how, abort)),
    restart: () => thenLetGo(pod.restart()),
  };
}
