// A candidate named at run start: allowed only where the config's patterns say so, never production itself, and judged by
// the same rules as one that the config names.
import { resolve } from 'node:path';
import { PenumbraError } from '../errors.ts';
import type { Arm, Experiment, HttpTargetSpec, TargetSpec } from '../model.ts';
import type { EffectiveConfig } from './effective.ts';
import { hypothesesOf, type RunSetting } from './hypotheses-of-run.ts';
import { metricAt, metricKey } from './metrics.ts';
import { whyUnsound } from './soundness.ts';
import { onnxSpec, whyForbidden } from './target.ts';

/**
 * The experiment with its candidate's target replaced; hypotheses that depend on the kind of target are made anew.
 * `given` is a URL or an ONNX file (relative to the working directory).
 * @throws PenumbraError RUN_CANNOT_START, CANDIDATE_NOT_ALLOWED, MODEL_NOT_FOUND
 */
export function withCandidate(
  experiment: Experiment,
  given: string,
  config: Pick<EffectiveConfig, 'production' | 'source' | 'decisions' | 'alpha'>,
): Experiment {
  const candidate = experiment.arms.find((arm) => arm.role === 'candidate');
  if (!candidate) throw new PenumbraError('RUN_CANNOT_START', `${experiment.name} has no candidate arm to name`);
  const address = addressOf(given);
  if (!experiment.candidates.some((pattern) => isMatch(address, pattern))) {
    const allowed = experiment.candidates.length > 0 ? experiment.candidates.join(', ') : 'none';
    throw new PenumbraError(
      'CANDIDATE_NOT_ALLOWED',
      `${given} matches none of the candidates that ${experiment.name} allows: ${allowed}`,
    );
  }
  const isUrl = /^https?:/.test(address);
  const forbidden = isUrl ? whyForbidden(address, config) : null;
  if (forbidden !== null) throw new PenumbraError('CANDIDATE_NOT_ALLOWED', `${given}: ${forbidden}`);
  const target: TargetSpec = isUrl
    ? { type: 'http', url: address, ...sentTo(candidate), version: null }
    : onnxSpec(address);
  const arms = experiment.arms.map((arm) => (arm === candidate ? { ...arm, target } : arm));
  return {
    ...experiment,
    arms,
    hypotheses: remade(experiment, { arms, decisions: config.decisions, alpha: config.alpha }),
  };
}

/** `*` stands for anything but a slash. */
export function isMatch(address: string, pattern: string): boolean {
  const literal = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${literal.join('[^/]*')}$`).test(address);
}

/** A URL without anything a pattern could be fooled by, or an absolute path. */
function addressOf(given: string): string {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(given)) return resolve(given);
  const url = URL.canParse(given) ? new URL(given) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash) {
    throw new PenumbraError(
      'CANDIDATE_NOT_ALLOWED',
      `${given} requires the form http://host:port or https://host:port/path`,
    );
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

/** What is added to a copy and kept of it does not depend on which candidate is asked. */
function sentTo({ target }: Arm): Pick<HttpTargetSpec, 'headers' | 'forward'> {
  if (target?.type !== 'http') return { headers: {} };
  const { headers, forward } = target;
  return forward === undefined ? { headers } : { headers, forward };
}

function remade(
  experiment: Experiment,
  { arms, decisions, alpha }: Pick<RunSetting, 'arms' | 'decisions' | 'alpha'>,
): Experiment['hypotheses'] {
  const claims = experiment.hypotheses.filter((hypothesis) => !hypothesis.automatic);
  for (const { id, metric, relation, against, tolerance, arm: name } of claims) {
    const arm = arms.find((known) => known.name === name);
    const known = metricAt(metricKey(metric));
    if (!arm || !known || relation === 'loud') continue;
    const unsound = whyUnsound(known, { limit: { relation, against, tolerance }, arm, arms, armsAreComplete: true });
    if (unsound) throw new PenumbraError('RUN_CANNOT_START', `${id} cannot be judged with this candidate: ${unsound}`);
  }
  const { gate, rows } = experiment;
  return hypothesesOf(claims, { arms, decisions, isGated: gate !== null, rows, alpha });
}
