// `penumbra serve`: the comparator as a process: sources, pipeline, store, API, and the tap when the config asks for it.
import { dirname, join } from 'node:path';
import { Command, Option } from 'commander';
import type { FastifyInstance } from 'fastify';
import { createApi } from '../api/server.ts';
import { openSources } from '../app/open-sources.ts';
import { codecOf } from '../app/open-target.ts';
import type { App } from '../app/parts.ts';
import { createApp } from '../app.ts';
import { chaosOnlyNotice } from '../config/chaos-meaning.ts';
import type { EffectiveConfig } from '../config/effective.ts';
import { checkConfig } from '../config/load.ts';
import { problemLine } from '../config/problems.ts';
import { messageOf, PenumbraError } from '../errors.ts';
import { type ListenAddress, listenOn, parseListenAddress } from '../io/listen-address.ts';
import { createLog } from '../io/log.ts';
import { createTapSource } from '../io/sources/tap.ts';
import { version } from '../version.ts';
import { clockOf } from './clock-of.ts';
import { createDependencyProcesses, type DependencyProcesses } from './dependency-processes.ts';
import { keeperOf } from './keep-tap.ts';
import { lowerPriority, niceOption } from './lower-priority.ts';
import { addressOf, listenThere, tokensOf, wholeTokenOf } from './serve/api-address.ts';
import { serveCompare } from './serve/compare-process.ts';
import { openScaled, type Role, roles, type Scaled } from './serve/scaled.ts';
import { onBroken, onDeposed, openStoreAtOnce, waitToLead } from './serve/standby.ts';
import { optionOf, withExitCodes } from './server-process.ts';
import type { TapProcess } from './tap-process.ts';
import { modelProblems } from './validate-models.ts';

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'];

export function serveCommand(): Command {
  return withExitCodes(new Command('serve'))
    .summary('the comparator: compares shadows with production, judges, alerts, answers gates')
    .description(
      'Reads a config, takes exchanges from the tap and from POST /v1/exchanges, asks every shadow arm, and judges.\n' +
        'It is never on the path of a production request: killing it changes nothing for production.',
    )
    .requiredOption('--config <file>', 'the config; check it first with: penumbra validate FILE')
    .addOption(new Option('--log-level <level>', 'how much is logged').choices(logLevels).default('info'))
    .addOption(
      new Option('--role <role>', 'what this process does, where the config has scale').choices(roles).default('all'),
    )
    .addOption(
      new Option('--listen <host:port>', 'instead of api.listen in the config; port 0 takes any free one').argParser(
        optionOf(parseListenAddress),
      ),
    )
    .addOption(niceOption())
    .addHelpText('after', helpText)
    .action(async (options: ServeOptions, command: Command) => {
      try {
        await serve(options);
      } catch (thrown) {
        command.error(`serve: ${messageOf(thrown)}`, { exitCode: 1 });
      }
    });
}

interface ServeOptions {
  readonly config: string;
  readonly logLevel: string;
  readonly role: Role;
  readonly listen?: ListenAddress;
  readonly nice: number;
}

const helpText = `
Example:
  penumbra validate penumbra.yaml && penumbra serve --config penumbra.yaml
Then, in another terminal (a config to start from stands in config/):
  penumbra run list
  penumbra gate --experiment release --wait 30m

Beyond one machine (scale in the config: {brokers: […], exchanges: TOPIC}) the exchanges come from a Kafka topic:
  penumbra serve --config penumbra.yaml --role judge      one leads: store, API, page, gate, alerts; asks no arm. A second one waits
                                                          and takes over when the first dies; let both reach the same store
  penumbra serve --config penumbra.yaml --role compare    as many as the topic has partitions, at most: ask the arms, count
  penumbra serve --config penumbra.yaml                   both in one process
All read the same config; on one machine each needs an address of its own (--listen 127.0.0.1:9091). A comparator answers
/v1/health, /v1/ready and /metrics there. Comparators may come, go and die at any time: each exchange counts exactly once. They send nothing
while the judge has not been heard for a second, and whatever the kill switch of the judge says holds for all of them.

It prints one line with its address when it is ready; the API describes itself under /openapi.json, metrics are under
/metrics. Logs are JSON lines on standard error. After a crash or a restart it resumes exactly: counts continue, exchanges
that were in flight count as dropped by the restart and are not sent again. The tap relays on without it.
SIGTERM ends it within 10 s, and with it the tap and the fault proxies that it started. SIGUSR2 engages the kill switch (penumbra kill --help).
Exit codes: 0 stopped, 1 it could not start (the last line on standard error says why), 64 wrong options.`;

