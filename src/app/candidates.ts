// Who a run is about: the candidate of the config, or one named at run start that the config's allow-list admits.
import type { StartRun } from '../api/comparator.ts';
import { withCandidate } from '../config/candidate.ts';
import type { EffectiveConfig } from '../config/effective.ts';
import { PenumbraError } from '../errors.ts';
import type { Candidate, Experiment, Run } from '../model.ts';

/** Throws EXPERIMENT_NOT_FOUND, CANDIDATE_NOT_ALLOWED, RUN_CANNOT_START, MODEL_NOT_FOUND. */
export function resolveStart(
  config: EffectiveConfig,
  start: StartRun,
): { experiment: Experiment; candidate: Candidate } {
  const declared = config.experiments.find(({ name }) => name === start.experiment);
  if (declared === undefined) {
    const known = config.experiments.map(({ name }) => name).join(', ');
    throw new PenumbraError('EXPERIMENT_NOT_FOUND', `there is no experiment "${start.experiment}"; declared: ${known}`);
  }
  const candidate = { target: start.candidate ?? null, digest: start.digest ?? null, ref: start.ref ?? null };
  const experiment = definitionFor(config, declared, candidate);
  checkDigest(experiment, candidate.digest);
  return { experiment, candidate };
}

/** A declared experiment with the candidate that a run was started for. */
export function definitionFor(config: EffectiveConfig, declared: Experiment, { target }: Candidate): Experiment {
  return target === null ? declared : withCandidate(declared, target, config);
}

/** A run speaks for the candidate it was about; when the config has moved on, its answer is about somebody else. */
export function candidateProblems(config: EffectiveConfig, run: Run): readonly string[] {
  const declared = config.experiments.find(({ name }) => name === run.experiment);
  if (declared === undefined) return [`the config no longer has an experiment "${run.experiment}"`];
  const candidateOf = ({ arms }: Experiment) => arms.find(({ role }) => role === 'candidate')?.target ?? null;
  const now = run.candidate.target === null ? candidateOf(declared) : candidateOf(run.definition);
  if (JSON.stringify(now) === JSON.stringify(candidateOf(run.definition))) return [];
  return [`the run was about another candidate than the config names now; start a new run`];
}

/** For a file the digest is checked before anything runs; for a URL the gate compares it with what the answers say. */
function checkDigest(experiment: Experiment, digest: string | null): void {
  const target = experiment.arms.find(({ role }) => role === 'candidate')?.target ?? null;
  if (digest === null || target?.type !== 'onnx' || digest === `sha256:${target.sha256}`) return;
  throw new PenumbraError('RUN_CANNOT_START', `${target.file} has sha256:${target.sha256}, not ${digest}`);
}
