// KServe's own agent between the clients and MLServer: what it logs of them is all that penumbra sees, and a run on it decides. The agent is
// a program in Go that takes minutes to build, so it is run where PENUMBRA_KSERVE_AGENT names one; what it sends is replayed everywhere
// (test/unit/io/sources/kserve-agent.test.ts).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, describe, expect, it } from 'vitest';
import { freePort } from '../../support/free-port.ts';
import { endProcesses } from '../../support/penumbra-process.ts';
import { endPythonServers, findPythonServers, runPythonScript } from '../../support/python-servers.ts';
import { startServe } from '../../support/serve-process.ts';
import { startMlserver } from './mlserver.ts';
import { comparedOn, configOfStand, flipsOf } from './stand.ts';

const agent = process.env.PENUMBRA_KSERVE_AGENT;
const { bin, whyNot } = await findPythonServers('mlserver-requirements.txt');
if (agent === undefined) console.warn('skipped: KServe’s agent: PENUMBRA_KSERVE_AGENT names none');

const ending: (() => Promise<unknown>)[] = [];

/** Resolves once it relays. */
async function startAgent({ to, log }: { to: string; log: string }): Promise<string> {
  const [port, target] = [await freePort(), new URL(to).port];
  const flags = {
    ...{ port, 'component-port': target, 'log-url': log, 'log-mode': 'all', 'source-uri': 'http://localhost:9081/' },
    ...{ 'inference-service': 'delay', namespace: 'default', endpoint: '', component: 'predictor' },
    'metadata-headers': 'X-Request-Id,Inference-Header-Content-Length',
  };
  const child = spawn(
    agent as string,
    Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
    {
      env: { SERVING_READINESS_PROBE: JSON.stringify({ tcpSocket: { port: Number(target), host: '127.0.0.1' } }) },
      stdio: 'ignore',
    },
  );
  ending.push(async () => {
    const ended = once(child, 'exit');
    if (child.exitCode === null && child.kill('SIGKILL')) await ended;
  });
  const url = `http://127.0.0.1:${port}`;
  await expect
    .poll(() =>
      fetch(`${url}/v2/health/live`).then(
        ({ ok }) => ok,
        () => false,
      ),
    )
    .toBe(true);
  return url;
}

describe.skipIf(whyNot !== null || agent === undefined)('KServe’s agent', () => {
  afterAll(async () => {
    endProcesses();
    await Promise.all(ending.map((end) => end()));
    await endPythonServers();
  });

  it('is all that penumbra hears of production, and a run on its events decides', async () => {
    const python = bin as string;
    const production = await startMlserver(python, { version: 'v1', weights: [1.5, -0.5, 0.25] });
    const [twin, next] = await Promise.all([
      startMlserver(python, { version: 'v1', weights: [1.5, -0.5, 0.25] }),
      startMlserver(python, { version: 'v2', weights: [1.6, -0.5, 0.2] }),
    ]);
    const events = `127.0.0.1:${await freePort()}`;
    const source = `{cloudevents: {listen: "${events}"}}`;
    const { client } = await startServe(configOfStand({ production, twin, next, source }));
    const relay = await startAgent({ to: production, log: `http://${events}/` });
    const { id } = await client.startRun('release');
    expect(await runPythonScript(python, ['triton_client.py', new URL(relay).host, '120', 'json'])).toBe('120');
    const run = await client.until(id, (one) => comparedOn(one, 'candidate') === 120, 90_000);
    expect(run.arms.map(({ statuses }) => statuses)).toEqual(new Array(3).fill({ ok: 120 }));
    expect(flipsOf(run)).toEqual({ candidate: 'HOLDS', 'no-delay': 'VIOLATED' });
    const { seen, sources } = (await client.call('GET', '/v1/health')).body;
    expect(seen.join.joined).toBeGreaterThanOrEqual(120);
    expect(sources.cloudevents).toMatchObject({ malformed: 0, no_id: 0 });
  });
});
