// `penumbra fault-proxy` as people run it: with flags, from a config, with wrong words, and until SIGTERM.
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { soundConfig } from '../support/bad-config.ts';
import { alsoClose, closeProxies, httpUpstream } from '../support/fault-proxy.ts';
import { freePort } from '../support/free-port.ts';
import { endProcesses, runPenumbra, startPenumbra } from '../support/penumbra-process.ts';

afterEach(closeProxies);
afterEach(endProcesses);
const folder = mkdtempSync(join(tmpdir(), 'penumbra-fault-proxy-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function started(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = startPenumbra(['fault-proxy', ...args], { env });
  const told = once(child.child, 'message').then(
    ([message]) => message as { port: number; controlPort: number | null },
  );
  const message = await Promise.race([told, child.ended]);
  if (message === null || typeof message !== 'object') throw new Error(`ended with ${message}: ${child.stderr()}`);
  return { ...child, ...message };
}

describe('penumbra fault-proxy', () => {
  it('runs with flags, says what is on, is switched and stops in good order', async () => {
    const { port } = await httpUpstream((asked, answer) => answer.end(asked.url));
    const proxy = await started([
      ...['--listen', '127.0.0.1:0', '--upstream', `http://127.0.0.1:${port}`, '--control', '127.0.0.1:0'],
      ...['--fault', 'status=503,share=100%', '--probe', '/health'],
    ]);
    expect(proxy.stdout()).toMatch(
      /^fault-proxy dependency listening on 127\.0\.0\.1:\d+ → 127\.0\.0\.1:\d+ \(http\)\ncontrol on http:\/\/127\.0\.0\.1:\d+\nfaults: status=503\n$/,
    );
    const store = `http://127.0.0.1:${proxy.port}`;
    expect((await fetch(`${store}/a`)).status).toBe(503);
    const removed = await fetch(`http://127.0.0.1:${proxy.controlPort}/v1/faults`, { method: 'DELETE' });
    expect(await removed.json()).toMatchObject({ restored: true });
    expect(await (await fetch(`${store}/a`)).text()).toBe('/a');
    expect(await proxy.end('SIGTERM')).toBe(0);
  });

  it('takes everything from a config, its token from the environment', async () => {
    const { port, server } = await httpUpstream((_asked, answer) => answer.end('ok'));
    alsoClose(async () => server.closeAllConnections());
    const [listen, control] = [await freePort(), await freePort()];
    const config = join(folder, 'penumbra.yaml');
    const dependency = `{protocol: http, listen: "127.0.0.1:${listen}", upstream: "http://127.0.0.1:${port}", control: "127.0.0.1:${control}", token: "\${env:CONTROL_TOKEN}", slo: {latency: 50ms}}`;
    writeFileSync(config, `${soundConfig}dependencies:\n  feature-store: ${dependency}\n`);
    const args = ['--config', config, '--dependency', 'feature-store', '--fault', 'latency=1ms'];
    const proxy = await started(args, { CONTROL_TOKEN: 'secret' });
    expect([proxy.port, proxy.controlPort]).toEqual([listen, control]);
    expect(await (await fetch(`http://127.0.0.1:${listen}/`)).text()).toBe('ok');
    const state = `http://127.0.0.1:${control}/v1/state`;
    expect((await fetch(state)).status).toBe(401);
    const answer = await fetch(state, { headers: { authorization: 'Bearer secret' } });
    expect(await answer.json()).toMatchObject({
      dependency: 'feature-store',
      faults: [{ fault: { latency: '1ms' } }],
      slo: { latency: { limitMs: 50 } },
    });
    const wrong = await runPenumbra(['fault-proxy', '--config', config, '--dependency', 'store']);
    expect([wrong.code, wrong.stderr]).toEqual([64, expect.stringContaining('in the config: feature-store')]);
    const missing = await runPenumbra(['fault-proxy', '--config', config]);
    expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining('environment variable CONTROL_TOKEN')]);
  });

  it.each([
    [['--upstream', 'x:1'], 'requires --listen and --upstream'],
    [['--listen', '127.0.0.1:0', '--upstream', 'https://x'], 'where TLS has ended'],
    [['--listen', '127.0.0.1:0', '--upstream', 'x:1', '--fault', 'latncy=1s'], 'exactly one of latency'],
    [
      ['--listen', '127.0.0.1:0', '--upstream', 'x:1', '--protocol', 'tcp', '--fault', 'status=503'],
      'requires protocol http',
    ],
    [['--listen', '127.0.0.1:0', '--upstream', 'x:1', '--fault', 'failover=1s'], 'requires a standby'],
  ])('%j ends with 64 and says what is missing', async (args, words) => {
    const { code, stderr } = await runPenumbra(['fault-proxy', ...args]);
    expect([code, stderr]).toEqual([64, expect.stringContaining(words)]);
    expect(stderr).toContain('see: penumbra fault-proxy --help');
  });

  it('teaches by its help', async () => {
    const { code, stdout } = await runPenumbra(['fault-proxy', '--help']);
    expect(code).toBe(0);
    for (const words of ['latency=800ms,share=30%', 'PUT http://', '"restored": true', 'failover', 'SipHash'])
      expect(stdout).toContain(words);
  });
});
