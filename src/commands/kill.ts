// `penumbra kill`: the kill switch from a terminal.
import { Command } from 'commander';
import { messageOf } from '../errors.ts';
import type { KillState } from '../model.ts';
import { createApiClient } from './api-client.ts';
import { type ApiFlags, tokenHelp, tokenOf, urlOption } from './api-options.ts';
import { oneLine } from './gate/formats/format.ts';
import { withExitCodes } from './server-process.ts';

const errorExit = 20;

const helpText = `
Examples:
  penumbra kill --reason "shadow load reaches production's database"
  penumbra kill --release "the budget is lower now"

Everything that penumbra sends stops within a second: every active run ends as ABORTED, calls in flight are cut, the tap relays
on and copies nothing, no run starts, gates answer ABORTED. It survives a restart. Where the API does not answer, the same is
done by: kill -USR2 PID-OF-SERVE, or by making the file STORE.killed beside the store (removing it releases).
Releasing starts nothing by itself: runs that were ended stay ended.
Exit codes: 0 done, ${errorExit} the comparator could not be asked, 64 wrong options.
${tokenHelp}`;

interface KillFlags extends ApiFlags {
  readonly reason?: string;
  readonly release?: string;
}

export function killCommand(): Command {
  return withExitCodes(new Command('kill'))
    .summary('the kill switch: stops every byte that penumbra originates')
    .description('Engages the kill switch of a running comparator, or releases it.')
    .option('--reason <text>', 'why, for the record')
    .option('--release <why>', 'let penumbra send again, and why')
    .addOption(urlOption())
    .addHelpText('after', helpText)
    .action(async (flags: KillFlags, command: Command) => {
      if ((flags.reason === undefined) === (flags.release === undefined)) {
        command.error('kill requires either --reason TEXT or --release WHY', { exitCode: 64 });
      }
      try {
        const client = createApiClient({ url: flags.url, token: tokenOf(process.env) });
        const path = flags.release === undefined ? '/v1/kill' : '/v1/kill/release';
        const reason = flags.release ?? flags.reason;
        const killed = killedIn(await client.post(path, { reason }));
        // Only what was asked for is a success: whoever stops something must not be told that it was released.
        if ((killed === null) !== (flags.release !== undefined)) throw new Error('the comparator did not do it');
        process.stdout.write(killed === null ? 'released\n' : `engaged: ${oneLine(killed.reason)}\n`);
      } catch (thrown) {
        command.error(`kill: ${messageOf(thrown)}`, { exitCode: errorExit });
      }
    });
}

function killedIn(answer: unknown): KillState | null {
  const { killed } = (answer ?? {}) as { killed?: Partial<KillState> | null };
  if (killed === null || typeof killed?.reason === 'string') return killed as KillState | null;
  throw new Error('the comparator did not answer whether the kill switch is engaged');
}