async function serve({ config: file, logLevel, role, listen, nice }: ServeOptions): Promise<void> {
  const config = await readConfig(file);
  const log = createLog(logLevel);
  const clock = await clockOf(config);
  const address = addressOf(config, listen);
  const scaled = openScaled({ config, role, clock, log, env: process.env, onBroken, onDeposed });
  if (scaled !== null && role === 'compare') {
    lowerPriority(nice, { except: null });
    return serveCompare(scaled, { config, log, address });
  }
  const standby = scaled === null ? null : await waitToLead(scaled, { config, log, address });
  const linkPath = config.source.tap === null ? null : linkPathOf(config);
  const tapSource = linkPath === null ? null : createTapSource({ linkPath, clock, log });
  const sources =
    scaled !== null
      ? []
      : [
          ...(tapSource === null ? [] : [tapSource]),
          ...openSources(config, {
            clock,
            log,
            isInference: codecOf(config).isInference,
            onOwnCall: (headers) => app.sawOwnCall(headers),
            load: () => app.load(),
            env: process.env,
          }),
        ];
  const proxies = createDependencyProcesses(config, { file, env: process.env, log });
  const open = (): App =>
    createApp({
      config,
      clock,
      log,
      env: process.env,
      version,
      sources,
      dependencies: proxies.controls,
      ...(scaled?.judges ? { judges: scaled.judges, openStore: openStoreAtOnce } : {}),
    });
  const app: App = standby === null ? open() : await standby.open(open);
  let isReady = false;
  const api = await createApi({
    comparator: app.comparator,
    token: wholeTokenOf(config),
    tokens: tokensOf(config),
    version,
    log,
    sources: sources.flatMap(({ routes = [] }) => routes),
    isReady: () => isReady,
  });
  // The address first: a second comparator ends here, before it has touched any run.
  const { url, port } = await (scaled === null ? listenOn : listenThere)(api, address);
  const tap = await keeperOf(config, { linkPath, source: tapSource, log });
  // Before anything else is started: pods and fault proxies have one priority, however often they are started again.
  lowerPriority(nice, { except: tap?.thread ?? null });
  await proxies.start();
  await app.start();
  await scaled?.compare?.start();
  await tap?.start();
  isReady = true;
  stopOnSignal({ api, app, tap, proxies, scaled });
  process.stdout.write(`comparator listening on ${url}\n`);
  const notice = chaosOnlyNotice(config, Date.now());
  if (notice !== null) process.stdout.write(`${notice}\n`);
  process.send?.({ type: 'listening', port });
}

/** Everything that is wrong with it at once, the models that it names included. */
async function readConfig(file: string): Promise<EffectiveConfig> {
  const { config, errors, positionOf } = checkConfig(file, { env: process.env });
  const problems = config === null ? errors : await modelProblems(config, positionOf);
  if (config !== null && problems.length === 0) return config;
  const lines = problems.map((problem) => problemLine(file, problem));
  throw new PenumbraError('CONFIG_INVALID', `the config is not valid\n${lines.join('\n')}`);
}

/** The socket where taps find this comparator: beside the store, so that a restarted comparator is found again. */
function linkPathOf(config: EffectiveConfig): string {
  return config.source.tap?.link ?? join(dirname(config.store.path), 'tap.sock');
}

/** Requests that wait for their bucket to close are cut after this. */
const graceMs = 3000;
const stopWithinMs = 10_000;

interface Serving {
  readonly api: FastifyInstance;
  readonly app: App;
  readonly tap: TapProcess | null;
  readonly proxies: DependencyProcesses;
  readonly scaled: Scaled | null;
}

function stopOnSignal({ api, app, tap, proxies, scaled }: Serving): void {
  let isStopping = false;
  const stop = async (): Promise<void> => {
    if (isStopping) return;
    isStopping = true;
    setTimeout(() => process.exit(1), stopWithinMs).unref();
    setTimeout(() => api.server.closeAllConnections(), graceMs).unref();
    // Copies of what the tap still relays are taken until it has ended.
    await Promise.all([tap?.stop(), api.close()]);
    await scaled?.compare?.stop();
    await app.stop();
    await scaled?.stop();
    await proxies.stop();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop());
  // The kill switch for those whom the API does not answer.
  process.on('SIGUSR2', () => app.killSwitch.engage({ reason: 'SIGUSR2', by: 'signal' }));
  // A parent that started it over IPC and died leaves nobody to stop it.
  process.on('disconnect', () => void stop());
}
