// `penumbra gate`: asks "may this be promoted?" and exits with the answer. It decides nothing itself, and passes only on a
// whole, fresh answer to exactly this question.
import { writeFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { gateExitCodes } from '../core/judge/gate.ts';
import { parseDurationMs } from '../core/units.ts';
import { messageOf } from '../errors.ts';
import { type ApiFlags, tokenHelp, tokenOf, urlOption } from './api-options.ts';
import type { GateAnswer } from './gate/answer.ts';
import { askGate } from './gate/ask.ts';
import type { GateFile } from './gate/formats/format.ts';
import { gateFormats } from './gate/formats/index.ts';
import { text } from './gate/formats/text.ts';
import { decideOnRecording } from './gate/on-recording.ts';
import { overrideCommand } from './gate/override.ts';
import { optionOf, usageExit, withExitCodes } from './server-process.ts';

interface GateFlags extends ApiFlags {
  readonly run?: string;
  readonly experiment?: string;
  readonly wait: number;
  readonly format: string;
  readonly recording?: string;
  readonly config?: string;
  readonly candidate?: string;
}

export function gateCommand(): Command {
  return withExitCodes(new Command('gate'))
    .summary('may this candidate be promoted? the exit code says it')
    .description('Asks the comparator about a run, prints the verdict with its reasons and exits with its code.')
    .option('--run <id>', 'the run, as printed by: penumbra run start')
    .option('--experiment <name>', 'or an experiment of the config: its newest run')
    .option(
      '--wait <duration>',
      'ask again until it is decided, at most this long, for example 10m (without it: ask once)',
      optionOf(parseDurationMs),
      0,
    )
    .addOption(
      new Option('--format <format>', 'how the answer is written, see below').choices(formatNames).default('text'),
    )
    .option('--recording <file>', 'decide on recorded traffic, here and without a comparator; requires --config')
    .option('--config <file>', 'with --recording: the config, whose gate decides')
    .option('--candidate <file|url>', 'with --recording: the candidate, where the experiment lets it be named')
    .addOption(urlOption())
    .addHelpText('after', helpText)
    .enablePositionalOptions()
    .addCommand(overrideCommand())
    .action(async (flags: GateFlags, command: Command) => {
      const { wait: waitMs, url, format } = flags;
      const wrong = whyWrong(flags);
      if (wrong !== null) command.error(`gate: ${wrong}`, { exitCode: usageExit });
      const { run = null, experiment = null, recording, config } = flags;
      if (recording !== undefined && config !== undefined) {
        const asked = { file: recording, config, experiment, candidate: flags.candidate ?? null, env: process.env };
        return say(
          await decideOnRecording(asked, (why) => command.error(`gate: ${why}`, { exitCode: usageExit })),
          format,
        );
      }
      const answer = await askGate({ run, experiment, waitMs, url, token: tokenOf(process.env) });
      say(answer, format);
    });
}

/** Null when the options say one thing. */
function whyWrong({ run, experiment, recording, config, candidate, wait }: GateFlags): string | null {
  if (run === '' || experiment === '') return 'the run or experiment is empty; did `penumbra run start` fail?';
  if (recording !== undefined) {
    if (config === undefined) return '--recording requires --config FILE: its experiment is what decides';
    return run !== undefined || wait > 0 ? '--recording decides here and now: --run and --wait have no meaning' : null;
  }
  if (config !== undefined || candidate !== undefined) return '--config and --candidate require --recording FILE';
  if ((run === undefined) !== (experiment === undefined)) return null;
  return 'requires either --run ID (they are listed by: penumbra run list) or --experiment NAME, not both';
}

const formatNames = gateFormats.map(({ name }) => name);

const helpText = `
Example, as the last step before a release:
  RUN=$(penumbra run start --experiment release --ref "$COMMIT") &&
  penumbra gate --run "$RUN" --wait 30m && promote

Where no comparator can be reached, on recorded traffic (see: penumbra replay --help):
  penumbra gate --recording traffic.jsonl.gz --config penumbra.yaml --experiment release --candidate models/new.onnx

Formats:
${gateFormats.map(({ name, summary }) => `  ${name.padEnd(10)}${summary}`).join('\n')}

Exit codes:
   0 PASS          every required hypothesis is proven, on fresh and unbiased evidence about this one candidate
  10 FAIL          a required hypothesis is violated
  11 INCONCLUSIVE  not decided within the run, or the candidate could hardly be reached
  12 NO_DATA       nothing or too little was compared, or there is no such run
  13 STALE         the evidence is too old
  14 TIMEOUT       --wait elapsed before a decision
  15 ABORTED       the run was stopped
  16 BIASED        too much was lost, or the control itself differs from production
  20 ERROR         the comparator could not be asked or believed, or the candidate cannot be identified
  64               wrong options
Only 0 means yes: treat everything else, crashes and signals included, as no.
${tokenHelp}`;

/** A PASS that nobody could read is none: when the words cannot be written, the exit code is ERROR. */
function say(answer: GateAnswer, formatName: string): void {
  const exitCode = gateExitCodes[answer.verdict];
  const end = (failed: unknown): never => process.exit(failed && exitCode === 0 ? gateExitCodes.ERROR : exitCode);
  process.exitCode = gateExitCodes.ERROR;
  process.stdout.on('error', end);
  const format = gateFormats.find(({ name }) => name === formatName) ?? text;
  const { stdout, files = [] } = format.write(answer, process.env);
  const problem = writeAll(files);
  process.stdout.write(`${stdout}\n`, (failed) => end(failed ?? problem));
}

/** What could not be written, said on standard error; null when everything was. */
function writeAll(files: readonly GateFile[]): Error | null {
  let problem: Error | null = null;
  for (const { path, text: content, append } of files) {
    try {
      writeFileSync(path, content, { flag: append ? 'a' : 'w' });
    } catch (thrown) {
      problem = new Error(`${path} could not be written: ${messageOf(thrown)}`);
      process.stderr.write(`gate: ${problem.message}\n`);
    }
  }
  return problem;
}
