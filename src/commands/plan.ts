// `penumbra plan`: a dry run. Says what an experiment would send, when it would be stopped, how many requests each
// hypothesis needs and how long that takes; sends nothing. Refuses experiments that could not finish in their time.
import { Command } from 'commander';
import { chaosMeaning } from '../config/chaos-meaning.ts';
import type { EffectiveConfig } from '../config/effective.ts';
import { checkConfig } from '../config/load.ts';
import { problemLine } from '../config/problems.ts';
import type { Environment } from '../config/secrets.ts';
import { parseRate } from '../config/sizes-and-rates.ts';
import { messageOf, PenumbraError } from '../errors.ts';
import { planFromRecording, type RecordingOptions } from './plan/from-recording.ts';
import { planExperiment } from './plan/plan-experiment.ts';
import { sourceLoadLines } from './plan/source-load.ts';
import { isWrongUsage } from './replay/replay-experiment.ts';
import { optionOf, usageExit, withExitCodes } from './server-process.ts';

export interface PlanOptions {
  /** Null: all of them. */
  readonly experiment: string | null;
  /** Requests per second that reach production; null: as many as each budget allows. */
  readonly productionPerSecond: number | null;
  readonly env: Environment;
}

export interface Plan {
  readonly report: string;
  /** Why something cannot be done as configured; one sentence a line. */
  readonly refusals: string;
  readonly exitCode: 0 | 1 | 64;
}

export function planCommand(): Command {
  return withExitCodes(new Command('plan'))
    .summary('dry run: what an experiment would send, and how long it needs')
    .description(
      'Says what every experiment would send to every arm, what stops it, how many requests each hypothesis needs ' +
        'and how long that takes at the given rate. Sends nothing, unless it is given a recording to ask the arms about.',
    )
    .argument('<file>', 'the config')
    .option('--experiment <name>', 'only this experiment')
    .option(
      '--rate <requests>',
      'requests per second that reach production: 70, or "600 per minute"',
      optionOf(readRate),
    )
    .option('--recording <file>', 'recorded exchanges: rate and outcomes come from it, and limits are proposed')
    .option('--candidate <url|file>', 'with --recording: the candidate, where the experiment lets it be named')
    .addHelpText('after', helpText)
    .action(async (file: string, flags: PlanFlags) => {
      const { report, refusals, exitCode } = await planned(file, flags);
      process.stdout.write(report);
      process.stderr.write(refusals);
      process.exitCode = exitCode;
    });
}

interface PlanFlags {
  readonly experiment?: string;
  readonly rate?: number;
  readonly recording?: string;
  readonly candidate?: string;
}

async function planned(file: string, flags: PlanFlags): Promise<Plan> {
  const { experiment = null, rate: productionPerSecond = null, recording, candidate = null } = flags;
  const options = { experiment, productionPerSecond, env: process.env };
  if (recording !== undefined) return planRecording(file, { ...options, recording, candidate });
  if (candidate === null) return plan(file, options);
  return { ...refused(['plan: --candidate requires --recording']), exitCode: usageExit };
}

const helpText = `
Example:
  penumbra plan penumbra.yaml --experiment release --rate 70

"within limit" is proven fastest when nothing is wrong: with a limit of 1% and not one flip it takes 558 requests.
The closer the truth is to the limit, the longer it takes; at the limit it is never decided.
Without --rate the budget is assumed to be used up, which is the fastest the experiment can be.

With a recording (penumbra replay --help says what one is) the arms answer what was recorded, and nobody has to assume:
  penumbra plan penumbra.yaml --experiment release --recording recording.jsonl.gz
The rate is the recording's, each hypothesis says how it ended and how long that takes live, the control's own disagreement
is the noise floor, and for every arm limits are proposed: the first round number above the upper end of the interval of
what was seen. A required hypothesis that would not be decided within the run's time is refused.
Exit codes: 0 can be done, 1 cannot finish within its time, pairs or budget (or the config is not valid), 64 wrong usage.`;

function readRate(text: string): number {
  const rate = /^\d+(\.\d+)?$/.test(text) ? Number(text) : parseRate(text);
  if (rate > 0) return rate;
  throw new PenumbraError('USAGE', 'a rate requires more than 0 requests per second');
}

/** Never throws for a bad config. */
export function plan(file: string, options: PlanOptions): Plan {
  try {
    const { config, errors } = checkConfig(file, options);
    if (!config) return refused(errors.map((problem) => problemLine(file, problem)));
    return planConfig(config, options);
  } catch (thrown) {
    return refused([messageOf(thrown)]);
  }
}

/** The same from a recording. Never throws for a bad config or recording. */
export async function planRecording(file: string, options: RecordingOptions): Promise<Plan> {
  try {
    const { config, errors } = checkConfig(file, options);
    if (!config) return refused(errors.map((problem) => problemLine(file, problem)));
    const { lines, refusals, problems } = await planFromRecording(config, options);
    const report = `${lines.join('\n')}\n`;
    const refusalText = refusals.map((line) => `${line}\n`).join('');
    return { report, refusals: problems + refusalText, exitCode: refusals.length > 0 ? 1 : 0 };
  } catch (thrown) {
    const isUsage = thrown instanceof PenumbraError && isWrongUsage(thrown);
    return { ...refused([messageOf(thrown)]), exitCode: isUsage ? usageExit : 1 };
  }
}

function planConfig(config: EffectiveConfig, { experiment: name, productionPerSecond }: PlanOptions): Plan {
  const chosen = config.experiments.filter((experiment) => name === null || experiment.name === name);
  if (chosen.length === 0 && name === null && config.chaos !== undefined) {
    return { report: chaosMeaning(config.chaos, Date.now()), refusals: '', exitCode: 0 };
  }
  if (chosen.length === 0) {
    const known = config.experiments.map((experiment) => experiment.name).join(', ');
    const why = known === '' ? 'the config declares none' : `known: ${known}`;
    const what = name === null ? 'there is no experiment to plan' : `there is no experiment "${name}"`;
    return { ...refused([`${what}; ${why}`]), exitCode: 64 };
  }
  const plans = chosen.map((experiment) => planExperiment(experiment, { config, productionPerSecond }));
  const refusals = plans.flatMap((planned) => planned.refusals).map((line) => `${line}\n`);
  const blocks = [...plans.map((planned) => planned.lines), sourceLoadLines(config)].filter(({ length }) => length > 0);
  const report = blocks.map((lines) => lines.join('\n')).join('\n\n');
  return { report: `${report}\n`, refusals: refusals.join(''), exitCode: refusals.length > 0 ? 1 : 0 };
}

function refused(lines: readonly string[]): Plan {
  return { report: '', refusals: lines.map((line) => `${line}\n`).join(''), exitCode: 1 };
}
