// `penumbra run`: a pipeline starts, lists, stops and retries runs.
import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { messageOf } from '../errors.ts';
import type { RunView } from '../pipeline/view-types.ts';
import { createApiClient } from './api-client.ts';
import { type ApiFlags, tokenHelp, tokenOf, urlOption } from './api-options.ts';
import { oneLine } from './gate/formats/format.ts';
import { withExitCodes } from './server-process.ts';

/** The same as the gate's: the comparator could not be asked, or refused. */
const errorExit = 20;

export function runCommand(): Command {
  return withExitCodes(new Command('run'))
    .summary('start, list, stop and retry runs')
    .description('A run is one stretch of an experiment for one identified candidate. Runs do not share evidence.')
    .addHelpText('after', `\n${exitHelp}`)
    .addCommand(startCommand())
    .addCommand(listCommand())
    .addCommand(stopCommand())
    .addCommand(retryCommand());
}

const exitHelp = `Exit codes: 0 done, ${errorExit} the comparator could not be asked or refused, 64 wrong options.\n${tokenHelp}`;

const startHelp = `
Examples:
  penumbra run start --experiment release --ref "$(git rev-parse HEAD)"
  penumbra run start --experiment release --candidate http://127.0.0.1:8090 --digest sha256:3f2a…
  penumbra run start --experiment release --candidate models/new.onnx
  penumbra run start --experiment release --candidate models/newer.onnx --replace

A candidate is named here only where the experiment lists who may be one (candidates: in the config).
Next: penumbra gate --run ID --wait 30m
${exitHelp}`;

interface StartFlags extends ApiFlags {
  readonly experiment: string;
  readonly candidate?: string;
  readonly digest?: string;
  readonly ref?: string;
  readonly replace?: true;
}

function startCommand(): Command {
  return withExitCodes(new Command('start'))
    .description('Starts a run and prints its id on standard output, for: penumbra gate --run ID')
    .requiredOption('--experiment <name>', 'an experiment of the config')
    .option('--candidate <url|file>', 'the candidate, where the config allows one to be named')
    .option(
      '--digest <sha256:…>',
      'what the candidate must be: a file with another one is refused, a URL that answers as another one is an ERROR',
      readDigest,
    )
    .option('--ref <text>', 'your own reference, for example the commit')
    .option('--replace', 'stop the active run of the experiment, if there is one; it goes on when this start fails')
    .addOption(urlOption())
    .addHelpText('after', startHelp)
    .action((flags: StartFlags, command: Command) =>
      attempt(command, async () => {
        const { experiment, digest, ref, replace } = flags;
        const candidate = flags.candidate === undefined ? undefined : addressOf(flags.candidate);
        const run = (await clientOf(flags).post('/v1/runs', {
          experiment,
          candidate,
          digest,
          ref,
          replace,
        })) as RunView;
        process.stdout.write(`${idOf(run)}\n`);
      }),
    );
}

function listCommand(): Command {
  return withExitCodes(new Command('list'))
    .description('Lists all runs, oldest first: id, experiment, state, start, reference, and why it ended')
    .addOption(urlOption())
    .addHelpText('after', `\n${exitHelp}`)
    .action((flags: ApiFlags, command: Command) =>
      attempt(command, async () => {
        const { runs } = (await clientOf(flags).get('/v1/runs')) as { runs: readonly RunView[] };
        for (const run of runs) process.stdout.write(`${oneLine(lineOf(run))}\n`);
        if (runs.length === 0) process.stderr.write('no runs yet; start one with: penumbra run start\n');
      }),
    );
}

function lineOf({ id, experiment, state, startedAt, candidate, endReason, retries }: RunView): string {
  const again = retries === undefined ? null : `retry of ${retries.run} (${retries.verdict})`;
  const cells = [
    id,
    experiment,
    state,
    `started ${new Date(startedAt).toISOString()}`,
    candidate.ref,
    endReason,
    again,
  ];
  return cells.filter((cell) => cell !== null).join('  ');
}

function stopCommand(): Command {
  return withExitCodes(new Command('stop'))
    .description('Stops a run for good: a stopped run never passes and never resumes')
    .requiredOption('--run <id>', 'the run, as listed by: penumbra run list')
    .requiredOption('--reason <text>', 'why, for the record')
    .addOption(urlOption())
    .addHelpText('after', `\n${exitHelp}`)
    .action((flags: ApiFlags & { run: string; reason: string }, command: Command) =>
      attempt(command, async () => {
        await clientOf(flags).post(`/v1/runs/${encodeURIComponent(flags.run)}/stop`, { reason: flags.reason });
        process.stdout.write(`${flags.run} stopped\n`);
      }),
    );
}

const retryHelp = `
Example, after a FAIL whose cause was elsewhere:
  RUN=$(penumbra run retry --run "$RUN" --reason "the store was down, INC-4711") && penumbra gate --run "$RUN" --wait 30m

The new run is about the same candidate under the same config, shares no evidence with the old one, and names it, its verdict and
your reason in everything that it answers. The old run stays as it is. Where a candidate is known by its digest, a plain run start
after a FAIL answers FAIL again until the failed run is retried.
${exitHelp}`;

function retryCommand(): Command {
  return withExitCodes(new Command('retry'))
    .description('Tries a run again, on record, and prints the id of the new run')
    .requiredOption('--run <id>', 'the run that is decided or ended')
    .requiredOption('--reason <text>', 'why it may turn out otherwise, for the record')
    .addOption(urlOption())
    .addHelpText('after', retryHelp)
    .action((flags: ApiFlags & { run: string; reason: string }, command: Command) =>
      attempt(command, async () => {
        const path = `/v1/runs/${encodeURIComponent(flags.run)}/retry`;
        const run = (await clientOf(flags).post(path, { reason: flags.reason })) as RunView;
        const id = idOf(run);
        process.stderr.write(
          `${oneLine(`run ${id} tries ${run.retries?.run} again, which was ${run.retries?.verdict}`)}\n`,
        );
        process.stdout.write(`${id}\n`);
      }),
    );
}

function readDigest(text: string): string {
  if (/^sha256:[0-9a-f]{64}$/.test(text)) return text;
  throw new InvalidArgumentError(
    'It must be sha256: and 64 hexadecimal digits in lower case, as sha256sum prints them.',
  );
}

/** A file is meant from where the command is typed, which need not be where the comparator runs. */
function addressOf(candidate: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(candidate) ? candidate : resolve(candidate);
}

/** A shell takes what is printed for a run's id: anything else is no success. */
function idOf(answer: Partial<RunView> | null): string {
  if (typeof answer?.id === 'string' && /^[\w.-]{1,100}$/.test(answer.id)) return answer.id;
  throw new Error('the comparator did not answer with a run');
}

function clientOf({ url }: ApiFlags) {
  // Opening a large ONNX file takes its time.
  return createApiClient({ url, token: tokenOf(process.env), timeoutMs: 60_000 });
}

async function attempt(command: Command, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (thrown) {
    command.error(`run ${command.name()}: ${messageOf(thrown)}`, { exitCode: errorExit });
  }
}
