// `penumbra drill` as a process against `penumbra serve` as a process, with a model on a port: what it prints and exits with, as a
// receiver, beside an Alertmanager (Debian's own, where it is installed), and where the alarm does not work.
import { Value } from 'typebox/value';
import { afterEach, describe, expect, it } from 'vitest';
import { drillsAnswer } from '../../src/api/drill-answers.ts';
import { isAtAlertmanager } from '../../src/io/alertmanager.ts';
import { hasAlertmanager, startAlertmanager } from '../support/alertmanager.ts';
import { freePort } from '../support/free-port.ts';
import { endProcesses, type Finished, runPenumbra } from '../support/penumbra-process.ts';
import { arm, type Client, configOf, exchangeOf, quick, startServe } from '../support/serve-process.ts';
import { type ShadowServer, startShadow } from '../support/shadow-server.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  endProcesses();
});

/** A comparator whose alerts go to this address, with live traffic at its door. */
async function serving(url: string, drill = '', sink = 'webhook'): Promise<Client> {
  const shadow: ShadowServer = await startShadow();
  const { client } = await startServe(
    configOf({
      more: `inputs: [{name: x, at: x}]\nalerts: [{${sink}: "${url}"}]\n${drill}`,
      experiments: `
  steady:
    arms: {control: ${arm(shadow.url)}, candidate: ${arm(shadow.url)}}
    expect: {candidate.d: {flip: at most 20%}}
    start: on request
${quick}
`,
    }),
  );
  let isOn = true;
  const traffic = (async () => {
    while (isOn) {
      await client.call('POST', '/v1/exchanges', exchangeOf({ score: 0.8 })).catch(() => {});
      await new Promise((resume) => setTimeout(resume, 20));
    }
  })();
  closing.push(async () => {
    isOn = false;
    await traffic;
    await shadow.close();
  });
  return client;
}

const drill = (client: Client, ...args: string[]): Promise<Finished> =>
  runPenumbra(['drill', '--url', client.url, ...args]);

const lots = 'drill: {within: 20s, budget: {requests: 100 per second}}';

describe('penumbra drill', () => {
  it('with --listen is the receiver, says each step, and exits 0 when the alert has arrived', async () => {
    const port = await freePort();
    const client = await serving(`http://127.0.0.1:${port}`, lots);
    const { code, stdout } = await drill(client, '--listen', `127.0.0.1:${port}`);
    expect(stdout.trim().split('\n')).toEqual([
      `the alert is looked for at 127.0.0.1:${port}`,
      expect.stringMatching(
        /^drill \w+: "zero x" in copies for the control of steady, at most 100 requests a second, 2,000 in all; the alert has 20s to arrive$/,
      ),
      'the first request is changed',
      expect.stringMatching(/^found after \d+ requests, [\d.]+ s: flip rate .* is over the limit of 1 %/),
      expect.stringMatching(new RegExp(`^webhook 127.0.0.1:${port} took the alert [\\d.]+ s later$`)),
      expect.stringMatching(new RegExp(`^it arrived at 127.0.0.1:${port} [\\d.]+ s after it was found$`)),
      expect.stringMatching(new RegExp(`^the planted .* and its alert arrived at 127.0.0.1:${port} [\\d.]+ s later$`)),
    ]);
    expect(code).toBe(0);
    const { body } = await client.call('GET', '/v1/drills');
    expect(body.drills).toMatchObject([{ result: 'arrived' }]);
    expect([...Value.Errors(drillsAnswer, body)]).toEqual([]);
    const late = await client.call('POST', `/v1/drills/${body.drills[0].id}/arrival`, { where: 'elsewhere' });
    expect(late.body.arrival.where).toBe(`127.0.0.1:${port}`);
    const nobody = await client.call('GET', '/v1/drills/nobody');
    expect([nobody.status, nobody.body.error.code]).toEqual([404, 'DRILL_NOT_FOUND']);
    const { text } = await client.call('GET', '/metrics');
    expect(text).toMatch(/penumbra_drill_arrival_seconds\{[^}]*\} \d/);
  });

  it('exits 10 for a sink that is down, with JSON alone on standard output, and 20 under the kill switch', async () => {
    const client = await serving('http://127.0.0.1:9', lots.replace('20s', '5s'));
    const { code, stdout, stderr } = await drill(client, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ result: 'not_delivered', isSuccess: false, deliveryMs: null });
    expect(stderr).toContain('nobody looks for the alert where it should arrive');
    expect(stderr).toContain('webhook 127.0.0.1:9 did not take the alert: connect ECONNREFUSED');
    expect(code).toBe(10);
    await client.call('POST', '/v1/kill', { reason: 'test' });
    expect(await drill(client)).toMatchObject({ code: 20, stderr: expect.stringContaining('KILLED') });
  });

  it('exits 20 where no comparator answers, and 64 for wrong options', async () => {
    const [nowhere, both, unreadable] = await Promise.all([
      runPenumbra(['drill', '--url', 'http://127.0.0.1:9']),
      runPenumbra(['drill', '--listen', '127.0.0.1:0', '--receiver', 'http://127.0.0.1:9']),
      runPenumbra(['drill', '--receiver', 'alertmanager']),
    ]);
    expect(nowhere).toMatchObject({ code: 20, stderr: expect.stringContaining('could not be asked') });
    expect([both.code, unreadable.code]).toEqual([64, 64]);
  });
});

describe.skipIf(!hasAlertmanager)(
  'beside a real Alertmanager (skipped where prometheus-alertmanager is not installed)',
  () => {
    it('finds the alert there, told from others by its run', async () => {
      const { url: alertmanager, stop } = await startAlertmanager(
        'route: {receiver: nobody}\nreceivers: [{name: nobody}]\n',
      );
      closing.push(stop);
      const client = await serving(alertmanager, lots, 'alertmanager');
      const { code, stdout } = await drill(client, '--receiver', alertmanager);
      expect(stdout).toContain(`and its alert arrived at ${new URL(alertmanager).host}`);
      expect(code).toBe(0);
      const nothing = { run: 'of another drill', key: 'drill/other', since: Date.now() };
      expect(await isAtAlertmanager(alertmanager, nothing)).toBe(false);
      await expect(isAtAlertmanager(`${alertmanager}/wrong`, nothing)).rejects.toThrow('answered HTTP 404');
    });
  },
);
