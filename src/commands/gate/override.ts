// `penumbra gate override`: a person lets one candidate on although the gate says otherwise. It is another command than the gate's own,
// exits 0 only after the comparator has recorded it, and ends by itself.
import { userInfo } from 'node:os';
import { Command } from 'commander';
import { parseDurationMs } from '../../core/units.ts';
import { messageOf } from '../../errors.ts';
import type { GateOverride } from '../../io/store-port.ts';
import { createApiClient } from '../api-client.ts';
import { type ApiFlags, tokenHelp, tokenOf, urlOption } from '../api-options.ts';
import { optionOf, withExitCodes } from '../server-process.ts';
import { oneLine } from './formats/format.ts';

const errorExit = 20;

interface OverrideFlags extends ApiFlags {
  readonly run: string;
  readonly reason: string;
  readonly ticket: string;
  readonly for: number;
  readonly by: string;
}

const helpText = `
Example:
  penumbra gate override --run "$RUN" --reason "hotfix for the outage, flip rate known" --ticket INC-4711 --for 30m

For that long, and for this run's candidate alone, Argo Rollouts, Flagger and GitHub are told yes, with a reason that begins with
OVERRIDDEN. The verdict stays what it is: penumbra gate goes on to exit with its code, shows the override, and so do the run and
the metrics. Every override is kept with the run for good.
Exit codes: 0 recorded, ${errorExit} the comparator could not be asked or refused, 64 wrong options.
${tokenHelp}`;

export function overrideCommand(): Command {
  return withExitCodes(new Command('override'))
    .summary('let a candidate on for a while, on a person’s responsibility')
    .description('Records an override of the gate of one run, for at most 60 minutes, and exits 0 once it is recorded.')
    .requiredOption('--run <id>', 'the run, as listed by: penumbra run list')
    .requiredOption('--reason <text>', 'why, for the record')
    .requiredOption('--ticket <text>', 'where it is written down, such as an incident or a change')
    .requiredOption('--for <duration>', 'how long, at most 60m', optionOf(parseDurationMs))
    .option('--by <name>', 'who takes the responsibility', userName())
    .addOption(urlOption())
    .addHelpText('after', helpText)
    .action(async (flags: OverrideFlags, command: Command) => {
      try {
        const recorded = await record(flags);
        const { run, candidate, verdict, by, until } = recorded;
        const about = candidate === null ? `run ${run}` : `${candidate}, run ${run}`;
        const said = `OVERRIDDEN by ${by} until ${new Date(until).toISOString()}: ${about}; the gate says ${verdict}`;
        process.stdout.write(`${oneLine(said)}\n`);
      } catch (thrown) {
        command.error(`gate override: ${messageOf(thrown)}`, { exitCode: errorExit });
      }
    });
}

async function record({ run, reason, ticket, for: forMs, by, url }: OverrideFlags): Promise<GateOverride> {
  const client = createApiClient({ url, token: tokenOf(process.env) });
  const given = { run, reason, ticket, forMs, by };
  const answer = (await client.post('/v1/gate/override', given)) as Partial<GateOverride> | null;
  const isRecorded = answer?.run === run && answer.ticket === ticket && typeof answer.until === 'number';
  if (!isRecorded) throw new Error('the comparator did not answer with the override that it was given');
  return answer as GateOverride;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}
