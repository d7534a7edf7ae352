// The demo's second act: no shadow this time. Production's own feature store gets slow, production falls back to zeros in silence, and a
// watch on its answers is the only thing that notices.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pc from 'picocolors';
import { randomFor } from '../../core/random.ts';
import type { Alert } from '../../model.ts';
import type { WatchesView } from '../../pipeline/view-types.ts';
import { actTwoConfig } from './act-two-config.ts';
import type { Incident } from './act-two-report.ts';
import type { Processes } from './processes.ts';
import { settlingRequests, slowStore } from './scenario.ts';
import { openSwitchboard, type Switchboard } from './switchboard.ts';
import { readRows, type StreamRow, startTraffic, type Traffic } from './traffic.ts';

export interface ActTwoStage {
  readonly seed: string;
  readonly rate: number;
  readonly folder: string;
  readonly models: string;
  readonly processes: Processes;
}

/** Requests before the fault: what the watch learns from, and a good stretch after it. */
const goodRequests = 1500;
const measuredAnswers = 600;
/** The act ends within a minute, whatever the machine. */
const longestWaitMs = 20_000;
const maxRequests = 6500;

export async function tellActTwo(stage: ActTwoStage): Promise<Incident> {
  console.log(pc.dim('act 2: starting two feature stores, one pod, the tap and the comparator; no shadow …'));
  const flights = await readRows(join(stage.models, 'flight-stream.jsonl.gz'), maxRequests);
  const rows = shuffled(flights, stage.seed);
  const { slow, switchboard, tapUrl, apiUrl } = await setStage(stage, rows.splice(0, settlingRequests));
  try {
    const traffic = startTraffic({ rows, tapUrl, apiUrl, perSecond: Math.max(stage.rate, slowestRate) });
    console.log(pc.dim(`real flights in a random order; the watches learn what production’s answers look like …`));
    await traffic.answered(goodRequests);
    const before = await askWatches(apiUrl);
    const from = traffic.latenciesMs.length;
    const [sent, failed, startedMs] = [traffic.counts.sent, traffic.counts.failed, performance.now()];
    console.log(`\nafter ${sent.toLocaleString('en')} requests the feature store gets slow: ${slowText()}`);
    switchboard.useStore(slow);
    const alert = await firstAlert(switchboard, traffic);
    const seconds = (performance.now() - startedMs) / 1000;
    const requests = traffic.counts.sent - sent;
    // A p99 of a hundred answers is their worst: the incident goes on until there are enough.
    await traffic.answered(traffic.counts.answered - (traffic.latenciesMs.length - from) + measuredAnswers);
    const after = await askWatches(apiUrl);
    traffic.stop();
    await traffic.finished;
    const during = traffic.latenciesMs.slice(from);
    const problem = stage.processes.failure();
    if (problem !== null) throw new Error(problem);
    const p99Ms = quantile(during, 0.99);
    return {
      alert,
      seconds,
      requests,
      before,
      after,
      p99Ms,
      failed: traffic.counts.failed - failed,
      sent: traffic.counts.sent,
    };
  } finally {
    await switchboard.stop();
  }
}

/** One hour of flights is not like the next, and the act has no week to learn from: they come in a random order, the same for a seed. */
function shuffled<Row>(rows: readonly Row[], seed: string): Row[] {
  const random = randomFor(seed, 'act 2', 'traffic');
  const mixed = [...rows];
  for (let last = mixed.length - 1; last > 0; last--) {
    const other = Math.floor(random.uniform() * (last + 1));
    [mixed[last], mixed[other]] = [mixed[other] as Row, mixed[last] as Row];
  }
  return mixed;
}

/** Slower than this and learning alone would take the minute. */
const slowestRate = 50;

function slowText(): string {
  return `its fast replica is lost, the other takes ${slowStore.delay}; the pod waits ${slowStore.deadline}, then takes zeros`;
}

interface Set {
  readonly slow: string;
  readonly switchboard: Switchboard;
  readonly tapUrl: string;
  readonly apiUrl: string;
}

/** `first` are asked of production alone, before anybody watches: a process that has just started is no reference. */
async function setStage(
  { seed, rate, folder, models, processes }: ActTwoStage,
  first: readonly StreamRow[],
): Promise<Set> {
  const card = join(models, 'flight-delay-v1.json');
  const storeArguments = ['feature-store', '--rows', join(models, 'flight-stream.jsonl.gz'), '--card', card];
  const [fast, slow] = await Promise.all([
    processes.start('feature store', storeArguments),
    processes.start('slow feature store', [...storeArguments, '--delay', slowStore.delay]),
  ]);
  const urlOf = ({ port }: { port: number }): string => `http://127.0.0.1:${port}`;
  const switchboard = await openSwitchboard(urlOf(fast));
  const features = ['--features', switchboard.storeUrl, '--timeout', '2s'];
  const policy = ['--deadline', slowStore.deadline, '--on-failure', 'zeros'];
  const model = join(models, 'flight-delay-v1.onnx');
  const production = urlOf(await processes.start('production', ['pod', '--model', model, ...features, ...policy]));
  const settling = startTraffic({ rows: first, tapUrl: production, apiUrl: production, perSecond: rate });
  const link = join(folder, 'link.sock');
  const configFile = join(folder, 'penumbra.yaml');
  const addresses = { production, link, card, receiver: switchboard.receiverUrl, store: join(folder, 'penumbra.db') };
  await writeFile(configFile, actTwoConfig(addresses, seed));
  const comparator = await processes.start('comparator', ['serve', '--config', configFile]);
  const tapArguments = ['--listen', '127.0.0.1:0', '--upstream', production, '--link', link];
  const tap = await processes.start('tap', ['tap', ...tapArguments]);
  await settling.finished;
  return { slow: urlOf(slow), switchboard, tapUrl: urlOf(tap), apiUrl: urlOf(comparator) };
}

/** Null when none came in time, or the traffic ended before. */
async function firstAlert({ alerted }: Switchboard, traffic: Traffic): Promise<Alert | null> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), longestWaitMs);
  });
  const found = await Promise.race([alerted, tooLate, traffic.finished.then(() => null)]);
  clearTimeout(timer);
  return found;
}

async function askWatches(apiUrl: string): Promise<WatchesView> {
  const answer = await fetch(`${apiUrl}/v1/watches`);
  if (!answer.ok) throw new Error(`${apiUrl}/v1/watches answered ${answer.status}`);
  return (await answer.json()) as WatchesView;
}

function quantile(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.ceil(share * sorted.length) - 1] ?? null;
}
