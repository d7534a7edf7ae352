// MLServer (Seldon's server of the Open Inference Protocol) as production and as shadows, asked by NVIDIA's client through the tap: a run
// on its real messages decides, and what MLServer itself refuses is nobody's fault but production's.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../support/free-port.ts';
import { endProcesses } from '../../support/penumbra-process.ts';
import { endPythonServers, findPythonServers, runPythonScript } from '../../support/python-servers.ts';
import type { Client } from '../../support/serve-process.ts';
import { startMlserver } from './mlserver.ts';
import { comparedOn, flipsOf, startStand } from './stand.ts';

const { bin, whyNot } = await findPythonServers('mlserver-requirements.txt');

describe.skipIf(whyNot !== null)('MLServer', () => {
  let client: Client;
  let tapAddress: string;

  beforeAll(async () => {
    const production = await startMlserver(bin as string, { version: 'v1', weights: [1.5, -0.5, 0.25] });
    const [twin, next] = await Promise.all([
      startMlserver(bin as string, { version: 'v1', weights: [1.5, -0.5, 0.25] }),
      startMlserver(bin as string, { version: 'v2', weights: [1.6, -0.5, 0.2] }),
    ]);
    tapAddress = `127.0.0.1:${await freePort()}`;
    client = await startStand({ production, tap: tapAddress, twin, next });
  });
  afterAll(async () => {
    endProcesses();
    await endPythonServers();
  });

  it('is seen through the tap, and a run on its answers decides', async () => {
    const { id } = await client.startRun('release');
    expect(await runPythonScript(bin as string, ['triton_client.py', tapAddress, '120', 'json'])).toBe('120');
    const run = await client.until(id, (one) => comparedOn(one, 'candidate') === 120, 90_000);
    expect(run.arms.map(({ name, conservation: { compared, dropped } }) => [name, compared, dropped])).toEqual([
      ['control', 120, {}],
      ['candidate', 120, {}],
      ['no-delay', 120, {}],
    ]);
    expect(run.arms.map(({ statuses }) => statuses)).toEqual(new Array(3).fill({ ok: 120 }));
    expect(flipsOf(run)).toEqual({ candidate: 'HOLDS', 'no-delay': 'VIOLATED' });
    const health = (await client.call('GET', '/v1/health')).body;
    expect(health.sources.tap).toMatchObject({ malformed: 0, lost_copy: 0, corrupt_frame: 0 });
    expect(health.seen.tap).toMatchObject({ requests: 120, blind: 0 });
  }, 240_000);

  it('refuses binary tensors with 422, and those requests are told as production’s failures', async () => {
    const { id } = await client.startRun('release', { replace: true });
    await expect(runPythonScript(bin as string, ['triton_client.py', tapAddress, '1', 'binary'])).rejects.toThrow(
      '422',
    );
    const run = await client.until(id, ({ arms }) => (arms[0]?.conservation.received ?? 0) > 0);
    expect(run.arms[0]?.conservation.skipped).toEqual({ production_failed: 1 });
  });
});
