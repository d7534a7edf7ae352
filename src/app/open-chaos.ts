// The chaos suite joined to the parts it needs. Its latest card lies in a file beside the store: it is for people, and no verdict rests on it.
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { ChaosView } from '../api/comparator.ts';
import { messageOf, PenumbraError } from '../errors.ts';
import type { Log } from '../io/ports.ts';
import type { Experiment } from '../model.ts';
import { endRunNow } from '../pipeline/end-run.ts';
import { factsOf } from '../pipeline/view.ts';
import { type ChaosDeps, type ChaosRuns, createChaosRuns } from './chaos-runs.ts';
import { whyNotBeside } from './exclusive.ts';
import type { AppOptions, Parts } from './parts.ts';
import { createViews } from './views.ts';

type Needed = Pick<Parts, 'store' | 'runs' | 'closing' | 'measuresOf' | 'spending'> & Pick<ChaosDeps, 'whyKilled'>;

export function openChaos(parts: Needed, { config, clock, log }: AppOptions): ChaosRuns {
  const { store, runs, closing, whyKilled } = parts;
  const { find, view } = createViews(parts);
  const begin = async (experiment: Experiment) => {
    const killed = whyKilled();
    if (killed !== null) throw new PenumbraError('KILLED', `the kill switch is engaged (${killed})`);
    const why = whyNotBeside(
      experiment,
      runs.active().map(({ run }) => run.definition),
    );
    if (why !== null) throw new PenumbraError('RUN_CANNOT_START', `the cell "${experiment.name}" cannot start: ${why}`);
    return view(factsOf(await runs.start(experiment, nobody), store));
  };
  return createChaosRuns({
    config,
    clock,
    log,
    begin,
    run: (id) => view(find(id)),
    stopRun: (id, reason) => {
      const context = runs.find(id);
      if (context === null) return;
      endRunNow(closing, context, { state: 'STOPPED', reason, nowMs: clock.nowMs() });
      runs.remove(context);
    },
    whyKilled,
    newId: () => randomUUID().slice(0, 8),
    kept: keptIn(`${config.store.path}.chaos.json`, log),
  });
}

/** The config names every version itself. */
const nobody = { target: null, digest: null, ref: null };

function keptIn(file: string, log: Log): ChaosDeps['kept'] {
  return {
    read: () => {
      try {
        return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as ChaosView) : null;
      } catch (thrown) {
        log.warn({ file, problem: messageOf(thrown) }, 'the latest card cannot be read');
        return null;
      }
    },
    // Whole or not at all: a comparator that dies meanwhile leaves the one before.
    write: (view) => {
      writeFileSync(`${file}.new`, JSON.stringify(view));
      renameSync(`${file}.new`, file);
    },
  };
}
