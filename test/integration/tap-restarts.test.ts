// P5: a tap that is killed is back soon, whatever is missing around it it starts and relays, and it is replaced by a successor
// without a refused connection. PENUMBRA_RESTARTS raises how often.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { endProcesses, isAlive, startPenumbra, tapPidOf } from '../support/penumbra-process.ts';
import { openRawClient } from '../support/raw-sockets.ts';
import { arm, configOf, quick, startServe } from '../support/serve-process.ts';
import { startReceiver, until } from '../support/tap-bench.ts';
import { modelSpeech } from '../support/tap-model-http.ts';
import { createTapStand, endListening, sayTrials, startTapCommand, type TapStand } from '../support/tap-stand.ts';

const restarts = Number(process.env.PENUMBRA_RESTARTS ?? 2);

let stand: TapStand;
beforeEach(async () => {
  // One connection for each request: what is refused shows.
  stand = await createTapStand({ speech: modelSpeech({ requestsEach: 1 }) });
});
afterEach(() => {
  endListening();
  endProcesses();
  stand.remove();
});

/** Milliseconds until the port accepts; null when it does not within `withinMs`. */
async function backAfterMs(port: number, { withinMs = 120_000 } = {}): Promise<number | null> {
  const startedMs = performance.now();
  while (performance.now() - startedMs < withinMs) {
    try {
      (await openRawClient(port)).socket.destroy();
      return performance.now() - startedMs;
    } catch {
      await new Promise((resume) => setTimeout(resume, 5));
    }
  }
  return null;
}

async function startServeWithTap(listen: number) {
  const config = configOf({
    production: `http://127.0.0.1:${stand.upstream}`,
    more: `source: {tap: {listen: "127.0.0.1:${listen}", share: 100%}}`,
    experiments: `
  steady:
    arms: {control: ${arm('http://127.0.0.1:9')}, candidate: ${arm('http://127.0.0.1:9')}}
    expect: {candidate.d: {flip: at most 1%}}
    maxTime: 10m
${quick}
`,
  });
  return (await startServe(config, { folder: stand.folder })).process;
}

describe('a tap that is killed', { timeout: 300_000 }, () => {
  it('P5: is started again by the comparator that watches it, and relays', async () => {
    const port = await freePort();
    const serve = await startServeWithTap(port);
    const times: number[] = [];
    for (let kill = 0, pid = await tapPidOf(serve); kill < restarts; kill++) {
      process.kill(pid, 'SIGKILL');
      await until(() => !isAlive(pid));
      const ms = await backAfterMs(port);
      expect(ms).not.toBe(null);
      times.push(ms ?? Number.NaN);
      pid = await tapPidOf(serve, { not: pid });
      await stand.ask(port, { clients: 2, each: 10 });
    }
    const judgement = await stand.finish();
    times.sort((a, b) => a - b);
    const [middle, longest] = [times[times.length >> 1] ?? Number.NaN, times.at(-1) ?? Number.NaN];
    const took = `; back after ${middle.toFixed(0)} ms in the middle, ${longest.toFixed(0)} ms at most`;
    sayTrials(`P5: ${times.length} times killed and back`, judgement, took);
    expect(judgement, 'violations').toEqual({ trials: 20 * restarts, violations: [] });
  });

  it('that nobody watches does not come back, and that shows', async () => {
    const tap = await startTapCommand(stand, { listen: `127.0.0.1:${await freePort()}` });
    tap.child.kill('SIGKILL');
    await tap.ended;
    expect(await backAfterMs(tap.port, { withinMs: 300 })).toBe(null);
  });
});

