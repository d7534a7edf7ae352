// `penumbra drill`: the check of the alarm itself. Has a running comparator plant a known regression, and measures how long until its alert
// arrives, and whether it does.
import { Command, InvalidArgumentError } from 'commander';
import type { DrillView } from '../api/comparator.ts';
import { messageOf } from '../errors.ts';
import { type ListenAddress, parseListenAddress } from '../io/listen-address.ts';
import { createApiClient } from './api-client.ts';
import { type ApiFlags, tokenHelp, tokenOf, urlOption } from './api-options.ts';
import { followDrill } from './drill/follow-drill.ts';
import { type ArrivalWatch, askAlertmanager, listenForAlert } from './drill/watch-arrival.ts';
import { optionOf, usageExit, withExitCodes } from './server-process.ts';

const exits = { arrived: 0, notArrived: 10, error: 20 } as const;

const helpText = `
Examples:
  penumbra drill --receiver http://alertmanager:9093
  penumbra drill --listen 127.0.0.1:9099        with alerts: [{webhook: "http://127.0.0.1:9099"}] in the config
  penumbra drill                                says whether every sink took the alert, and no more

The comparator changes copies of live requests as the config's "drill:" says (without it: every declared input that can be is
zeroed, for the control's target; never for production itself), judges them like any other, and sends the alert through its own
outbox and sinks. Its key begins with drill/ and its summary with DRILL, so that receivers can route it; it resolves at the end.
An Alertmanager is asked for it by GET /api/v2/alerts every half second; --listen takes whatever is posted there: give it a
webhook of its own. On a schedule, serve drills by itself: schedule: {every: 24h}; see penumbra_drill_* in /metrics.

Exit codes:
   0   the alert arrived in time (with neither option: every sink took it; that it arrived was not checked)
  10   it did not, and the last line says how far it came
  20   the comparator could not be asked, or refused
  64   wrong options
${tokenHelp}`;

interface DrillFlags extends ApiFlags {
  readonly receiver?: string;
  readonly listen?: ListenAddress;
  readonly json?: boolean;
}

export function drillCommand(): Command {
  return withExitCodes(new Command('drill'))
    .summary('the check of the alarm itself: does a planted regression’s alert arrive, and how soon?')
    .description('Plants a known regression in a shadow of a running comparator and waits for its alert.')
    .option('--receiver <url>', 'an Alertmanager that is asked whether the alert has arrived', readReceiver)
    .option('--listen <host:port>', 'be the receiver: the alert must be posted here', optionOf(parseListenAddress))
    .option('--json', 'the result as JSON on standard output, the steps on standard error')
    .addOption(urlOption())
    .addHelpText('after', helpText)
    .action(async (flags: DrillFlags, command: Command) => {
      if (flags.receiver !== undefined && flags.listen !== undefined) {
        command.error('drill requires --receiver URL or --listen HOST:PORT, not both', { exitCode: usageExit });
      }
      try {
        const drill = await runDrill(flags);
        const text = flags.json === true ? JSON.stringify(drill, null, 2) : drill.sentence;
        const exitCode = drill.isSuccess ? exits.arrived : exits.notArrived;
        process.stdout.write(`${text}\n`, () => process.exit(exitCode));
      } catch (thrown) {
        command.error(`drill: ${messageOf(thrown)}`, { exitCode: exits.error });
      }
    });
}

async function runDrill({ url, receiver, listen, json }: DrillFlags): Promise<DrillView> {
  const client = createApiClient({ url, token: tokenOf(process.env) });
  // The receiver first: an alert must find it there.
  const watch = listen === undefined ? askingAt(receiver) : await listenForAlert(listen);
  const out = json === true ? process.stderr : process.stdout;
  const say = (line: string): void => void out.write(`${line}\n`);
  try {
    if (watch === null) say('nobody looks for the alert where it should arrive: see --receiver and --listen');
    else say(`the alert is looked for at ${watch.where}`);
    const started = (await client.post('/v1/drills', { awaitsArrival: watch !== null })) as DrillView;
    const stop = (): void => void stopAndLeave(client, started.id);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
    return await followDrill(started, { client, watch, say });
  } finally {
    await watch?.close();
  }
}

function askingAt(receiver: string | undefined): ArrivalWatch | null {
  return receiver === undefined ? null : askAlertmanager(receiver);
}

/** A drill that nobody waits for would only end as one whose alert was not seen. */
async function stopAndLeave(client: ReturnType<typeof createApiClient>, id: string): Promise<void> {
  await client.post(`/v1/runs/${encodeURIComponent(id)}/stop`, { reason: 'penumbra drill was ended' }).catch(() => {});
  process.exit(exits.notArrived);
}

function readReceiver(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return text;
  throw new InvalidArgumentError('It must be like http://127.0.0.1:9093, without credentials in it.');
}
