// The comparator killed under live traffic through its own tap, and started again: production never notices, what was
// acknowledged stays counted once, what was in flight is dropped by restart and never sent to a shadow again.
import { copyFileSync, existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, describe, expect, it } from 'vitest';
import type { Conservation } from '../../src/model.ts';
import type { ArmView, RunView } from '../../src/pipeline/view-types.ts';
import { freePort } from '../support/free-port.ts';
import { startTraffic } from '../support/live-traffic.ts';
import { endProcesses, isAlive, tapPidOf } from '../support/penumbra-process.ts';
import { arm, type Comparator, configOf, exchangeOf, makeFolder, quick, startServe } from '../support/serve-process.ts';
import { type ShadowServer, startShadow } from '../support/shadow-server.ts';

const servers: ShadowServer[] = [];

afterAll(async () => {
  endProcesses();
  await Promise.all(servers.map((server) => server.close()));
});

/** What the dead comparator's store holds, read from a copy by other means than its own. */
function readStore(folder: string) {
  const copy = mkdtempSync(join(tmpdir(), 'penumbra-copy-'));
  for (const name of ['penumbra.db', 'penumbra.db-wal']) {
    if (existsSync(join(folder, name))) copyFileSync(join(folder, name), join(copy, name));
  }
  const database = new Database(join(copy, 'penumbra.db'));
  const idsWhere = (condition: string): string[] =>
    database
      .prepare(`SELECT exchange_id FROM admission JOIN run ON run.id = run_id WHERE ${condition}`)
      .pluck()
      .all() as string[];
  const [committed, inFlight] = [idsWhere('bucket_at < closed_until'), idsWhere('bucket_at >= closed_until')];
  const tallies = (database.prepare('SELECT tally FROM tally').pluck().all() as string[]).map(
    (text) => JSON.parse(text) as { arm: string; compared: number; dropped: { late?: number } },
  );
  const integrity = database.pragma('integrity_check', { simple: true });
  database.close();
  const control = tallies.find((tally) => tally.arm === 'control');
  const compared = control?.compared ?? 0;
  return { integrity, compared, late: control?.dropped.late ?? 0, committed, inFlight };
}

/** Killed while something is in flight, which the traffic of a busy machine does not promise for every moment. */
async function killInFlight({ process: serve, folder }: Comparator) {
  for (;;) {
    serve.child.kill('SIGSTOP');
    const store = readStore(folder);
    if (store.inFlight.length > 0) {
      expect(await serve.end('SIGKILL')).toBe(null);
      return store;
    }
    serve.child.kill('SIGCONT');
    await new Promise((resume) => setTimeout(resume, 20));
  }
}

const sum = (counters: Readonly<Partial<Record<string, number>>>): number =>
  Object.values(counters).reduce<number>((total, count) => total + (count ?? 0), 0);

function expectConserved(run: RunView): void {
  for (const { conservation } of run.arms) {
    const { received, compared, skipped, dropped, inFlight }: Conservation = conservation;
    expect(compared + sum(skipped) + sum(dropped) + inFlight).toBe(received);
  }
}

describe('SIGKILL under live traffic', () => {
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
    const store = await killInFlight(first);
    expect(store.integrity).toBe('ok');
    expect(store.compared).toBeGreaterThanOrEqual(before.arms[0]?.conservation.compared ?? 0);
    // On a busy machine a copy can come too late for its bucket: that is committed too, as this arm's loss.
    expect(store.committed.length).toBeGreaterThanOrEqual(store.compared);
    expect(store.committed.length).toBeLessThanOrEqual(store.compared + store.late);
    expect(isAlive(tapPid)).toBe(true);
    const sentWhileDead = traffic.ids.length;
    await expect.poll(() => traffic.ids.length).toBeGreaterThan(sentWhileDead + 50);
    const sentBefore = control.seen.length;

    const second = await startServe(config, { folder });
    const adopted = 'the tap of an earlier comparator is still running and is used on';
    await expect.poll(() => second.process.stderr()).toContain(adopted);
    expect((await second.client.call('GET', '/v1/runs')).body.runs.map((run: RunView) => run.id)).toEqual([id]);
    const resumed = await second.client.until(
      id,
      (run) => (run.arms[0]?.conservation.compared ?? 0) > store.compared + 100,
    );
    for (const { conservation } of resumed.arms) {
      expect(conservation.dropped.restart).toBe(store.inFlight.length);
    }
    // A known id is refused, also when its answer was never counted.
    for (const known of [store.committed[0], store.inFlight.at(-1)] as string[]) {
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
      const { conservation, statuses } = quiet.arms[shadow === control ? 0 : 1] as ArmView;
      const { restart = 0, late = 0 } = conservation.dropped;
      // Every answered exchange was sent; what was sent and not compared was dropped by restart, or late on a busy machine.
      expect(ids.length).toBeGreaterThanOrEqual(statuses.ok ?? 0);
      expect(ids.length).toBeLessThanOrEqual(conservation.compared + restart + late);
    }
    const sentAfter = control.seen.slice(sentBefore).map((one) => one.id.replace(/^shadow-/, ''));
    expect(sentAfter.filter((one) => [...store.committed, ...store.inFlight].includes(one))).toEqual([]);
    expect(await second.process.end('SIGTERM')).toBe(0);
    // It was not this comparator that started the tap.
    expect(isAlive(tapPid)).toBe(true);
  });
});
