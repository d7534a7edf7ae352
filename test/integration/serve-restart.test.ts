// The comparator killed under live traffic through its own tap, and started again: production never notices, what was
// acknowledged stays counted once, what was in flight is dropped by restart and never sent to a shadow again.
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, describe, expect, it } from 'vitest';
import type { Conservation } from '../../src/model.ts';
import type { RunView } from '../../src/pipeline/view-types.ts';
import { startTraffic } from '../support/live-traffic.ts';
import { endProcesses, isAlive, tapPidOf } from '../support/penumbra-process.ts';
import { listenOnFreePort } from '../support/raw-sockets.ts';
import { arm, configOf, exchangeOf, makeFolder, quick, startServe } from '../support/serve-process.ts';
import { type ShadowServer, startShadow } from '../support/shadow-server.ts';

const servers: ShadowServer[] = [];

afterAll(async () => {
  endProcesses();
  await Promise.all(servers.map((server) => server.close()));
});

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listenOnFreePort(server);
  server.close();
  await once(server, 'close');
  return port;
}

/** What the dead comparator's store holds, read from a copy by other means than its own. */
function readStore(folder: string) {
  const copy = mkdtempSync(join(tmpdir(), 'penumbra-copy-'));
  for (const name of ['penumbra.db', 'penumbra.db-wal']) {
    if (existsSync(join(folder, name))) copyFileSync(join(folder, name), join(copy, name));
  }
  const database = new Database(join(copy, 'penumbra.db'));
  const journalled = database
    .prepare('SELECT exchange_id FROM admission WHERE bucket_at IS NOT NULL')
    .pluck()
    .all() as string[];
  const tallies = (database.prepare('SELECT tally FROM tally').pluck().all() as string[]).map(
    (text) => JSON.parse(text) as { arm: string; compared: number; dropped: { late?: number } },
  );
  const integrity = database.pragma('integrity_check', { simple: true });
  database.close();
  const control = tallies.find((tally) => tally.arm === 'control');
  const compared = control?.compared ?? 0;
  // On a busy machine a copy can come too late for its bucket: that is committed too, as this arm's loss.
  return { journalled, integrity, compared, committed: compared + (control?.dropped.late ?? 0) };
}

const sum = (counters: Readonly<Partial<Record<string, number>>>): number =>
  Object.values(counters).reduce<number>((total, count) => total + (count ?? 0), 0);

function expectConserved(run: RunView): void {
  for (const { conservation } of run.arms) {
    const { received, compared, skipped, dropped, inFlight }: Conservation = conservation;
    expect(compared + sum(skipped) + sum(dropped) + inFlight).toBe(received);
  }
}

describe('SIGKILL under live traffic', { timeout: 60_000 }, () => {
  it('loses no acknowledged exchange, counts none twice, sends none again, and production never notices', async () => {
    const [production, control, candidate] = (await Promise.all([startShadow(), startShadow(), startShadow()])) as [
      ShadowServer,
      ShadowServer,
      ShadowServer,
    ];
    servers.push(production, control, candidate);
    const tapPort = await freePort();
    const folder = makeFolder();
    const config = configOf({
      production: production.url,
      more: `source: {tap: {listen: "127.0.0.1:${tapPort}", share: 100%}}`,
      experiments: `
  steady:
    arms: {control: ${arm(control.url)}, candidate: ${arm(candidate.url)}}
    expect: {candidate.d: {flip: at most 0.01%}}
    maxTime: 10m
${quick}
`,
    });
    const first = await startServe(config, { folder });
    const tapPid = await tapPidOf(first.process);
    const [{ id }] = (await first.client.call('GET', '/v1/runs')).body.runs as [RunView];
    const traffic = startTraffic(`http://127.0.0.1:${tapPort}`);
    const before = await first.client.until(
      id,
      (run) => run.conservation.compared >= 200 && run.conservation.inFlight > 0,
    );
    expect(await first.process.end('SIGKILL')).toBe(null);

    const store = readStore(folder);
    expect(store.integrity).toBe('ok');
    expect(store.compared).toBeGreaterThanOrEqual(before.arms[0]?.conservation.compared ?? 0);
    expect(store.journalled.length).toBeGreaterThan(store.committed);
    expect(isAlive(tapPid)).toBe(true);
    const sentWhileDead = traffic.ids.length;
    await expect.poll(() => traffic.ids.length, { timeout: 10_000 }).toBeGreaterThan(sentWhileDead + 50);
    const sentBefore = control.seen.length;

    const second = await startServe(config, { folder });
    const adopted = 'the tap of an earlier comparator is still running and is used on';
    await expect.poll(() => second.process.stderr(), { timeout: 5000 }).toContain(adopted);
    expect((await second.client.call('GET', '/v1/runs')).body.runs.map((run: RunView) => run.id)).toEqual([id]);
    const resumed = await second.client.until(
      id,
      (run) => (run.arms[0]?.conservation.compared ?? 0) > store.compared + 100,
    );
    for (const { conservation } of resumed.arms) {
      expect(conservation.dropped.restart).toBe(store.journalled.length - store.committed);
    }
    // A known id is refused, also when its answer was never counted.
    for (const known of [store.journalled[0], store.journalled.at(-1)] as string[]) {
      const { body } = await second.client.call('POST', '/v1/exchanges', exchangeOf({ id: known }));
      expect(body.runs).toEqual({ [id]: 'skipped: duplicate' });
    }
    await traffic.stop();
    const quiet = await second.client.until(id, (run) => run.conservation.inFlight === 0);
    expectConserved(quiet);
    expect(quiet.state).toBe('RUNNING');
    expect(traffic.failures).toEqual([]);

    for (const shadow of [control, candidate]) {
      const ids = shadow.seen.map((one) => one.id);
      expect(new Set(ids).size).toBe(ids.length);
      const compared = quiet.arms[0]?.conservation.compared ?? 0;
      // Every compared exchange was sent; what was sent and not compared is among those dropped by restart.
      expect(ids.length).toBeGreaterThanOrEqual(compared);
      expect(ids.length).toBeLessThanOrEqual(compared + (quiet.arms[0]?.conservation.dropped.restart ?? 0));
    }
    const sentAfter = control.seen.slice(sentBefore).map((one) => one.id.replace(/^shadow-/, ''));
    expect(sentAfter.filter((one) => store.journalled.includes(one))).toEqual([]);
    expect(await second.process.end('SIGTERM')).toBe(0);
    // It was not this comparator that started the tap.
    expect(isAlive(tapPid)).toBe(true);
  });
});
