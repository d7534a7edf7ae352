// The comparator's side of a proxy's control API against a real proxy: switched, renewed, counted, restored, and every refusal a sentence.
import { afterEach, describe, expect, it } from 'vitest';
import { createHttpControl } from '../../src/app/dependencies/control.ts';
import { createDependencyProcesses } from '../../src/commands/dependency-processes.ts';
import type { EffectiveConfig } from '../../src/config/effective.ts';
import { checkConfigText } from '../../src/config/load.ts';
import { soundConfig } from '../support/bad-config.ts';
import { alsoClose, closeProxies, controlOf, httpUpstream, proxyTo } from '../support/fault-proxy.ts';

afterEach(closeProxies);

async function controlled({ token = null, sent = token }: { token?: string | null; sent?: string | null } = {}) {
  const { port, server } = await httpUpstream((_asked, answer) => answer.end('ok'));
  alsoClose(async () => server.closeAllConnections());
  const proxy = await proxyTo(port);
  const url = await controlOf(proxy, token);
  const control = createHttpControl({
    name: 'store',
    protocol: 'http',
    place: () => ({ url, token: sent, incarnation: 7 }),
  });
  return { control, store: `http://127.0.0.1:${proxy.port}` };
}

describe('the control of a dependency', () => {
  it('switches faults on for a lease, renews it and brings the baseline back', async () => {
    const { control, store } = await controlled({ token: 'secret' });
    const on = await control.switchOn([{ status: 503 }], { leaseMs: 20_000 });
    expect([on.faults.map(({ fault }) => fault), on.lease?.expiresInMs]).toEqual([
      [{ status: 503 }],
      expect.any(Number),
    ]);
    expect((await fetch(store)).status).toBe(503);
    await control.renew();
    expect(await control.restore()).toMatchObject({ restored: true, reason: null });
    expect((await fetch(store)).status).toBe(200);
    expect((await control.state()).faults).toEqual([]);
    expect(control.incarnation()).toBe(7);
  });

  it('hears whose calls there were since it last asked', async () => {
    const { control, store } = await controlled();
    const headers = { 'x-request-id': 'shadow-1', baggage: 'tenant=a,penumbra-arm=slow' };
    for (let call = 0; call < 2; call++) await (await fetch(store, { headers })).text();
    const { seq, calls } = await control.callsSince(0);
    expect(calls).toEqual([{ id: 'shadow-1', arm: 'slow', calls: 2 }]);
    expect(await control.callsSince(seq)).toEqual({ seq, missed: 0, calls: [] });
  });

  it('says what was refused, and why nobody answers', async () => {
    const { control } = await controlled();
    await expect(control.switchOn([{ latncy: '1s' }], { leaseMs: 1000 })).rejects.toThrow(
      'the proxy of store says: a fault requires exactly one of latency',
    );
    await expect(control.renew()).rejects.toThrow('no faults with a lease are on');
    const wrong = await controlled({ token: 'secret', sent: 'other' });
    await expect(wrong.control.state()).rejects.toThrow('a valid bearer token is required');
    const gone = createHttpControl({ name: 'store', protocol: 'http', place: () => null });
    await expect(gone.state()).rejects.toThrow('the proxy of store is not running');
    const silent = createHttpControl({
      name: 'store',
      protocol: 'http',
      place: () => ({ url: 'http://127.0.0.1:1', token: null, incarnation: 0 }),
    });
    await expect(silent.state()).rejects.toThrow('the proxy of store does not answer at http://127.0.0.1:1: ');
  });
});

describe('a proxy that runs elsewhere', () => {
  it('is neither started nor ended by serve, only asked, with the token of the config', async () => {
    const { port } = await httpUpstream((_asked, answer) => answer.end('ok'));
    const proxy = await proxyTo(port);
    const at = new URL(await controlOf(proxy, 'secret')).host;
    const declared = `dependencies:
  store: {protocol: http, listen: "store-proxy:7001", upstream: "http://store:7000", control: "${at}", runs: elsewhere, token: "\${env:CONTROL}"}
`;
    const env = { CONTROL: 'secret' };
    const { config, errors } = checkConfigText(soundConfig + declared, { env, directory: '/' });
    expect(errors).toEqual([]);
    const quiet = (): void => {};
    const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
    const processes = createDependencyProcesses(config as EffectiveConfig, { file: 'unread.yaml', env, log });
    await processes.start();
    const [control] = processes.controls;
    expect([control?.name, (await control?.state())?.faults, control?.incarnation()]).toEqual(['store', [], 0]);
    await processes.stop();
    expect((await control?.switchOn([{ latency: '5ms' }], { leaseMs: 1000 }))?.faults).toHaveLength(1);
  });
});
