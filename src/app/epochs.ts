// Continuous experiments go on epoch by epoch: when one run's time is up, the next begins, about the same candidate.
import type { Comparator } from '../api/comparator.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../io/ports.ts';
import type { Experiment, Run } from '../model.ts';
import type { Parts } from './parts.ts';

export interface Epochs {
  /** Takes up chains that were cut by a restart: the last run ended with its epoch and none followed. */
  resume(experiments: readonly Experiment[]): Promise<void>;
  /** Starts the successors of the epochs that ended since. */
  goOn(): Promise<void>;
}

export function createEpochs(
  { store, runs, endedEpochs }: Pick<Parts, 'store' | 'runs' | 'endedEpochs'>,
  { comparator, log }: { readonly comparator: Comparator; readonly log: Log },
): Epochs {
  const goOn = async (): Promise<void> => {
    for (const ended of endedEpochs.splice(0)) {
      try {
        await comparator.startRun(startOf(ended));
      } catch (thrown) {
        const { id, experiment } = ended;
        log.error({ experiment, after: id, problem: messageOf(thrown) }, 'the next epoch could not start');
      }
    }
  };
  return {
    resume: async (experiments) => {
      for (const { name, epochMs } of experiments) {
        if (epochMs === null || runs.active().some(({ run }) => run.experiment === name)) continue;
        const last = store.runs().findLast(({ run }) => run.experiment === name)?.run;
        if (last?.endReason === 'epoch') endedEpochs.push(last);
      }
      await goOn();
    },
    goOn,
  };
}

function startOf({ experiment, candidate: { target, digest, ref } }: Run) {
  return {
    experiment,
    ...(target === null ? {} : { candidate: target }),
    ...(digest === null ? {} : { digest }),
    ...(ref === null ? {} : { ref }),
  };
}
