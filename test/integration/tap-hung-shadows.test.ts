// P3, P7 and P8: every shadow hangs, and production does not notice: nothing in the path waits for a copy, what is held for
// shadows is bounded, and they cannot use up the descriptors that production needs. PENUMBRA_TRIALS raises the trials.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCounters } from '../../src/tap/counters.ts';
import { noObserver } from '../../src/tap/observer.ts';
import { createRelayServer } from '../../src/tap/relay-server.ts';
import { findTcpHandles } from '../../src/tap/tcp-handles.ts';
import { endProcesses } from '../support/penumbra-process.ts';
import { configOf, startServe } from '../support/serve-process.ts';
import { until } from '../support/tap-bench.ts';
import { type HungShadow, startHungShadow } from '../support/tap-hung-shadow.ts';
import { startOrderWitness } from '../support/tap-order-witness.ts';
import {
  canLimit,
  createTapStand,
  endListening,
  limitOpenFiles,
  openFilesOf,
  sayTrials,
  startListening,
  startTapCommand,
  type TapStand,
} from '../support/tap-stand.ts';

const trials = Number(process.env.PENUMBRA_TRIALS ?? 1500);
/** Connections that a comparator keeps to one arm at most. */
const connectionsEach = 32;
const arms = ['control', 'candidate'];

describe('P3: nothing in the path waits for a copy', () => {
  /** Asks `count` times through a relay that is told by `tell`; counts what had not arrived when it was told of. */
  async function lateArrivals(
    relayBy: 'handles' | 'streams',
    { count, plant = false }: { count: number; plant?: boolean },
  ) {
    const witness = await startOrderWitness(plant ? { waitMs: 20 } : {});
    const violations: string[] = [];
    const told = { request: 0, answer: 0 };
    const look = (what: 'request' | 'answer'): void => {
      told[what] += 1;
      // A stream keeps the first request until the upstream has accepted.
      if (told[what] === 1 && relayBy === 'streams') return;
      // Planted: as if the copying came before the writing.
      const wanted = told[what] + (plant ? 1 : 0);
      if (!witness.hasArrived(what, wanted)) violations.push(`${what} ${told[what]} was told of before it was written`);
    };
    const server = createRelayServer({
      upstream: { host: '127.0.0.1', port: witness.upstream },
      maxConnections: 10,
      counters: createCounters(),
      handles: relayBy === 'handles' ? findTcpHandles() : null,
      observe: () => ({ ...noObserver, request: () => look('request'), answer: () => look('answer') }),
    });
    const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
    await witness.ask(port, count);
    await server.drain(0);
    await witness.close();
    return { trials: told.request + told.answer, violations };
  }

  it.each(['handles', 'streams'] as const)(
    'by %s, bytes have arrived before the copying hears of them',
    async (relayBy) => {
      const count = Math.ceil(trials / 2);
      const judgement = await lateArrivals(relayBy, { count });
      sayTrials(`P3 by ${relayBy}, written before it is copied`, judgement);
      expect(judgement, 'violations').toEqual({ trials: 2 * count, violations: [] });
    },
  );

  it('a relay that copies first is found out', async () => {
    const { violations } = await lateArrivals('handles', { count: 3, plant: true });
    expect(violations.length).toBeGreaterThan(0);
  });
});

describe('with every shadow hung', () => {
  let stand: TapStand;
  let shadow: HungShadow;
  beforeEach(async () => {
    stand = await createTapStand();
    shadow = await startHungShadow();
  });
  afterEach(async () => {
    endListening();
    endProcesses();
    shadow.close();
    stand.remove();
  });

  /** A comparator that asks hung arms and lets go of no call while a test lasts. */
  async function startComparator() {
    const linkPath = join(stand.folder, 'tap.sock');
    const hung = arms.map((name) => `${name}: {target: {url: "${shadow.url}"}, deadline: 170s}`).join(', ');
    const config = configOf({
      production: `http://127.0.0.1:${stand.upstream}`,
      more: `source: {tap: {link: ${linkPath}, share: 100%}}`,
      experiments: `
  hung:
    arms: {${hung}}
    expect: {candidate.d: {flip: at most 1%}}
    warmUp: 0
    readyTimeout: 1s
    budget: {requests: 5000 per second, inFlight: 2000}
    maxTime: 10m
`,
    }).replace('joinDeadline: 500ms', 'joinDeadline: 171s');
    const { process: serve } = await startServe(config, { folder: stand.folder });
    return { linkPath, serve };
  }

  /** Copies come once the link stands and the run scores. */
  async function askUntil(port: number, isEnough: () => boolean): Promise<void> {
    while (!isEnough()) await stand.ask(port, { clients: 8, each: 20 });
  }

  it('P3, P7: every answer of production comes, and shadows hold what they may and no more', async () => {
    const { linkPath } = await startComparator();
    const tap = await startTapCommand(stand, { flags: ['--link', linkPath] });
    await askUntil(tap.port, () => shadow.asked() >= arms.length * connectionsEach);
    const openFiles = openFilesOf(tap.pid);
    await stand.ask(tap.port, { clients: 8, each: Math.ceil(trials / 8) });
    const judgement = await stand.finish();
    sayTrials('P3, P7 with every shadow hung', judgement, ` (${shadow.asked()} calls hung all the time)`);
    expect(judgement.violations, 'violations').toEqual([]);
    // None of them has been answered, none was let go, and no other was asked: production alone went on.
    expect(shadow.asked()).toBe(arms.length * connectionsEach);
    expect(shadow.mostOpen()).toBeLessThanOrEqual(arms.length * connectionsEach);
    await until(() => openFilesOf(tap.pid) <= openFiles);
  });

  it('a hop that holds whatever shadows make it hold is found out', async () => {
    const hop = await startNaiveHop();
    await stand.ask(hop.port, { clients: 8, each: 20 });
    expect(shadow.mostOpen()).toBeGreaterThan(arms.length * connectionsEach);
  });

  it.skipIf(!canLimit)('P8: with 256 descriptors and 128 clients at a time, no request fails', async () => {
    const { linkPath, serve } = await startComparator();
    const fewFiles = openFilesOf(serve.pid) + connectionsEach;
    limitOpenFiles(serve.pid, fewFiles);
    const tap = await startTapCommand(stand, { flags: ['--link', linkPath], openFiles: 256 });
    // The comparator runs out of descriptors, for every shadow holds on to those that it is given, and production goes on.
    await askUntil(tap.port, () => openFilesOf(serve.pid) >= fewFiles);
    await stand.ask(tap.port, { clients: 128, each: Math.max(Math.ceil(trials / 128), 20) });
    const judgement = await stand.finish();
    sayTrials('P8', judgement, ` (${shadow.asked()} calls hung, the comparator had no descriptor left)`);
    expect(judgement.violations, 'violations').toEqual([]);
    expect(shadow.mostOpen()).toBeGreaterThan(connectionsEach / 2);
  });

  it.skipIf(!canLimit)('a hop that shares its descriptors with shadows is found out', async () => {
    const hop = await startNaiveHop({ openFiles: 256 });
    await stand.ask(hop.port, { clients: 128, each: 10 });
    const { violations } = await stand.finish();
    expect(violations.length).toBeGreaterThan(0);
  });

  function startNaiveHop(options: { openFiles?: number } = {}) {
    const file = fileURLToPath(new URL('../support/tap-naive-hop.ts', import.meta.url));
    return startListening(['--import', 'tsx', file, String(stand.upstream), String(shadow.port)], options);
  }
});
