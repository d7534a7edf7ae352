// `penumbra demo`: the whole story on real data, with nothing to install and nothing left behind.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError, Option } from 'commander';
import pc from 'picocolors';
import { messageOf } from '../errors.ts';
import type { RunView } from '../pipeline/view-types.ts';
import { tellActTwo } from './demo/act-two.ts';
import { actTwoJson, actTwoSummary, unmetOfActTwo } from './demo/act-two-report.ts';
import { complain, conclude } from './demo/conclude.ts';
import { demoConfig } from './demo/config.ts';
import { createProcesses, type Processes } from './demo/processes.ts';
import { type DemoResult, type GateAnswer, toJson } from './demo/report.ts';
import { rowsOf } from './demo/rows.ts';
import { experiments, gates, maxRequests, requestsPerSecond, settlingRequests, slowStore } from './demo/scenario.ts';
import { stayingAddress, untilEnded } from './demo/stay.ts';
import { createScreen, renderTable } from './demo/table.ts';
import { readRows, startTraffic } from './demo/traffic.ts';

const models = fileURLToPath(new URL('../../models', import.meta.url));

export function demoCommand(): Command {
  return new Command('demo')
    .summary('the story: a silent incident found in shadow, on real flights')
    .description(
      'Starts a real model in production with its feature store, the tap in front of it and six shadow arms behind it, ' +
        'replays real flights through it, and shows what each arm did, what the release gate answers and why. ' +
        'Needs no network, uses free loopback ports, ends by itself within two minutes and leaves no process.',
    )
    .addOption(
      new Option('--act <number>', '1: found in shadow; 2: the same fault in production itself, found by a watch')
        .choices(['1', '2'])
        .default('1'),
    )
    .option('--seed <text>', 'changes which requests are perturbed and which keys are slow', '1')
    .option('--json <file>', 'write the result as data')
    .option('--keep <folder>', 'keep the config, the store and every process’s log there')
    .option('--stay', `afterwards keep everything up until Ctrl-C, the page at http://${stayingAddress}/ (act 1)`)
    .option('--rate <number>', 'requests per second', toRate, requestsPerSecond)
    .action(async (options: DemoOptions) => {
      process.exitCode = await runDemo(options);
    });
}

interface DemoOptions {
  readonly act: '1' | '2';
  readonly seed: string;
  readonly json?: string;
  readonly keep?: string;
  readonly rate: number;
  readonly stay?: true;
}

function toRate(text: string): number {
  const rate = Number(text);
  if (rate >= 1 && rate <= 500) return rate;
  throw new InvalidArgumentError('requires a number from 1 to 500.');
}

async function runDemo(options: DemoOptions): Promise<number> {
  const startedMs = performance.now();
  const folder = options.keep ?? (await mkdtemp(join(tmpdir(), 'penumbra-demo-')));
  await mkdir(folder, { recursive: true });
  const processes = createProcesses({ logFolder: options.keep === undefined ? undefined : folder });
  const cleanUp = async (): Promise<void> => {
    await processes.stopAll();
    if (options.keep === undefined) await rm(folder, { recursive: true, force: true });
  };
  const interrupt = (): void => {
    void cleanUp().finally(() => process.exit(130));
  };
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    const seconds = (): number => Math.round((performance.now() - startedMs) / 100) / 10;
    const { seed, json } = options;
    if (options.act === '2') {
      const incident = await tellActTwo({ seed, rate: options.rate, folder, models, processes });
      const result = { ...incident, seed, took: seconds() };
      if (json !== undefined) await writeFile(json, `${JSON.stringify(actTwoJson(result), null, 2)}\n`);
      console.log(
        `\n${actTwoSummary(result).join('\n')}\n\n${result.sent.toLocaleString('en')} requests in ${result.took} s.`,
      );
      return complain(unmetOfActTwo(result));
    }
    const { apiUrl, ...story } = await tellStory({ options, folder, processes });
    const result: DemoResult = { ...story, seed, seconds: seconds() };
    if (json !== undefined) await writeFile(json, `${JSON.stringify(toJson(result), null, 2)}\n`);
    const exitCode = conclude(result);
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    if (options.stay) await untilEnded(apiUrl);
    return exitCode;
  } catch (thrown) {
    console.error(`demo: ${messageOf(thrown)}`);
    return 1;
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    await cleanUp();
  }
}

interface Stage {
  readonly options: DemoOptions;
  readonly folder: string;
  readonly processes: Processes;
}

type Story = Omit<DemoResult, 'seed' | 'seconds'> & { readonly apiUrl: string };

