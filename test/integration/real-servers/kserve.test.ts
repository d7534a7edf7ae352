// KServe's Python model server as production and as shadows: binary tensors by NVIDIA's client, changed on their way to a shadow and still
// understood, and the same model by protocol v1.
import { request } from 'undici';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../support/free-port.ts';
import { endProcesses } from '../../support/penumbra-process.ts';
import {
  endPythonServers,
  findPythonServers,
  runPythonScript,
  startPythonServer,
} from '../../support/python-servers.ts';
import { comparedOn, flipsOf, startStand } from './stand.ts';

const { bin, whyNot } = await findPythonServers('kserve-requirements.txt');

describe.skipIf(whyNot !== null)('KServe’s model server', () => {
  let servers: { readonly production: string; readonly twin: string; readonly next: string };

  beforeAll(async () => {
    const [production, twin, next] = await Promise.all([
      startKserve('v1', '1.5,-0.5,0.25'),
      startKserve('v1', '1.5,-0.5,0.25'),
      startKserve('v2', '1.6,-0.5,0.2'),
    ]);
    servers = { production, twin, next };
  }, 300_000);
  afterEach(endProcesses);
  afterAll(endPythonServers);

  it('binary tensors: seen through the tap, changed for a shadow, and decided', async () => {
    const tap = `127.0.0.1:${await freePort()}`;
    const client = await startStand({ ...servers, tap });
    const { id } = await client.startRun('release');
    expect(await runPythonScript(bin as string, ['triton_client.py', tap, '120', 'mixed'])).toBe('120');
    const run = await client.until(id, (one) => comparedOn(one, 'candidate') === 120, 90_000);
    expect(run.arms.map(({ statuses }) => statuses)).toEqual(new Array(3).fill({ ok: 120 }));
    expect(run.arms.map(({ version }) => version)).toEqual(['v1', 'v2', 'v1']);
    expect(flipsOf(run)).toEqual({ candidate: 'HOLDS', 'no-delay': 'VIOLATED' });
    const health = (await client.call('GET', '/v1/health')).body;
    expect(health.sources.tap).toMatchObject({ malformed: 0, lost_copy: 0, corrupt_frame: 0 });
  }, 240_000);

  it('protocol v1: instances, and the perturbed ones among them, are answered', async () => {
    const tap = `127.0.0.1:${await freePort()}`;
    const inputs = [0, 1, 2].map(
      (column) => `{name: ${['delay', 'distance', 'hour'][column]}, at: "instances[${column}]"}`,
    );
    const forms = { protocol: 'tensorflow-serving', inputs: `[${inputs.join(', ')}]`, output: 'predictions[:,1]' };
    const client = await startStand({ ...servers, tap, ...forms });
    const { id } = await client.startRun('release');
    for (let row = 0; row < 120; row++) {
      const instance = [Math.sin(row * 1.7) * 2, Math.cos(row), Math.sin(row / 3)];
      const { statusCode, body } = await request(`http://${tap}/v1/models/delay:predict`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-request-id': `row-${row}` },
        body: JSON.stringify({ instances: [instance] }),
      });
      await body.dump();
      expect(statusCode).toBe(200);
    }
    const run = await client.until(id, (one) => comparedOn(one, 'candidate') === 120, 90_000);
    expect(run.arms.map(({ statuses }) => statuses)).toEqual(new Array(3).fill({ ok: 120 }));
    expect(flipsOf(run)).toEqual({ candidate: 'HOLDS', 'no-delay': 'VIOLATED' });
  }, 240_000);
});

async function startKserve(version: string, weights: string): Promise<string> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  await startPythonServer(bin as string, {
    args: ['python', 'kserve_server.py'],
    cwd: import.meta.dirname,
    env: { PORT: String(port), WEIGHTS: weights, VERSION: version },
    readyUrl: `${url}/v2/models/delay/ready`,
  });
  return url;
}
