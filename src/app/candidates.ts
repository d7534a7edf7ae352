// Who may be tried: the candidate of the config, or one named at run start that matches the config's own allow-list.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { StartRun } from '../api/comparator.ts';
import { messageOf, PenumbraError } from '../errors.ts';
import type { Candidate, Experiment, TargetSpec } from '../model.ts';

export interface Candidates {
  /** Throws EXPERIMENT_NOT_FOUND, CANDIDATE_NOT_ALLOWED, RUN_CANNOT_START, MODEL_NOT_FOUND. */
  resolve(start: StartRun): Promise<{ experiment: Experiment; candidate: Candidate }>;
}

export function createCandidates(experiments: readonly Experiment[]): Candidates {
  return {
    resolve: async ({ experiment: name, candidate, digest, ref }) => {
      const experiment = experiments.find((one) => one.name === name);
      if (experiment === undefined) {
        const known = experiments.map((one) => one.name).join(', ');
        throw new PenumbraError('EXPERIMENT_NOT_FOUND', `there is no experiment "${name}"; declared: ${known}`);
      }
      const given = { target: candidate ?? null, digest: digest ?? null, ref: ref ?? null };
      if (candidate === undefined) {
        await checkDigest(experiment, given.digest);
        return { experiment, candidate: given };
      }
      const target = await targetOf(candidate, experiment);
      const named = withCandidate(experiment, target);
      await checkDigest(named, given.digest);
      return { experiment: named, candidate: given };
    },
  };
}

function withCandidate(experiment: Experiment, target: TargetSpec): Experiment {
  const has = experiment.arms.some((arm) => arm.role === 'candidate');
  if (!has) {
    throw new PenumbraError('CANDIDATE_NOT_ALLOWED', `experiment "${experiment.name}" declares no candidate arm`);
  }
  return { ...experiment, arms: experiment.arms.map((arm) => (arm.role === 'candidate' ? { ...arm, target } : arm)) };
}

async function targetOf(candidate: string, { name, candidates }: Experiment): Promise<TargetSpec> {
  if (!candidates.some((pattern) => matches(candidate, pattern))) {
    const allowed = candidates.length === 0 ? 'the config lists no candidates' : `allowed: ${candidates.join(', ')}`;
    throw new PenumbraError('CANDIDATE_NOT_ALLOWED', `"${candidate}" may not be tried in "${name}"; ${allowed}`);
  }
  if (/^https?:\/\//.test(candidate)) return { type: 'http', url: candidate, headers: {}, version: null };
  return { type: 'onnx', file: candidate, sha256: await sha256Of(candidate) };
}

/** `*` stands for anything but a slash, so that a pattern for a host says nothing about paths, nor a folder about folders. */
export function matches(candidate: string, pattern: string): boolean {
  if (candidate.includes('..') || candidate.includes('@')) return false;
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^/]*')}/?$`).test(candidate);
}

/** For a file the digest is checked before anything runs; for a URL the answers' own version is compared by the gate. */
async function checkDigest(experiment: Experiment, digest: string | null): Promise<void> {
  const target = experiment.arms.find((arm) => arm.role === 'candidate')?.target ?? null;
  if (digest === null || target?.type !== 'onnx' || digest === `sha256:${target.sha256}`) return;
  throw new PenumbraError('RUN_CANNOT_START', `${target.file} has sha256:${target.sha256}, not ${digest}`);
}

async function sha256Of(file: string): Promise<string> {
  try {
    return createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
  } catch (thrown) {
    throw new PenumbraError('MODEL_NOT_FOUND', `the candidate's file cannot be read: ${messageOf(thrown)}`);
  }
}
