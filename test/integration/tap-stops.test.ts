// I8: stopped under load, within its ten seconds: nothing that has reached production is cut, every copy is handed over or
// counted, and what the comparator has acknowledged stays. PENUMBRA_STOPS raises how often.
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { endProcesses, tapPidOf } from '../support/penumbra-process.ts';
import { arm, type Client, configOf, exchangeOf, quick, startServe } from '../support/serve-process.ts';
import { startShadow } from '../support/shadow-server.ts';
import { startReceiver, until } from '../support/tap-bench.ts';
import { modelSpeech } from '../support/tap-model-http.ts';
import { createTapStand, endListening, sayTrials, startTapCommand, type TapStand } from '../support/tap-stand.ts';

const stops = Number(process.env.PENUMBRA_STOPS ?? 3);
const stopWithinMs = 10_000;
const clients = 16;

/** Production thinks: at any moment many requests are under way. */
const thinking = { speech: modelSpeech({ requestsEach: 25 }), delayMs: (seed: number) => (seed * 7) % 60 };

const stands: TapStand[] = [];
async function makeStand(): Promise<TapStand> {
  const stand = await createTapStand(thinking);
  stands.push(stand);
  return stand;
}

afterEach(() => {
  endListening();
  endProcesses();
  for (const stand of stands.splice(0)) stand.remove();
});

/** Has clients ask from before the signal until after the end. */
async function askWhile(stand: TapStand, port: number, act: () => Promise<void>): Promise<void> {
  let isOver = false;
  let asked = 0;
  const goesOn = (): boolean => {
    asked += 1;
    return !isOver;
  };
  const asking = stand.ask(port, { clients, each: 1_000_000, goesOn });
  await until(() => asked > 5 * clients);
  await act();
  isOver = true;
  await asking;
}

const lostOf = (status: { lost: object } | undefined): number =>
  Object.values(status?.lost ?? {}).reduce((sum: number, count: number) => sum + count, 0);

/** One tap, stopped by this signal under load. */
async function stopOnce(signal: NodeJS.Signals) {
  const stand = await makeStand();
  const linkPath = join(stand.folder, 'tap.sock');
  const { source, exchanges } = await startReceiver(linkPath);
  const tap = await startTapCommand(stand, { flags: ['--link', linkPath] });
  await until(() => source.taps().length === 1);
  let tookMs = 0;
  await askWhile(stand, tap.port, async () => {
    const fromMs = performance.now();
    tap.child.kill(signal);
    await tap.ended;
    tookMs = performance.now() - fromMs;
  });
  const judgement = await stand.finishCut();
  // What it sent at the last lies in the socket until this thread comes to read it.
  if (signal === 'SIGTERM')
    await until(() => lostOf(source.taps()[0]) + exchanges.length === source.taps()[0]?.sampled);
  const status = source.taps()[0];
  await source.stop();
  return { judgement, tookMs, status, received: exchanges.length };
}

describe('I8: a tap that is stopped under load', { timeout: 600_000 }, () => {
  it('cuts nothing that has reached production, and accounts for every copy', async () => {
    const violations: string[] = [];
    let trials = 0;
    let notAccepted = 0;
    let longestMs = 0;
    for (let stop = 0; stop < stops; stop++) {
      const { judgement, tookMs, status, received } = await stopOnce('SIGTERM');
      trials += judgement.trials;
      notAccepted += judgement.notAccepted;
      violations.push(...judgement.violations);
      longestMs = Math.max(longestMs, tookMs);
      const lost = lostOf(status);
      // The last status says how many were to be copied and were not: all the others have come.
      expect(status).toMatchObject({ open: 0, sampled: received + lost });
      expect(received + lost).toBeGreaterThanOrEqual(judgement.trials);
    }
    const aside = `; ${stops} stops, ${longestMs.toFixed(0)} ms at most; ${notAccepted} requests came too late and reached nobody`;
    sayTrials('I8', { trials, violations }, aside);
    expect(violations, 'violations').toEqual([]);
    expect(trials).toBeGreaterThan(stops * clients);
    expect(longestMs).toBeLessThan(stopWithinMs);
  });

  it('one that is killed instead is found out', async () => {
    const { judgement } = await stopOnce('SIGKILL');
    expect(judgement.violations.length).toBeGreaterThan(0);
  });
});

/** Ids of exchanges that the run has taken for good. */
async function acknowledge(client: Client, { run, count }: { run: string; count: number }): Promise<string[]> {
  const posting = Array.from({ length: count }, () => client.call('POST', '/v1/exchanges?ack=committed', exchangeOf()));
  const answers = await Promise.all(posting);
  return answers.filter(({ body }) => body.runs[run] === 'admitted').map(({ body }) => body.id as string);
}

describe('I8: a comparator that is stopped under load', () => {
  it('keeps what it has acknowledged, and its tap cuts nothing', async () => {
    const stand = await makeStand();
    const port = await freePort();
    const shadow = await startShadow();
    const config = configOf({
      production: `http://127.0.0.1:${stand.upstream}`,
      more: `source: {tap: {listen: "127.0.0.1:${port}", share: 100%}, http: true}`,
      experiments: `
  steady:
    arms: {control: ${arm(shadow.url)}, candidate: ${arm(shadow.url)}}
    expect: {candidate.d: {flip: at most 1%}}
    maxTime: 10m
${quick}
`,
    });
    const first = await startServe(config, { folder: stand.folder });
    await tapPidOf(first.process);
    const [{ id }] = (await first.client.call('GET', '/v1/runs')).body.runs;
    await first.client.until(id, ({ state }) => state === 'RUNNING');
    let acknowledged: string[] = [];
    await askWhile(stand, port, async () => {
      acknowledged = await acknowledge(first.client, { run: id, count: 60 });
      expect(await first.process.end('SIGTERM')).toBe(0);
    });
    const judgement = await stand.finishCut();
    sayTrials('I8 with its comparator', judgement, `; ${acknowledged.length} exchanges acknowledged before`);
    expect(judgement.violations, 'violations').toEqual([]);
    expect(judgement.trials).toBeGreaterThan(clients);

    // Every acknowledged exchange is known: none is counted again.
    const second = await startServe(config, { folder: stand.folder });
    for (const known of acknowledged) {
      const { body } = await second.client.call('POST', '/v1/exchanges', exchangeOf({ id: known }));
      expect(body.runs).toEqual({ [id]: 'skipped: duplicate' });
    }
    expect(await second.process.end('SIGTERM')).toBe(0);
    await shadow.close();
  });
});
