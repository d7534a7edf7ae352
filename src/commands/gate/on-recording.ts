// The gate decided on a recording, for a runner with no way to the cluster: the comparator of serve runs here, on the recording's own
// clock, and its gate is asked at the end. minPairs and maxTime bind as live; freshness cannot, and the answer says what it rests on.
import { randomBytes } from 'node:crypto';
import type { EffectiveConfig } from '../../config/effective.ts';
import { policyHash } from '../../config/hashes.ts';
import { checkConfig } from '../../config/load.ts';
import { problemLine } from '../../config/problems.ts';
import type { Environment } from '../../config/secrets.ts';
import { gateExitCodes } from '../../core/judge/gate.ts';
import { messageOf, PenumbraError } from '../../errors.ts';
import type { Experiment } from '../../model.ts';
import type { Fed } from '../replay/feed.ts';
import { isWrongUsage, wantedExperiment } from '../replay/replay-experiment.ts';
import { requireModels } from '../replay/require-models.ts';
import { type Replayed, runReplay } from '../replay/run-replay.ts';
import type { GateAnswer } from './answer.ts';

export interface OnRecording {
  readonly file: string;
  readonly config: string;
  readonly experiment: string | null;
  readonly candidate: string | null;
  readonly env: Environment;
}

/** `refuse` ends the process: wrong usage, a wrong config included, is no verdict. */
export async function decideOnRecording(asked: OnRecording, refuse: (why: string) => never): Promise<GateAnswer> {
  try {
    const { config: configFile, file, env } = asked;
    const config = readConfig(configFile, env);
    const experiment = wantedExperiment(config, asked);
    if (experiment.gate === null)
      throw new PenumbraError('USAGE', `the experiment ${experiment.name} declares no gate`);
    await requireModels({ ...config, experiments: [experiment] });
    const replayed = await runReplay({ file, config, experiment, env, onPair: () => {}, asRun: asGated });
    return answerOf(replayed, { file, policyHash: policyHash(experiment, config), experiment });
  } catch (thrown) {
    const isUsage = thrown instanceof PenumbraError && (isWrongUsage(thrown) || thrown.code.startsWith('CONFIG_'));
    if (isUsage) return refuse(thrown.message);
    return { verdict: 'ERROR', reasonCode: 'recording_unusable', reasons: [messageOf(thrown)], final: true };
  }
}

/** As it would run live, but for what only live traffic has: age, stop conditions of production, epochs and a timetable. */
function asGated(experiment: Experiment): Experiment {
  const { schedule: _, ...rest } = experiment;
  const gate = experiment.gate && { ...experiment.gate, staleAfterMs: Number.MAX_SAFE_INTEGER };
  return { ...rest, gate, stopWhen: [], epochMs: null, start: 'on-request' };
}

interface Context {
  readonly file: string;
  readonly policyHash: string;
  readonly experiment: Experiment;
}

/** As much of a recording may be unreadable as may be dropped live. */
const mostUnread = 0.05;

function answerOf({ fed, gate }: Replayed, { file, policyHash: hash, experiment }: Context): GateAnswer {
  const nowMs = Date.now();
  const { from, to, exchanges } = fed;
  const basis = { type: 'recording', file, from, to, exchanges } as const;
  const validForMs = experiment.gate?.validForMs ?? 0;
  const whole = {
    ...gate,
    policyHash: hash,
    decidedAt: nowMs,
    dataAgeMs: to === null ? null : nowMs - to,
    nonce: randomBytes(16).toString('hex'),
    basis,
    notes: [...gate.notes, ...notesOn(fed, experiment)],
    final: true,
    verdict: gate.verdict as GateAnswer['verdict'],
    expiresAt: gate.verdict === 'PASS' ? nowMs + validForMs : null,
  };
  const unread = fed.lines === 0 ? 1 : (fed.bad.count + fed.strange.count) / fed.lines;
  if (whole.verdict !== 'PASS' || unread <= mostUnread) return whole;
  const reason = `${fed.bad.count + fed.strange.count} of ${fed.lines} lines of the recording could not be used, more than 5 %`;
  return {
    ...whole,
    verdict: 'BIASED',
    exitCode: gateExitCodes.BIASED,
    reasonCode: 'recording_unread',
    reasons: [reason, ...gate.reasons],
    expiresAt: null,
  } as GateAnswer;
}

function notesOn({ from, to }: Fed, { stopWhen }: Experiment): string[] {
  const span = from === null || to === null ? '' : `, recorded from ${isoOf(from)} to ${isoOf(to)}`;
  return [
    `freshness does not bind on a recording${span}`,
    ...(stopWhen.length === 0 ? [] : ['stop conditions on production do not bind on a recording']),
  ];
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}

function readConfig(file: string, env: Environment): EffectiveConfig {
  const { config, errors } = checkConfig(file, { env });
  if (config !== null) return config;
  const lines = errors.map((problem) => problemLine(file, problem));
  throw new PenumbraError('CONFIG_INVALID', `the config is not valid\n${lines.join('\n')}`);
}
