// P4: whatever the code that looks at a connection does (throw at any of its calls, or at its making), production's bytes
// pass unaltered, by handles and by streams.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCounters } from '../../src/tap/counters.ts';
import { noObserver, type Observer } from '../../src/tap/observer.ts';
import { createRelayServer } from '../../src/tap/relay-server.ts';
import { findTcpHandles } from '../../src/tap/tcp-handles.ts';
import { startBadHop } from '../support/tap-bad-hop.ts';
import { judge } from '../support/tap-checker.ts';
import { askAll, createWitnessLog, startProduction } from '../support/tap-witnesses.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'penumbra-failing-'));
  for (const name of ['client', 'production']) writeFileSync(join(folder, name), '');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const boom = (): never => {
  throw new Error('boom');
};

function badObserver(site: keyof Observer): Observer {
  return { ...noObserver, [site]: boom };
}

const sites = ['making', 'request', 'answer', 'answerEnd', 'close', 'giveUp'] as const;
const cases = (['handles', 'streams'] as const).flatMap((by) => sites.map((site) => [by, site] as const));

/** What the judge finds when clients ask a thousand times through this hop. */
async function tryOut(openHop: (production: number) => Promise<{ port: number; close: () => Promise<unknown> }>) {
  const productionLog = createWitnessLog(join(folder, 'production'));
  const clientLog = createWitnessLog(join(folder, 'client'));
  const production = await startProduction(productionLog);
  const hop = await openHop(production.port);
  await Promise.all([
    askAll(hop.port, { from: 1, to: 500 }, clientLog),
    askAll(hop.port, { from: 500, to: 1001 }, clientLog),
  ]);
  await hop.close();
  await production.close();
  clientLog.flush();
  productionLog.flush();
  return judge(join(folder, 'client'), join(folder, 'production'));
}

describe('copying code that fails', () => {
  it.each(cases)('by %s, at %s', async (by, site) => {
    const { trials, violations } = await tryOut(async (productionPort) => {
      const server = createRelayServer({
        upstream: { host: '127.0.0.1', port: productionPort },
        maxConnections: 100,
        counters: createCounters(),
        handles: by === 'handles' ? findTcpHandles() : null,
        observe: () => (site === 'making' ? boom() : badObserver(site)),
      });
      const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
      return { port, close: () => server.drain(50) };
    });
    process.stdout.write(`P4 by ${by}, at ${site}: ${trials} trials, ${violations.length} violations\n`);
    expect(violations, 'violations').toEqual([]);
    expect(trials).toBe(1000);
  });

  it('is seen by the judge where no wall stands around it', async () => {
    const { violations } = await tryOut(async (productionPort) => {
      const { port, server } = await startBadHop(productionPort, 'falls with its copying code at an answer');
      return { port, close: async () => server.close() };
    });
    expect(violations.length).toBeGreaterThan(0);
  });
});
