// `penumbra serve`: the comparator as a process: sources, pipeline, store, API, and the tap when the config asks for it.
import { dirname, join } from 'node:path';
import { Command } from 'commander';
import { createApi } from '../api/server.ts';
import { createApp } from '../app.ts';
import type { EffectiveConfig } from '../config/effective.ts';
import { loadConfig } from '../config/load.ts';
import { readSecret } from '../config/secrets.ts';
import { messageOf, PenumbraError } from '../errors.ts';
import { systemClock } from '../io/clock.ts';
import { createLog } from '../io/log.ts';
import { createTapSource } from '../io/sources/tap.ts';
import { parseListenAddress } from '../pod/listen-address.ts';
import { version } from '../version.ts';
import { withExitCodes } from './server-process.ts';
import { startTapProcess } from './tap-process.ts';

export function serveCommand(): Command {
  return withExitCodes(new Command('serve'))
    .summary('the comparator: compares shadows with production, judges, alerts, answers gates')
    .description(
      'Reads a config, takes exchanges from the tap and from POST /v1/exchanges, asks every shadow arm, and judges.\n' +
        'It is never on the path of a production request: killing it changes nothing for production.',
    )
    .requiredOption('--config <file>', 'the config; check it first with: penumbra validate FILE')
    .option('--log-level <level>', 'trace, debug, info, warn, error or silent', 'info')
    .addHelpText('after', helpText)
    .action(async (options: { config: string; logLevel: string }, command: Command) => {
      try {
        await serve(options);
      } catch (thrown) {
        command.error(`serve: ${explain(thrown)}`, { exitCode: 1 });
      }
    });
}

const helpText = `
After a crash or a restart it resumes exactly: counts continue, exchanges that were in flight count as dropped by the
restart and are not sent again. SIGTERM ends it within 10 s, and the tap that it started with it.
Logs are JSON lines on standard error.`;

async function serve({ config: file, logLevel }: { config: string; logLevel: string }): Promise<void> {
  const config = loadConfig(file, { env: process.env });
  const log = createLog(logLevel);
  const linkPath = config.source.tap === null ? null : linkPathOf(config);
  const tapSource = linkPath === null ? null : createTapSource({ linkPath, clock: systemClock, log });
  const sources = tapSource === null ? [] : [tapSource];
  const app = createApp({ config, clock: systemClock, log, env: process.env, version, sources });
  const token = config.api.tokenFrom === null ? null : readSecret(config.api.tokenFrom, { env: process.env });
  const api = await createApi({ comparator: app.comparator, token, version, log });
  const { host, port } = parseListenAddress(config.api.listen);
  await api.listen({ host, port });
  await app.start();
  const tap =
    tapSource === null || linkPath === null || config.source.tap?.listen == null
      ? null
      : await startTapProcess({
          tap: config.source.tap,
          listen: config.source.tap.listen,
          linkPath,
          source: tapSource,
          log,
        });
  const address = api.addresses()[0] as { port: number };
  process.stdout.write(`comparator listening on http://${host.includes(':') ? `[${host}]` : host}:${address.port}\n`);
  process.send?.({ type: 'listening', port: address.port });
  let isStopping = false;
  const stop = async (): Promise<void> => {
    if (isStopping) return;
    isStopping = true;
    setTimeout(() => process.exit(1), 10_000).unref();
    await api.close();
    await app.stop();
    await tap?.stop();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop());
}

/** The socket where taps find this comparator: beside the store, so that a restarted comparator is found again. */
function linkPathOf(config: EffectiveConfig): string {
  return config.source.tap?.link ?? join(dirname(config.store.path), 'tap.sock');
}

function explain(thrown: unknown): string {
  const code = (thrown as { code?: string }).code;
  if (code === 'EADDRINUSE') return `the API's address is in use already: ${messageOf(thrown)}`;
  if (thrown instanceof PenumbraError && thrown.code === 'CONFIG_INVALID')
    return `the config is not valid\n${thrown.message}`;
  return messageOf(thrown);
}
