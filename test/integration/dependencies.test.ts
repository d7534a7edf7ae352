// `serve` with a dependency: it starts the fault proxy, switches its faults with a run and back, counts whose calls go through it, and
// trusts no proxy that died.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunView } from '../../src/pipeline/view-types.ts';
import { closeProxies, httpUpstream } from '../support/fault-proxy.ts';
import { freePort } from '../support/free-port.ts';
import { endProcesses, isAlive } from '../support/penumbra-process.ts';
import { arm, type Comparator, configOf, patient, postExchanges, quick, startServe } from '../support/serve-process.ts';
import { answerOf, type ShadowServer, scoreIn, startShadow } from '../support/shadow-server.ts';

const pods: ShadowServer[] = [];
let comparator: Comparator;
let store = '';
let control = '';

/** A pod that asks its feature store so many times for each request, and passes on whose request it is. */
async function startPod(asks: number): Promise<string> {
  const pod = await startShadow(async ({ body, reply, message }) => {
    const passedOn = ['x-request-id', 'baggage'].map((name) => [name, String(message.headers[name])]);
    for (let ask = 0; ask < asks; ask++) {
      await fetch(`${store}/features/a`, { headers: Object.fromEntries(passedOn), signal: AbortSignal.timeout(900) })
        .then((row) => row.text())
        .catch(() => undefined);
    }
    reply.setHeader('content-type', 'application/json');
    reply.end(answerOf(scoreIn(body)));
  });
  pods.push(pod);
  return pod.url;
}

beforeAll(async () => {
  const { port } = await httpUpstream((_asked, answer) => answer.end('{"features": {}}'));
  const [listen, controlPort] = [await freePort(), await freePort()];
  store = `http://127.0.0.1:${listen}`;
  control = `http://127.0.0.1:${controlPort}`;
  const [once, thrice] = [await startPod(1), await startPod(3)];
  const faults = 'faults: [{dependency: store, latency: 100ms}]';
  const slow = `    arms: {control: ${arm(once)}, slow: ${arm(once, faults)}}
    expect: {slow.d: {flip: at most 20%}}
    stopWhen: [production.p99 above 250ms]
    start: on request
${quick}`;
  const config = configOf({
    more: `dependencies:
  store: {protocol: http, listen: "127.0.0.1:${listen}", control: "127.0.0.1:${controlPort}", upstream: "http://127.0.0.1:${port}", slo: {latency: 50ms}}`,
    experiments: `  retries:
    arms: {control: ${arm(once)}, candidate: ${arm(thrice)}}
    expect:
      candidate: {extraDependencyCalls: at most 5%}
    start: on request
${quick}
  slow:
${slow}
  as-slow:
${slow}`,
  });
  // Calls are asked for twice a second: what is counted must be known before its bucket closes.
  comparator = await startServe(patient(config));
});
afterAll(async () => {
  endProcesses();
  await Promise.all(pods.map((pod) => pod.close()));
  await closeProxies();
});

const faultsNow = async (): Promise<readonly unknown[]> => {
  const { faults } = (await (await fetch(`${control}/v1/state`)).json()) as { faults: { fault: unknown }[] };
  return faults.map(({ fault }) => fault);
};

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (const startedMs = performance.now(); performance.now() - startedMs < 60_000; ) {
    if (await isSo().catch(() => false)) return;
    await new Promise((resume) => setTimeout(resume, 50));
  }
  throw new Error(`still not so after 60 s: ${isSo}`);
}

const proxyPid = (): number =>
  Number([...comparator.process.stderr().matchAll(/"pid":(\d+),"msg":"fault proxy started"/g)].at(-1)?.[1]);

describe('a dependency behind serve', () => {
  it('shows whose retries reach it: the candidate asks three times for what the control asks once', async () => {
    const { client } = comparator;
    const run = await client.startRun('retries');
    await postExchanges(client, 20);
    const isDecided = ({ arms }: RunView): boolean =>
      arms
        .flatMap(({ hypotheses }) => hypotheses)
        .some(({ id, verdict }) => id === 'candidate.extra-dependency-calls' && verdict === 'VIOLATED');
    const posting = postExchanges(client, 300, { perSecond: 100 });
    const { id } = await client.until(run.id, isDecided);
    await posting;
    await client.call('POST', `/v1/runs/${id}/stop`, { reason: 'told' });
    const { text } = await client.call('GET', '/metrics');
    expect(text).toMatch(/^penumbra_dependency_reachable\{dependency="store",[^}]*\} 1$/m);
    expect(
      Number(/penumbra_dependency_calls_per_request_mean\{dependency="store",[^}]*\} ([\d.]+)/.exec(text)?.[1]),
    ).toBeGreaterThan(1);
  });

  it('is slow while a run scores, for that run alone, and as before when the run ends', async () => {
    const { client } = comparator;
    const run = await client.startRun('slow');
    await until(async () => (await faultsNow()).length === 1);
    expect(await faultsNow()).toEqual([{ latency: '100ms', seed: '1' }]);
    const second = await client.call('POST', '/v1/runs', { experiment: 'as-slow' });
    expect([second.status, second.text]).toEqual([409, expect.stringContaining('RUN_CANNOT_START')]);
    await client.call('POST', `/v1/runs/${run.id}/stop`, { reason: 'told' });
    await until(async () => (await faultsNow()).length === 0);
    await until(async () => comparator.process.stderr().includes('a dependency is back at its baseline'));
  });

  it('whose proxy dies aborts the run, and is reached again', async () => {
    const { client } = comparator;
    const run = await client.startRun('slow');
    await until(async () => (await faultsNow()).length === 1);
    const pid = proxyPid();
    process.kill(pid, 'SIGKILL');
    const ended = await client.until(run.id, ({ state }) => state === 'ABORTED');
    expect(ended.endReason).toBe('the proxy of store ended while its faults were on');
    await until(async () => (await fetch(`${store}/features/a`)).ok);
    expect(proxyPid()).not.toBe(pid);
    expect(await faultsNow()).toEqual([]);
    // The comparator looks twice a second whether its proxy is there; until it has seen the new one, no run may begin.
    await until(async () =>
      /^penumbra_dependency_reachable\{dependency="store",[^}]*\} 1$/m.test(
        (await client.call('GET', '/metrics')).text,
      ),
    );
  });

  it('whose faults somebody removes aborts the run', async () => {
    const { client } = comparator;
    const run = await client.startRun('slow');
    await until(async () => (await faultsNow()).length === 1);
    await fetch(`${control}/v1/faults`, { method: 'DELETE' });
    const ended = await client.until(run.id, ({ state }) => state === 'ABORTED');
    expect(ended.endReason).toContain('the faults of store are not on any more');
  });

  it('is back at its baseline at once by the kill switch', async () => {
    const { client } = comparator;
    await client.startRun('slow');
    await until(async () => (await faultsNow()).length === 1);
    await client.call('POST', '/v1/kill', { reason: 'enough' });
    await until(async () => (await faultsNow()).length === 0);
  });

  it('is left by its proxy when the comparator is killed', async () => {
    const pid = proxyPid();
    expect(isAlive(pid)).toBe(true);
    await comparator.process.end('SIGKILL');
    await until(async () => !isAlive(pid));
  });
});