async function tellStory({ options, folder, processes }: Stage): Promise<Story> {
  console.log(pc.dim('starting two feature stores, seven pods, the tap and the comparator …'));
  const { tapUrl, apiUrl } = await setStage({ options, folder, processes });
  console.log(pc.dim(`the page, while it lasts: ${apiUrl}/`));
  const rows = await readRows(join(models, 'flight-stream.jsonl.gz'), maxRequests);
  const traffic = startTraffic({ rows, tapUrl, apiUrl, perSecond: options.rate });
  // Production has been running for a while when somebody starts an experiment; here it gets a few seconds.
  await traffic.answered(settlingRequests);
  const runs: RunView[] = [];
  for (const experiment of experiments) runs.push(await callApi<RunView>(`${apiUrl}/v1/runs`, { experiment }));
  const ended = await watch({ apiUrl, processes, traffic, runs });
  traffic.stop();
  await traffic.finished;
  const answers: GateAnswer[] = [];
  for (const { name, experiment } of gates) {
    const run = ended.find((one) => one.experiment === experiment) as RunView;
    const { exitCode, output } = await processes.run(['gate', '--url', apiUrl, '--run', run.id, '--format', 'json']);
    const { verdict, reasons } = JSON.parse(output) as { verdict: string; reasons: string[] };
    answers.push({ name, exit: exitCode, decision: verdict, reasons });
  }
  return { rows: rowsOf(ended), runs: ended, gates: answers, traffic: traffic.counts, apiUrl };
}

/** Starts everything, pods side by side, and returns where requests go. */
async function setStage({ options, folder, processes }: Stage): Promise<{ tapUrl: string; apiUrl: string }> {
  const card = join(models, 'flight-delay-v1.json');
  const stream = join(models, 'flight-stream.jsonl.gz');
  const urlOf = ({ port }: { port: number }): string => `http://127.0.0.1:${port}`;
  const storeArguments = ['feature-store', '--rows', stream, '--card', card];
  const slowArguments = ['--delay', slowStore.delay, '--delay-share', slowStore.share, '--seed', options.seed];
  const [store, slow] = await Promise.all([
    processes.start('feature store', storeArguments),
    processes.start('slow feature store', [...storeArguments, ...slowArguments]),
  ]);
  const pod = async (name: string, model: string, features: readonly string[] = []): Promise<string> =>
    urlOf(await processes.start(name, ['pod', '--model', join(models, `flight-delay-${model}.onnx`), ...features]));
  const withStore = (at: { port: number }, onFailure: string): string[] => {
    return ['--features', urlOf(at), '--timeout', '2s', '--deadline', slowStore.deadline, '--on-failure', onFailure];
  };
  const [production, control, slowZeros, slowLoud, v2, v2Units, plain] = await Promise.all([
    pod('production', 'v1', withStore(store, 'zeros')),
    pod('control', 'v1', withStore(store, 'zeros')),
    pod('slow-store-zeros', 'v1', withStore(slow, 'zeros')),
    pod('slow-store-loud', 'v1', withStore(slow, 'error')),
    pod('v2', 'v2'),
    pod('v2-units', 'v2-units'),
    pod('no-dep_delay', 'v1'),
  ]);
  const link = join(folder, 'link.sock');
  const configFile = join(folder, 'penumbra.yaml');
  const addresses = {
    production,
    control,
    v2,
    v2Units,
    plain,
    slowZeros,
    slowLoud,
    link,
    card,
    store: join(folder, 'penumbra.db'),
  };
  await writeFile(configFile, demoConfig(addresses, options.seed, options.stay ? { listen: stayingAddress } : {}));
  const comparator = await processes.start('comparator', ['serve', '--config', configFile]);
  const tap = await processes.start('tap', [
    'tap',
    '--listen',
    '127.0.0.1:0',
    '--upstream',
    production,
    '--link',
    link,
  ]);
  return { tapUrl: urlOf(tap), apiUrl: urlOf(comparator) };
}

interface Watch {
  readonly apiUrl: string;
  readonly processes: Processes;
  readonly traffic: ReturnType<typeof startTraffic>;
  readonly runs: readonly RunView[];
}

/** Draws until every run ended, or the stream is used up and nothing more can come. */
async function watch({ apiUrl, processes, traffic, runs }: Watch): Promise<RunView[]> {
  const screen = createScreen(process.stdout);
  let trafficEnded = false;
  void traffic.finished.then(() => {
    trafficEnded = true;
  });
  const startedMs = performance.now();
  for (let afterTraffic = 0; ; ) {
    const failure = processes.failure();
    if (failure !== null) throw new Error(failure);
    const now = await Promise.all(runs.map((run) => callApi<RunView>(`${apiUrl}/v1/runs/${run.id}`)));
    screen.draw(renderTable(rowsOf(now)), progressLine(now, traffic.counts.sent));
    if (trafficEnded) afterTraffic += 1;
    const isOver = performance.now() - startedMs > longestWatchMs || afterTraffic > secondsAfterTraffic;
    if (isOver || now.every((run) => run.endedAt !== null)) {
      screen.end();
      return now;
    }
    await new Promise((resume) => setTimeout(resume, 1000));
  }
}

/** The last buckets close within the join deadline. */
const secondsAfterTraffic = 5;
/** With start and end the whole demo stays under two minutes, whatever the machine. */
const longestWatchMs = 95_000;

function progressLine(runs: readonly RunView[], sent: number): string {
  const cells = rowsOf(runs).map(({ arm, hypothesis }) => `${arm.name} ${hypothesis.verdict} n=${hypothesis.n}`);
  return `${sent.toLocaleString('en')} requests · ${cells.join(' · ')}`;
}

async function callApi<Answer>(url: string, body?: object): Promise<Answer> {
  const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const answer = await fetch(url, body === undefined ? {} : post);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${text}`);
  return JSON.parse(text) as Answer;
}
