// I7: the kill switch, by each of its ways (API, signal, file), while the store's disk is full or the comparator's event loop
// is kept busy: not one request reaches a shadow once it is in force. The shadow counts. PENUMBRA_KILLS raises the trials, and
// then the second within which it must be silent counts too: the machine should have nothing else to do. (A store that is
// locked is in test/e2e/kill.test.ts: from outside nobody can lock it, the comparator holds it for itself.)
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { startCountingShadow } from '../support/counting-shadow.ts';
import { entry } from '../support/penumbra-process.ts';
import { arm, clientOf, configOf, exchangeOf, quick } from '../support/serve-process.ts';
import { until } from '../support/tap-bench.ts';
import { endListening, type StartedProcess, sayTrials, startListening } from '../support/tap-stand.ts';

const conditions = ['nothing', 'a full disk', 'a busy event loop'] as const;
const ways = ['API', 'signal', 'file'] as const;
type Condition = (typeof conditions)[number];
type Way = (typeof ways)[number];

const rounds = Number(process.env.PENUMBRA_KILLS ?? 0);
const silentWithinMs = 1000;
const watchedMs = 1200;
const pause = (ms: number): Promise<void> => new Promise((resume) => setTimeout(resume, ms));
const canMount = spawnSync('unshare', ['-Urm', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;
if (!canMount) console.warn('SKIPPED: the kill switch on a full disk: no disk can be mounted here (unshare -Urm)');

/** Half a second of work every six tenths, from within. */
const busy = 'setInterval(()=>{const t=Date.now()+500;while(Date.now()<t);},600).unref()';

interface Trial {
  readonly folder: string;
  readonly store: string;
  readonly serve: StartedProcess;
}

async function startTrial(condition: Condition, shadow: string): Promise<Trial> {
  const folder = mkdtempSync(join(tmpdir(), 'penumbra-kill-'));
  const store = join(folder, 'store');
  mkdirSync(store);
  const config = configOf({
    more: 'source: {http: true}',
    experiments: `
  steady:
    arms: {control: ${arm(shadow)}, candidate: ${arm(shadow)}}
    expect: {candidate.d: {flip: at most 1%}}
    maxTime: 10m
${quick}
`,
  }).replace('./penumbra.db', join(store, 'penumbra.db'));
  writeFileSync(join(folder, 'penumbra.yaml'), config);
  const disk = ['unshare', '-Urm', 'sh', '-c', `mount -t tmpfs -o size=6m tmpfs ${store} && exec "$@"`, 'sh'];
  const serve = await startListening([...entry, 'serve', '--config', join(folder, 'penumbra.yaml')], {
    within: condition === 'a full disk' ? disk : [],
    env: condition === 'a busy event loop' ? { NODE_OPTIONS: `--import "data:text/javascript,${busy}"` } : {},
  });
  return { folder, store, serve };
}

/** Where the comparator's own eyes see its store. */
const storeOf = ({ store, serve }: Trial): string => `/proc/${serve.pid}/root${store}`;

function fillDisk(trial: Trial): void {
  spawnSync('dd', ['if=/dev/zero', `of=${join(storeOf(trial), 'filler')}`, 'bs=4k', 'count=4096']);
}

function engage(way: Way, trial: Trial): void {
  const client = clientOf(`http://127.0.0.1:${trial.serve.port}`);
  if (way === 'API') void client.call('POST', '/v1/kill', { reason: 'trial' }).catch(() => undefined);
  else if (way === 'signal') process.kill(trial.serve.pid, 'SIGUSR2');
  else writeFileSync(join(storeOf(trial), 'penumbra.db.killed'), 'trial');
}

interface Silence {
  readonly before: number;
  /** Requests that came although the switch was in force. */
  readonly late: number;
  /** From throwing the switch to the last request. */
  readonly lastAfterMs: number;
}

async function silenceOf(condition: Condition, way: Way, { plant = false } = {}): Promise<Silence> {
  const shadow = await startCountingShadow();
  const trial = await startTrial(condition, shadow.url);
  const client = clientOf(`http://127.0.0.1:${trial.serve.port}`);
  const traffic = setInterval(() => void client.call('POST', '/v1/exchanges', exchangeOf()).catch(() => undefined), 20);
  const asked = async (): Promise<number> => (await shadow.arrivals()).length;
  for (const fromMs = performance.now(); (await asked()) < 20 && performance.now() - fromMs < 60_000; ) await pause(20);
  if (condition === 'a full disk') fillDisk(trial);
  await pause(300);
  const thrownAt = Date.now();
  // Planted: a switch that says it is in force and is not.
  if (!plant) engage(way, trial);
  if (!plant) await until(() => trial.serve.stderr().includes('the kill switch is engaged'));
  // What was written before has been read once the shadow has answered twice.
  for (let mark = 0; mark < 2; mark++) await fetch(shadow.url).then((answer) => answer.text());
  const inForce = await asked();
  await pause(watchedMs);
  while (plant && (await asked()) === inForce) await pause(20);
  const arrivals = await shadow.arrivals();
  clearInterval(traffic);
  trial.serve.child.kill('SIGKILL');
  await trial.serve.ended;
  await shadow.close();
  rmSync(trial.folder, { recursive: true, force: true });
  // The last two before it was in force are marks.
  const last = arrivals.filter((_, at) => at < inForce - 2 || at >= inForce).at(-1) ?? thrownAt;
  return { before: inForce - 2, late: arrivals.length - inForce, lastAfterMs: Math.max(last - thrownAt, 0) };
}

const possible = conditions.filter((condition) => canMount || condition !== 'a full disk');
/** Without PENUMBRA_KILLS one way for each condition, else every way with each. */
const cases = Array.from({ length: Math.max(rounds, 1) }).flatMap(() =>
  possible.flatMap((condition, at) =>
    ways.filter((_, place) => rounds > 0 || place === at % ways.length).map((way) => ({ condition, way })),
  ),
);

afterAll(endListening);

describe('I7: the kill switch', { timeout: 1_200_000 }, () => {
  it('lets nothing through once it is in force, whatever else is wrong', async () => {
    const violations: string[] = [];
    let slowestMs = 0;
    for (let at = 0; at < cases.length; at += 2) {
      const tried = await Promise.all(
        cases.slice(at, at + 2).map(async (one) => ({ ...one, ...(await silenceOf(one.condition, one.way)) })),
      );
      for (const { condition, way, before, late, lastAfterMs } of tried) {
        slowestMs = Math.max(slowestMs, lastAfterMs);
        expect(before).toBeGreaterThanOrEqual(20);
        if (late > 0) violations.push(`${way} with ${condition}: ${late} requests after it was in force`);
        if (rounds > 0 && lastAfterMs > silentWithinMs) violations.push(`${way} with ${condition}: ${lastAfterMs} ms`);
      }
    }
    sayTrials(
      'I7',
      { trials: cases.length, violations },
      `; the last request ${slowestMs} ms after the switch at most`,
    );
    expect(violations, 'violations').toEqual([]);
  });

  it('one that says so and is not in force is found out', async () => {
    expect((await silenceOf('nothing', 'API', { plant: true })).late).toBeGreaterThan(0);
  });
});
