// A plan from a recording: the experiment's arms answer the recorded requests, as in a replay, and what they did replaces assumptions:
// the rate is the recording's, the time to each verdict the one at what was seen, and limits are proposed.
import type { EffectiveConfig } from '../../config/effective.ts';
import type { Environment } from '../../config/secrets.ts';
import { whole } from '../../core/judge/words.ts';
import { PenumbraError } from '../../errors.ts';
import { countExchangeLines } from '../../io/sources/exchange-file.ts';
import { createProgress } from '../replay/progress.ts';
import { wantedExperiment } from '../replay/replay-experiment.ts';
import { notesOn, recordedPerSecond } from '../replay/report.ts';
import { problemText } from '../replay/report-text.ts';
import { requireModels } from '../replay/require-models.ts';
import { runReplay } from '../replay/run-replay.ts';
import { asRecorded } from './as-recorded.ts';
import { planExperiment } from './plan-experiment.ts';
import { createProposer } from './propose.ts';
import { trafficOf } from './traffic.ts';

export interface RecordingOptions {
  readonly recording: string;
  readonly experiment: string | null;
  readonly candidate: string | null;
  /** Requests per second that reach production; null: as many as were recorded. */
  readonly productionPerSecond: number | null;
  readonly env: Environment;
}

export interface RecordedPlan {
  readonly lines: readonly string[];
  readonly refusals: readonly string[];
  /** What was wrong with lines of the recording, for standard error. */
  readonly problems: string;
}

/** Throws what a replay throws, and USAGE when the recording tells no rate and none was given. */
export async function planFromRecording(config: EffectiveConfig, options: RecordingOptions): Promise<RecordedPlan> {
  const { recording: file, env } = options;
  const experiment = wantedExperiment(config, options);
  await requireModels({ ...config, experiments: [experiment] });
  const { alpha, decisions } = config;
  const proposer = createProposer(experiment, { decisions, alpha });
  const progress = createProgress(await countExchangeLines(file));
  const { onPair } = proposer;
  const replayed = await runReplay({ file, config, experiment, env, onPair, onLine: progress.at }).finally(
    progress.end,
  );
  const { fed, run } = replayed;
  const productionPerSecond = options.productionPerSecond ?? recordedPerSecond(fed);
  if (productionPerSecond === null) {
    throw new PenumbraError('USAGE', `${file} tells no rate: its exchanges all arrived at once; say it with --rate`);
  }
  const setting = { config, productionPerSecond };
  const planned = planExperiment(experiment, setting);
  const traffic = trafficOf(experiment, setting);
  const recorded = asRecorded({ experiment, traffic, run, alpha, proposals: proposer.proposals() });
  const notes = notesOn({ fed, run, experiment }).map((note) => `  note      ${note}`);
  const read = `  recorded  ${whole(fed.exchanges)} exchanges of ${file}`;
  const [title = '', ...rest] = planned.lines;
  return {
    lines: [title, read, ...notes, ...rest, ...recorded.lines],
    refusals: [...new Set([...planned.refusals, ...recorded.refusals])],
    problems: problemText(file, fed.bad) + problemText(file, fed.strange),
  };
}
