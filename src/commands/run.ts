// `penumbra run`: a pipeline starts, lists and stops runs.
import { Command } from 'commander';
import { messageOf } from '../errors.ts';
import type { RunView } from '../pipeline/views.ts';
import { createApiClient } from './api-client.ts';
import { type ApiFlags, tokenOf, urlOption } from './api-options.ts';
import { withExitCodes } from './server-process.ts';

/** The same as the gate's: the comparator could not be asked, or refused. */
const errorExit = 20;

export function runCommand(): Command {
  return withExitCodes(new Command('run'))
    .summary('start, list and stop runs')
    .description('A run is one stretch of an experiment for one identified candidate. Runs do not share evidence.')
    .addCommand(startCommand())
    .addCommand(listCommand())
    .addCommand(stopCommand());
}

interface StartFlags extends ApiFlags {
  readonly experiment: string;
  readonly candidate?: string;
  readonly digest?: string;
  readonly ref?: string;
}

function startCommand(): Command {
  return withExitCodes(new Command('start'))
    .description('Starts a run and prints its id on standard output, for: penumbra gate --run ID')
    .requiredOption('--experiment <name>', 'an experiment of the config')
    .option('--candidate <url|file>', 'the candidate, where the config allows one to be named')
    .option('--digest <sha256:…>', 'what the candidate must be; another one is refused or makes the gate answer ERROR')
    .option('--ref <text>', 'your own reference, for example the commit')
    .addOption(urlOption())
    .addHelpText('after', '\nThe bearer token, if the comparator asks for one, is taken from PENUMBRA_TOKEN.')
    .action((flags: StartFlags, command: Command) =>
      attempt(command, async () => {
        const { experiment, candidate, digest, ref } = flags;
        const run = (await clientOf(flags).post('/v1/runs', { experiment, candidate, digest, ref })) as RunView;
        process.stdout.write(`${run.id}\n`);
      }),
    );
}

function listCommand(): Command {
  return withExitCodes(new Command('list'))
    .description('Lists all runs, oldest first')
    .addOption(urlOption())
    .action((flags: ApiFlags, command: Command) =>
      attempt(command, async () => {
        const { runs } = (await clientOf(flags).get('/v1/runs')) as { runs: readonly RunView[] };
        for (const run of runs) {
          const started = new Date(run.startedAt).toISOString();
          process.stdout.write(
            `${run.id}  ${run.experiment}  ${run.state}  started ${started}  ${run.endReason ?? ''}\n`,
          );
        }
      }),
    );
}

function stopCommand(): Command {
  return withExitCodes(new Command('stop'))
    .description('Stops a run for good: a stopped run never passes and never resumes')
    .requiredOption('--run <id>', 'the run')
    .requiredOption('--reason <text>', 'why, for the record')
    .addOption(urlOption())
    .action((flags: ApiFlags & { run: string; reason: string }, command: Command) =>
      attempt(command, async () => {
        await clientOf(flags).post(`/v1/runs/${encodeURIComponent(flags.run)}/stop`, { reason: flags.reason });
        process.stdout.write(`${flags.run} stopped\n`);
      }),
    );
}

function clientOf({ url }: ApiFlags) {
  return createApiClient({ url, token: tokenOf(process.env) });
}

async function attempt(command: Command, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (thrown) {
    command.error(`run: ${messageOf(thrown)}`, { exitCode: errorExit });
  }
}
