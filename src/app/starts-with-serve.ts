// Experiments that start with serve. One that cannot start now (another breaks something, production is over its stop condition) keeps
// the others from nothing: it waits, and is tried again until it can.
import type { Comparator } from '../api/comparator.ts';
import { PenumbraError } from '../errors.ts';
import type { Clock, Log } from '../io/ports.ts';
import type { Experiment } from '../model.ts';
import type { Parts } from './parts.ts';

export interface StartsWithServe {
  begin(experiments: readonly Experiment[]): Promise<void>;
  /** Tries those that wait, now and then. Call it as often as you like. */
  goOn(): Promise<void>;
}

const tryEveryMs = 5000;

interface Deps {
  readonly comparator: Comparator;
  readonly clock: Clock;
  readonly log: Log;
}

/** Of an error that waiting cannot mend, `begin` throws and `goOn` gives up with a line in the log. */
export function createStartsWithServe(parts: Parts, { comparator, clock, log }: Deps): StartsWithServe {
  const waiting = new Map<string, string>();
  let isTrying = false;
  let lastTryMs = clock.monotonicMs();
  const start = async (experiment: string): Promise<void> => {
    try {
      await comparator.startRun({ experiment });
      waiting.delete(experiment);
    } catch (thrown) {
      if (!(thrown instanceof PenumbraError) || thrown.code !== 'RUN_CANNOT_START') throw thrown;
      if (waiting.get(experiment) !== thrown.message)
        log.warn({ experiment, why: thrown.message }, 'the experiment waits');
      waiting.set(experiment, thrown.message);
    }
  };
  return {
    begin: async (experiments) => {
      for (const experiment of experiments) {
        if (experiment.start !== 'with-serve' || parts.killSwitch.state() !== null) continue;
        if (!hasRun(parts, experiment)) await start(experiment.name);
      }
    },
    goOn: async () => {
      if (isTrying || waiting.size === 0 || clock.monotonicMs() - lastTryMs < tryEveryMs) return;
      if (parts.killSwitch.state() !== null) return;
      isTrying = true;
      for (const experiment of [...waiting.keys()]) {
        // Somebody may have started it by hand since.
        const isActive = parts.runs.active().some(({ run }) => run.experiment === experiment);
        if (isActive) waiting.delete(experiment);
        else {
          await start(experiment).catch((err: unknown) => {
            waiting.delete(experiment);
            log.error({ err, experiment }, 'the experiment that waited cannot start: penumbra run start');
          });
        }
      }
      lastTryMs = clock.monotonicMs();
      isTrying = false;
    },
  };
}

/** A run of the same policy about the same arms, finished or not, or one that goes on: `start: with serve` starts none twice. */
function hasRun({ store, runs, policyHashOf }: Parts, experiment: Experiment): boolean {
  const { name } = experiment;
  const isActive = runs.active().some(({ run }) => run.experiment === name);
  const policyHash = policyHashOf(experiment);
  return (
    isActive || store.runs().some(({ run }) => run.policyHash === policyHash && isAbout(run.definition, experiment))
  );
}

/** Whether both ask the same arms at the same places. */
function isAbout(one: Experiment, other: Experiment): boolean {
  const targetsOf = ({ name, arms }: Experiment) => JSON.stringify([name, arms.map((arm) => [arm.name, arm.target])]);
  return targetsOf(one) === targetsOf(other);
}
