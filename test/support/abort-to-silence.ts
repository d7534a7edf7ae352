// One trial of "abort to silence": a real comparator sends to a real shadow, is aborted while requests are in flight and held back, and the
// shadow writes down when the last request came.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyBaseLogger } from 'fastify';
import type { App } from '../../src/app/parts.ts';
import { createApp } from '../../src/app.ts';
import { systemClock } from '../../src/io/clock.ts';
import type { RunView } from '../../src/pipeline/view-types.ts';
import { configForTest, exchangeOf } from './comparator.ts';
import { startCountingShadow } from './counting-shadow.ts';

export const abortWays = ['stop condition', 'run stop', 'kill switch', 'kill switch file'] as const;
export type AbortWay = (typeof abortWays)[number];

export interface Silence {
  readonly way: AbortWay;
  /** Requests of any kind that reached the shadow, until the abort. */
  readonly before: number;
  /** From the abort to the last request that came after it, in milliseconds; 0 when none did. */
  readonly lastAfterMs: number;
  /** Requests that came although the abort was in force and all that had been sent before it had come. */
  readonly late: number;
}

/** No request may reach the shadow later than this. */
export const silentWithinMs = 1000;
const watchedMs = 1500;
/** Requests before an abort. */
const enough = 10;
const marks = 2;
const everyMs = 20;

const log = Object.fromEntries(['debug', 'info', 'warn', 'error'].map((level) => [level, () => {}]));
const pause = (ms: number): Promise<void> => new Promise((resume) => setTimeout(resume, ms));

export async function silenceTrial(way: AbortWay): Promise<Silence> {
  const directory = mkdtempSync(join(tmpdir(), 'penumbra-silence-'));
  const shadow = await startCountingShadow();
  const app = createTrialApp(shadow.url, join(directory, 'penumbra.db'));
  await app.start();
  const traffic = startProduction(app);
  try {
    await until(() => app.comparator.runs()[0]?.state === 'RUNNING');
    while ((await shadow.arrivals()).length <= enough) await pause(20);
    await pause(300 * Math.random());
    const abortedAt = await abort(app, { way, traffic, file: join(directory, 'penumbra.db.killed') });
    await until(() => app.comparator.runs()[0]?.endedAt !== null);
    // What was written before has been read once the shadow has answered twice.
    for (let mark = 0; mark < marks; mark++) await fetch(shadow.url).then((answer) => answer.text());
    const inForce = (await shadow.arrivals()).length;
    await pause(watchedMs);
    const arrivals = await shadow.arrivals();
    const asked = arrivals.filter((_, at) => at < inForce - marks || at >= inForce);
    const after = asked.filter((at) => at > abortedAt);
    const lastAfterMs = Math.max(0, ...after.map((at) => at - abortedAt));
    return { way, before: asked.length - after.length, lastAfterMs, late: arrivals.length - inForce };
  } finally {
    traffic.stop();
    await app.stop();
    await shadow.close();
    rmSync(directory, { recursive: true });
  }
}

/** "3 of 20 trials …": the line that is printed, and whether all were silent; in time, too, on a machine that does nothing else. */
export function silenceSummary(
  trials: readonly Silence[],
  { isTimed = false } = {},
): { readonly text: string; readonly violations: number } {
  const violations = trials.filter(
    ({ late, lastAfterMs }) => late > 0 || (isTimed && lastAfterMs > silentWithinMs),
  ).length;
  const latest = Math.max(...trials.map(({ lastAfterMs }) => lastAfterMs));
  return {
    violations,
    text: `abort to silence: ${trials.length} trials, ${violations} violations (last request ${latest.toFixed(0)} ms after the abort at the latest)`,
  };
}

/** `held` waits with every request for longer than the silence may take; what it holds back must never leave. */
function createTrialApp(url: string, path: string): App {
  const config = configForTest(
    {
      arms: { control: '', candidate: '', held: 'faults: [{delay: 1200ms, jitter: 100ms}]' },
      expect: { 'control.late': 'flip: at most 50%, required: false' },
      settings: { stopWhen: '[{when: production.errors above 5%, window: 50ms}]' },
    },
    path,
  );
  const experiments = config.experiments.map((experiment) => ({
    ...experiment,
    arms: experiment.arms.map((arm) => ({
      ...arm,
      target: { type: 'http' as const, url, headers: {}, version: null },
    })),
  }));
  return createApp({
    config: { ...config, experiments },
    clock: systemClock,
    log: log as unknown as FastifyBaseLogger,
    env: {},
    version: 'test',
    sources: [],
  });
}

interface Production {
  /** From now on every answer is an error. */
  fail(): void;
  stop(): void;
}

/** Delivers before, during and after the abort. */
function startProduction(app: App): Production {
  let sent = 0;
  let status = 200;
  const timer = setInterval(() => {
    sent += 1;
    const place = { arrivedAt: systemClock.nowMs(), feature: sent };
    // Only every second one fails: the shadow is asked until the very moment of the abort.
    const delivery = { id: `x-${sent}`, status: sent % 2 === 0 ? status : 200 };
    app.comparator.submit(exchangeOf(delivery, place));
  }, everyMs);
  return {
    fail: () => {
      status = 503;
    },
    stop: () => clearInterval(timer),
  };
}

/** The moment from which on silence is asked for. */
async function abort(
  app: App,
  { way, traffic, file }: { way: AbortWay; traffic: Production; file: string },
): Promise<number> {
  const { id } = app.comparator.runs()[0] as RunView;
  if (way === 'stop condition') {
    traffic.fail();
    await until(() => app.comparator.run(id).endedAt !== null);
    return app.comparator.run(id).endedAt as number;
  }
  const nowMs = systemClock.nowMs();
  if (way === 'run stop') app.comparator.stopRun(id, 'trial');
  else if (way === 'kill switch') app.comparator.kill('trial');
  else writeFileSync(file, 'trial');
  return nowMs;
}

async function until(isSo: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + 60_000;
  while (!isSo()) {
    if (performance.now() > giveUpAt) throw new Error('the trial did not come so far');
    await pause(5);
  }
}