describe('a tap starts and relays with', () => {
  /** Each makes what stands in the way and says where the link is said to be. */
  const oddLinks: readonly ((folder: string) => string)[] = [
    (folder) => join(folder, 'absent', 'tap.sock'),
    (folder) => {
      writeFileSync(join(folder, 'file'), '');
      return join(folder, 'file', 'tap.sock');
    },
    (folder) => join(folder, 'file'),
    (folder) => folder,
    (folder) => {
      symlinkSync(join(folder, 'nowhere'), join(folder, 'pointer'));
      return join(folder, 'pointer');
    },
  ];

  it('P5: a link whose folder is absent or a file, or that is a file, a folder or points nowhere', async () => {
    const paths = oddLinks.map((make) => make(stand.folder));
    const taps = await Promise.all(paths.map((path) => startTapCommand(stand, { flags: ['--link', path] })));
    for (const { port } of taps) await stand.ask(port, { clients: 4, each: 25 });
    const judgement = await stand.finish();
    sayTrials('P5 with links that cannot be', judgement);
    expect(judgement, 'violations').toEqual({ trials: 100 * oddLinks.length, violations: [] });
  });

  it('P5: a comparator that cannot start for lack of a config or a store', async () => {
    const config = join(stand.folder, 'penumbra.yaml');
    const link = ['--link', join(stand.folder, 'tap.sock')];
    expect(await startPenumbra(['serve', '--config', config]).ended).toBe(1);
    const tap = await startTapCommand(stand, { flags: link });
    await stand.ask(tap.port, { clients: 4, each: 25 });
    // A store that is a folder cannot be opened by anybody, whoever one is.
    mkdirSync(join(stand.folder, 'penumbra.db'));
    await expect(startServeWithTap(await freePort())).rejects.toThrow('ended with 1');
    await stand.ask(tap.port, { clients: 4, each: 25 });
    const judgement = await stand.finish();
    sayTrials('P5 without config and store', judgement);
    expect(judgement, 'violations').toEqual({ trials: 200, violations: [] });
  });
});

describe('a tap that is replaced', { timeout: 300_000 }, () => {
  /** Has clients ask without a pause from before `change` until after it. */
  async function askDuring(port: number, change: () => Promise<void>): Promise<void> {
    let isOver = false;
    let asked = 0;
    const goesOn = (): boolean => {
      asked += 1;
      return !isOver || asked <= 200;
    };
    const asking = stand.ask(port, { clients: 4, each: 1_000_000, goesOn });
    await until(() => asked > 20);
    await change();
    isOver = true;
    await asking;
  }

  it('by its successor, on SIGUSR2, refuses and cuts nobody', async () => {
    // With a comparator at the link, so that connections between two exchanges are known as such.
    const linkPath = join(stand.folder, 'tap.sock');
    const { source } = await startReceiver(linkPath);
    const tap = await startTapCommand(stand, { flags: ['--link', linkPath] });
    // As one that was started by hand, which finds its successor by itself.
    tap.child.disconnect();
    await until(() => source.taps().length === 1);
    let pid = tap.pid;
    await askDuring(tap.port, async () => {
      for (let change = 1; change <= restarts; change++) {
        const before = new Set(source.taps().map(({ epoch }) => epoch));
        process.kill(pid, 'SIGUSR2');
        await until(() => !isAlive(pid));
        await until(() => tap.successors().length === change);
        await until(() => source.taps().some(({ epoch }) => !before.has(epoch)));
        pid = tap.successors().at(-1) as number;
      }
    });
    const judgement = await stand.finish();
    sayTrials(`P5: ${restarts} times replaced by hand`, judgement);
    expect(judgement.violations, 'violations').toEqual([]);
    expect(judgement.trials).toBeGreaterThan(100);
    process.kill(pid, 'SIGTERM');
    await source.stop();
  });

  it('under the comparator that watches it refuses and cuts nobody, and is watched on', async () => {
    const port = await freePort();
    const serve = await startServeWithTap(port);
    const first = await tapPidOf(serve);
    let pid = first;
    await askDuring(port, async () => {
      for (let change = 1; change <= restarts; change++) {
        process.kill(pid, 'SIGUSR2');
        const successor = await tapPidOf(serve, { not: pid });
        await until(() => !isAlive(pid));
        pid = successor;
      }
    });
    const judgement = await stand.finish();
    sayTrials(`P5: ${restarts} times replaced under a comparator`, judgement);
    expect(judgement.violations, 'violations').toEqual([]);
    process.kill(pid, 'SIGKILL');
    const restarted = await tapPidOf(serve, { not: pid });
    expect(await serve.end('SIGTERM')).toBe(0);
    await until(() => !isAlive(restarted));
  });

  it('by ending one and starting the next is found out', async () => {
    const tap = await startTapCommand(stand, { listen: `127.0.0.1:${await freePort()}` });
    await askDuring(tap.port, async () => {
      tap.child.kill('SIGTERM');
      await tap.ended;
      await startTapCommand(stand, { listen: `127.0.0.1:${tap.port}` });
    });
    expect((await stand.finish()).violations.length).toBeGreaterThan(0);
  });
});
