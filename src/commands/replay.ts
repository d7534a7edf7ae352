// `penumbra replay`: compares a recording offline, with the comparator that serve runs: the same admission, arms, buckets and verdicts, by
// the recording's own clock. The sample is finished, so effect sizes and the classical tests stand beside the verdicts.
import { Command, Option } from 'commander';
import type { EffectiveConfig } from '../config/effective.ts';
import { checkConfig } from '../config/load.ts';
import { problemLine } from '../config/problems.ts';
import type { Environment } from '../config/secrets.ts';
import { messageOf, PenumbraError } from '../errors.ts';
import { countExchangeLines } from '../io/sources/exchange-file.ts';
import { createPairCollector } from './replay/collect-pairs.ts';
import { replayHelp } from './replay/help.ts';
import { createProgress } from './replay/progress.ts';
import { isWrongUsage, wantedExperiment } from './replay/replay-experiment.ts';
import { type ReplayReport, reportOf } from './replay/report.ts';
import { problemText, reportText } from './replay/report-text.ts';
import { requireModels } from './replay/require-models.ts';
import { runReplay } from './replay/run-replay.ts';
import { usageExit, withExitCodes } from './server-process.ts';

export interface ReplayFlags {
  readonly config: string;
  readonly experiment?: string;
  readonly candidate?: string;
  readonly format: 'text' | 'json';
}

export function replayCommand(): Command {
  return withExitCodes(new Command('replay'))
    .summary('compare recorded traffic offline, as fast as the arms answer')
    .description(
      'Reads recorded exchanges, asks every arm what production was asked, and prints verdicts, effect sizes and, once, ' +
        'the classical tests. Nothing listens, nobody is alerted, and production is not asked.',
    )
    .argument('<file>', 'the recording: JSON lines or a capture of GoReplay, gzip when the name ends in .gz')
    .requiredOption('--config <file>', 'the config; check it first with: penumbra validate FILE')
    .option('--experiment <name>', 'which experiment; may be left out when the config has one')
    .option('--candidate <url|file>', 'the candidate, where the experiment lets it be named')
    .addOption(new Option('--format <format>', 'text or json').choices(['text', 'json']).default('text'))
    .addHelpText('after', replayHelp)
    .action(async (file: string, flags: ReplayFlags, command: Command) => {
      try {
        const report = await replay(file, { ...flags, env: process.env });
        const { badLines, strangeExchanges } = report.recording;
        process.stderr.write(problemText(file, badLines) + problemText(file, strangeExchanges));
        process.stdout.write(flags.format === 'json' ? `${JSON.stringify(report, null, 2)}\n` : reportText(report));
      } catch (thrown) {
        const isUsage = thrown instanceof PenumbraError && isWrongUsage(thrown);
        command.error(`replay: ${messageOf(thrown)}`, { exitCode: isUsage ? usageExit : 1 });
      }
    });
}

/** Throws CONFIG_NOT_FOUND, CONFIG_INVALID, RECORDING_INVALID, USAGE, EXPERIMENT_NOT_FOUND, CANDIDATE_NOT_ALLOWED, RUN_CANNOT_START. */
export async function replay(
  file: string,
  { config: configFile, experiment: name, candidate, env }: Omit<ReplayFlags, 'format'> & { env: Environment },
): Promise<ReplayReport> {
  const config = readConfig(configFile, env);
  const experiment = wantedExperiment(config, { experiment: name ?? null, candidate: candidate ?? null });
  await requireModels({ ...config, experiments: [experiment] });
  const pairs = createPairCollector(config.decisions);
  const progress = createProgress(await countExchangeLines(file));
  const { onPair } = pairs;
  try {
    const { fed, run } = await runReplay({ file, config, experiment, env, onPair, onLine: progress.at });
    return reportOf({ file, fed, run, experiment, pairs, alpha: config.alpha });
  } finally {
    progress.end();
  }
}

function readConfig(file: string, env: Environment): EffectiveConfig {
  const { config, errors } = checkConfig(file, { env });
  if (config !== null) return config;
  const lines = errors.map((problem) => problemLine(file, problem));
  throw new PenumbraError('CONFIG_INVALID', `the config is not valid\n${lines.join('\n')}`);
}
