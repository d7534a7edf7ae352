// A real Prometheus as the judge of a stop condition: what it says is read as meant, a run is refused and aborted by it, and it is missed
// when it is gone.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyBaseLogger } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.ts';
import { systemClock } from '../../src/io/clock.ts';
import { createPrometheus } from '../../src/io/prometheus.ts';
import type { PrometheusStop } from '../../src/model.ts';
import { configForTest } from '../support/comparator.ts';
import { freePort } from '../support/free-port.ts';
import { listenOnFreePort } from '../support/raw-sockets.ts';
import { createScriptedTarget } from '../support/scripted-target.ts';
import { silentLog, until } from '../support/tap-bench.ts';

const isHere = spawnSync('prometheus', ['--version']).status === 0;
const directory = mkdtempSync(join(tmpdir(), 'penumbra-prometheus-'));
/** What Prometheus reads of production every second. */
let trouble = 0;
const production = createServer((_asked, answer) => answer.end(`trouble ${trouble}\n`));
const signals = createPrometheus({ clock: systemClock });
let prometheus: ChildProcess | null = null;
let url = '';

beforeAll(async () => {
  if (!isHere) return;
  const address = `127.0.0.1:${await freePort()}`;
  url = `http://${address}`;
  const config = join(directory, 'prometheus.yml');
  const jobs = `[{job_name: production, static_configs: [{targets: ["127.0.0.1:${await listenOnFreePort(production)}"]}]}]`;
  writeFileSync(config, `global: {scrape_interval: 1s}\nscrape_configs: ${jobs}\n`);
  const data = `--storage.tsdb.path=${join(directory, 'data')}`;
  prometheus = spawn('prometheus', [`--config.file=${config}`, data, `--web.listen-address=${address}`], {
    stdio: 'ignore',
  });
  const isReady = (): Promise<boolean> =>
    fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  for (const startedMs = performance.now(); !(await isReady()); ) {
    if (performance.now() - startedMs > 60_000) throw new Error('Prometheus did not become ready');
    await new Promise((resume) => setTimeout(resume, 50));
  }
});

afterAll(async () => {
  await signals.close();
  production.close();
  production.closeAllConnections();
  if (prometheus !== null && prometheus.exitCode === null && prometheus.signalCode === null) {
    prometheus.kill('SIGKILL');
    await once(prometheus, 'exit');
  }
  rmSync(directory, { recursive: true, force: true });
});

const read = (query: string) => {
  const limits = { side: 'above', limit: 0, everyMs: 10_000, times: 1 } as const;
  const stop: PrometheusStop = { text: '', signal: 'prometheus', url, headers: {}, query, ...limits };
  return signals.read(stop);
};

/** A comparator whose one experiment is stopped by this query; `start: on request`. */
async function startApp(query: string, more: string) {
  const path = join(mkdtempSync(join(directory, 'app-')), 'penumbra.db');
  const stop = `{prometheus: "${url}", query: "${query}", every: 1s, ${more}}`;
  const config = configForTest(
    {
      arms: { control: '', slow: 'faults: [{delay: 100ms}]' },
      expect: { 'slow.late': 'flip: at most 50%, required: false' },
      settings: { stopWhen: `[${stop}]`, start: 'on request' },
    },
    path,
  );
  const app = createApp({
    config,
    clock: systemClock,
    log: silentLog as unknown as FastifyBaseLogger,
    env: {},
    version: 'test',
    sources: [],
    openTarget: async () => createScriptedTarget({ clock: systemClock, answers: () => ({ score: 0.9 }), asked: [] }),
  });
  await app.start();
  return app;
}

describe.skipIf(!isHere)('a real Prometheus (skipped where none is installed)', () => {
  it.each([
    ['vector(0.25)', { value: 0.25 }],
    ['scalar(vector(3))', { value: 3 }],
    ['vector(1) / vector(0)', { value: Number.POSITIVE_INFINITY }],
    ['vector(0) / vector(0)', { missing: 'its value is not a number (NaN)' }],
    ['nobody_counts_this', { missing: 'the answer is empty: no series matches' }],
    [
      'label_replace(vector(1), "a", "1", "", "") or label_replace(vector(2), "a", "2", "", "")',
      { missing: 'the query gives 2 series, not one number' },
    ],
    ['"text"', { missing: 'the query gives a string, not one number' }],
    ['sum(', { missing: expect.stringMatching(/^it answered HTTP 400: .*parse error/) }],
  ])('answers %s', async (query, sight) => {
    expect(await read(query)).toEqual(sight);
  });

  it('refuses a run that is over its limit, and one that cannot be asked for', async () => {
    const over = await startApp('vector(1)', 'above: 0.5');
    await expect(over.comparator.startRun({ experiment: 'trial' })).rejects.toMatchObject({
      code: 'RUN_CANNOT_START',
      message: 'experiment "trial" cannot start: its stop condition is met already: vector(1) above 0.5 (1)',
    });
    await over.stop();
    const unreadable = await startApp('vector(', 'below: 1');
    await expect(unreadable.comparator.startRun({ experiment: 'trial' })).rejects.toMatchObject({
      code: 'RUN_CANNOT_START',
      message: expect.stringContaining('its stop condition cannot be watched: vector( below 1: it answered HTTP 400'),
    });
    await unreadable.stop();
  });

  it('aborts a run when its answer goes over the limit, twice in a row', async () => {
    await expect.poll(() => read('trouble')).toEqual({ value: 0 });
    const app = await startApp('trouble', 'above: 0.5, times: 2');
    const { id } = await app.comparator.startRun({ experiment: 'trial' });
    await until(() => app.comparator.run(id).state === 'RUNNING');
    const from = Date.now();
    trouble = 1;
    await until(() => app.comparator.run(id).endedAt !== null);
    const run = app.comparator.run(id);
    expect(run).toMatchObject({ state: 'ABORTED', endReason: expect.stringContaining('above 0.5 (1)') });
    expect(run.endedAt).toBeGreaterThan(from + 900);
    await app.stop();
  });

  // The last one: it is gone afterwards.
  it('that is gone aborts the run after three periods', async () => {
    const app = await startApp('vector(0)', 'above: 0.5');
    const { id } = await app.comparator.startRun({ experiment: 'trial' });
    prometheus?.kill('SIGKILL');
    await once(prometheus as ChildProcess, 'exit');
    await until(() => app.comparator.run(id).endedAt !== null);
    expect(app.comparator.run(id)).toMatchObject({
      state: 'ABORTED',
      endReason: expect.stringContaining('no usable answer to vector(0) above 0.5 for 3 × 1s: it cannot be watched'),
    });
    await app.stop();
  });
});
