// `penumbra plan`: a dry run. Says what an experiment would send, when it would be stopped, how many requests each
// hypothesis needs and how long that takes; sends nothing. Refuses experiments that could not finish in their time.
import { Command } from 'commander';
import type { EffectiveConfig } from '../config/effective.ts';
import { checkConfig } from '../config/load.ts';
import { problemLine } from '../config/problems.ts';
import type { Environment } from '../config/secrets.ts';
import { parseRate } from '../config/sizes-and-rates.ts';
import { messageOf, PenumbraError } from '../errors.ts';
import { planExperiment } from './plan/plan-experiment.ts';
import { optionOf, withExitCodes } from './server-process.ts';

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
        'and how long that takes at the given rate. Sends nothing.',
    )
    .argument('<file>', 'the config')
    .option('--experiment <name>', 'only this experiment')
    .option(
      '--rate <requests>',
      'requests per second that reach production: 70, or "600 per minute"',
      optionOf(readRate),
    )
    .addHelpText('after', helpText)
    .action(async (file: string, flags: { experiment?: string; rate?: number }) => {
      const { experiment = null, rate = null } = flags;
      const { report, refusals, exitCode } = plan(file, { experiment, productionPerSecond: rate, env: process.env });
      process.stdout.write(report);
      process.stderr.write(refusals);
      process.exitCode = exitCode;
    });
}

const helpText = `
Example:
  penumbra plan penumbra.yaml --experiment release --rate 70

"within limit" is proven fastest when nothing is wrong: with a limit of 1% and not one flip it takes 558 requests.
The closer the truth is to the limit, the longer it takes; at the limit it is never decided.
Without --rate the budget is assumed to be used up, which is the fastest the experiment can be.
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

function planConfig(config: EffectiveConfig, { experiment: name, productionPerSecond }: PlanOptions): Plan {
  const chosen = config.experiments.filter((experiment) => name === null || experiment.name === name);
  if (chosen.length === 0) {
    const known = config.experiments.map((experiment) => experiment.name).join(', ');
    return { ...refused([`there is no experiment "${name}"; known: ${known}`]), exitCode: 64 };
  }
  const plans = chosen.map((experiment) => planExperiment(experiment, { config, productionPerSecond }));
  const refusals = plans.flatMap((planned) => planned.refusals).map((line) => `${line}\n`);
  const report = plans.map((planned) => planned.lines.join('\n')).join('\n\n');
  return { report: `${report}\n`, refusals: refusals.join(''), exitCode: refusals.length > 0 ? 1 : 0 };
}

function refused(lines: readonly string[]): Plan {
  return { report: '', refusals: lines.map((line) => `${line}\n`).join(''), exitCode: 1 };
}
