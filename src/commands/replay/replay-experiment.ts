// What a replay makes of a config: the one experiment that is asked about, as one run over the whole recording. Nothing that depends on
// what was seen may end it: only then is the sample fixed, as the classical tests require. No alerts, nothing that listens.
import { resolveStart } from '../../app/candidates.ts';
import type { EffectiveConfig } from '../../config/effective.ts';
import { processFaultOf } from '../../config/process-faults.ts';
import { PenumbraError } from '../../errors.ts';
import type { Experiment, GatePolicy } from '../../model.ts';

export interface Wanted {
  /** Null: the only one there is. */
  readonly experiment: string | null;
  /** URL or file; null: the one that the config names. */
  readonly candidate: string | null;
}

const never = Number.MAX_SAFE_INTEGER;
/** With this many pairs to go no run is complete before its time. */
const endless: GatePolicy = {
  minPairs: never,
  maxTimeMs: never,
  validForMs: never,
  staleAfterMs: never,
  identity: 'unchecked',
};

/** Errors of whoever typed the command, not of what it worked on. */
export function isWrongUsage({ code }: PenumbraError): boolean {
  return code === 'USAGE' || code === 'EXPERIMENT_NOT_FOUND';
}

/**
 * The experiment as declared, with the candidate that was named.
 * @throws PenumbraError USAGE, EXPERIMENT_NOT_FOUND, CANDIDATE_NOT_ALLOWED, RUN_CANNOT_START, MODEL_NOT_FOUND
 */
export function wantedExperiment(config: EffectiveConfig, { experiment: name, candidate }: Wanted): Experiment {
  const start = { experiment: name ?? onlyExperiment(config), ...(candidate === null ? {} : { candidate }) };
  const { experiment } = resolveStart(config, start);
  for (const { name: arm, target, faults } of experiment.arms) {
    const struck = processFaultOf(faults);
    if (struck !== undefined) {
      const message = `arm "${arm}" has the fault ${struck.type}: a recording is replayed at its own speed, and how long a process takes to come back can only be seen live`;
      throw new PenumbraError('RUN_CANNOT_START', message);
    }
    if (target === null) throw new PenumbraError('USAGE', `arm "${arm}" requires a target: name one with --candidate`);
    if (target.type === 'http' && target.url === config.production.url) {
      const message = `arm "${arm}" is production itself: a replay would send it the whole recording at once; name a replica`;
      throw new PenumbraError('RUN_CANNOT_START', message);
    }
  }
  return experiment;
}

/** The same as one run that only the recording's end ends. */
export function overWholeRecording(experiment: Experiment): Experiment {
  return {
    ...experiment,
    gate: endless,
    maxTimeMs: never,
    maxPairs: null,
    stopWhen: [],
    epochMs: null,
    start: 'on-request',
  };
}

/** A store of its own that forgets nothing while the replay lasts. */
export function replayConfig(
  config: EffectiveConfig,
  { experiment, storePath }: { readonly experiment: Experiment; readonly storePath: string },
): EffectiveConfig {
  const { pipelines: _, ...rest } = config;
  return {
    ...rest,
    experiments: [experiment],
    alerts: [],
    store: { ...config.store, path: storePath },
    truthWindowMs: never,
    samples: { ...config.samples, keepForMs: never },
  };
}

function onlyExperiment({ experiments }: EffectiveConfig): string {
  const [first, second] = experiments;
  if (first !== undefined && second === undefined) return first.name;
  if (first === undefined) throw new PenumbraError('USAGE', 'there is no experiment: the config declares none');
  const known = experiments.map(({ name }) => name).join(', ');
  throw new PenumbraError('USAGE', `--experiment requires one of the config's experiments: ${known}`);
}
