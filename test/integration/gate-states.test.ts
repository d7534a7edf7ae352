// The states of a gate that are neither yes nor no, each brought about in a real comparator: STALE, INCONCLUSIVE, BIASED, ABORTED.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApiClient } from '../../src/commands/api-client.ts';
import { askGate } from '../../src/commands/gate/ask.ts';
import { gatherMaterial } from '../../src/commands/report/material.ts';
import { reportHtml } from '../../src/commands/report/report-html.ts';
import { gateExitCodes } from '../../src/core/judge/gate.ts';
import { endProcesses } from '../support/penumbra-process.ts';
import {
  arm,
  type Client,
  configOf,
  exchangeOf,
  patient,
  postExchanges,
  quick,
  startServe,
} from '../support/serve-process.ts';
import { answering, type ShadowServer, startShadow } from '../support/shadow-server.ts';

let shadow: ShadowServer;
let client: Client;

beforeAll(async () => {
  shadow = await startShadow(answering({ version: 'v2' }));
  // A limit that 60 requests without a flip prove, and one that they do not.
  const experiment = (name: string, { limit = '20%', gate = '', more = '' } = {}): string => `
  ${name}:
    arms: {control: ${arm(shadow.url)}, candidate: ${arm(shadow.url)}}
    expect: {candidate.d: {flip: at most ${limit}}, candidate: {error: at most 20%}}
    gate: {minPairs: 10${gate}}
    start: on request
${more}${quick}
`;
  const stopWhen = '    stopWhen: [{when: production.errors above 20%, window: 100ms}]\n';
  const config = patient(
    configOf({
      experiments: [
        experiment('stale', { limit: '0.1%', gate: ', staleAfter: 6s' }),
        experiment('inconclusive', { limit: '0.1%', gate: ', maxTime: 8s' }),
        experiment('biased', { limit: '0.1%' }),
        experiment('aborted', { limit: '0.1%', more: stopWhen }),
      ].join(''),
    }),
  );
  const comparator = await startServe(config);
  client = comparator.client;
});

afterAll(async () => {
  endProcesses();
  await shadow.close();
});

async function exitOf(run: string, waitMs = 0): Promise<[number, readonly string[]]> {
  const { verdict, reasons } = await askGate({ run, experiment: null, waitMs, url: client.url, token: undefined });
  return [gateExitCodes[verdict], reasons];
}

describe('a gate that is neither passed nor failed', () => {
  it('13 STALE once no more traffic comes, and 14 TIMEOUT for who waits for it in vain', async () => {
    const { id } = await client.startRun('stale');
    await postExchanges(client, 40);
    expect((await exitOf(id))[0]).toBe(gateExitCodes.INCONCLUSIVE);
    await expect.poll(async () => (await exitOf(id))[0]).toBe(13);
    expect((await exitOf(id))[1][0]).toMatch(/^the newest pair is \d+ s old, the gate asks for at most 6 s$/);
    expect((await exitOf(id, 3000))[0]).toBe(14);
    await client.call('POST', `/v1/runs/${id}/stop`, { reason: 'seen' });
  });

  it('11 INCONCLUSIVE when its time is over without a decision', async () => {
    const { id } = await client.startRun('inconclusive');
    await postExchanges(client, 40);
    const [exit, reasons] = await exitOf(id, 60_000);
    expect(exit).toBe(11);
    expect(reasons[0]).toContain('is not yet known');
    expect(await client.run(id)).toMatchObject({ state: 'COMPLETED', endReason: 'max_time' });
    const asked = createApiClient({ url: client.url, token: undefined });
    const html = reportHtml(await gatherMaterial(asked, id));
    expect(html).toContain('<span class="verdict open">INCONCLUSIVE</span>');
    expect(html).toContain(reasons[0]);
    // Nothing that a browser would fetch or run.
    expect(html).not.toMatch(/<script|<link|<img|url\(|https?:\/\/(?!127\.0\.0\.1)/);
    await expect(gatherMaterial(asked, 'nosuch')).rejects.toThrow('there is no run "nosuch"');
  });

  it('16 BIASED when more than 5 % came too late to be asked', async () => {
    const { id } = await client.startRun('biased');
    await postExchanges(client, 110);
    for (let late = 0; late < 10; late++) {
      const { body } = await client.call('POST', '/v1/exchanges', { ...exchangeOf(), arrivedAt: Date.now() - 60_000 });
      expect(body.runs).toEqual({ [id]: 'dropped: late' });
    }
    const [exit, reasons] = await exitOf(id);
    expect(exit).toBe(16);
    const lost =
      '[\\d.]+ % of what control should have seen was lost, more than 5 %: penumbra itself lost \\d+ of 120: \\d+ late';
    expect(reasons[0]).toMatch(new RegExp(`^${lost} .*What to do: .*joinDeadline`));
    const run = await client.run(id);
    expect(run.notes).toContain(`a gate answers BIASED: ${reasons[0]}`);
    expect(run).toMatchObject({ losesTooMuch: true });
    await client.call('POST', `/v1/runs/${id}/stop`, { reason: 'seen' });
  });

  it('15 ABORTED when production itself fails, and not one more request reaches a shadow', async () => {
    const { id } = await client.startRun('aborted');
    await postExchanges(client, 20);
    await postExchanges(client, 300, { make: () => ({ ...exchangeOf(), answer: { status: 503 } }), perSecond: 100 });
    const run = await client.until(id, ({ endedAt }) => endedAt !== null);
    expect(run).toMatchObject({
      state: 'ABORTED',
      endReason: expect.stringContaining('production.errors above 20%'),
    });
    // What was on its way before has been read once the shadow has answered twice.
    for (let mark = 0; mark < 2; mark++) await fetch(shadow.url).then((answer) => answer.text());
    const sent = shadow.seen.length;
    const { body } = await client.call('POST', '/v1/exchanges', exchangeOf());
    expect(body.runs).toEqual({});
    expect(shadow.seen.length).toBe(sent);
    expect((await exitOf(id))[0]).toBe(15);
  });
});
