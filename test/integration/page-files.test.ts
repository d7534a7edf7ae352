// What the page's server side promises: public files and nothing else, a strict policy, data only with the token, and a stream of
// summaries that is small, prompt, ends with the comparator and is lost on nobody who reads slowly.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import type { EventSummary } from '../../src/api/event-summary.ts';
import { createApi } from '../../src/api/server.ts';
import type { TestComparator } from '../support/comparator.ts';
import { useComparators } from '../support/running-comparators.ts';

const { start } = useComparators({
  arms: { control: '', candidate: '' },
  expect: { 'candidate.late': 'flip: at most 50%, required: false' },
  answers: { candidate: () => ({ score: 0.1 }) as const },
});
const token = 'only-for-those-who-know';
const open: FastifyInstance[] = [];
afterEach(async () => {
  for (const api of open.splice(0)) await api.close();
});

async function serve(t: TestComparator, options: { token?: string; isReady?: () => boolean } = {}) {
  const log = pino({ level: 'silent' });
  const api = await createApi({
    comparator: t.app.comparator,
    version: 'test',
    log,
    ...options,
    token: options.token ?? null,
  });
  open.push(api);
  return { api, url: await api.listen({ host: '127.0.0.1', port: 0 }) };
}

/** The summaries of a stream, as they come. */
async function listen(url: string, headers: Record<string, string> = {}) {
  const answer = await fetch(`${url}/v1/events`, { headers });
  const reader = (answer.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const next = async (): Promise<EventSummary | null> => {
    for (;;) {
      const found = /event: summary\ndata: (.*)\n\n/.exec(text);
      if (found !== null) {
        text = text.slice(found.index + found[0].length);
        return JSON.parse(found[1] as string) as EventSummary;
      }
      const { done, value } = await reader.read();
      if (done) return null;
      text += value;
    }
  };
  return { answer, next, cancel: () => reader.cancel() };
}

describe('the page’s files', () => {
  it('are public, with a policy that lets nothing in from elsewhere', async () => {
    const { api } = await serve(await start(), { token });
    const files = readdirSync(join(import.meta.dirname, '../../src/page'));
    for (const path of ['/', ...[...files, 'uPlot.esm.js', 'uPlot.min.css'].map((name) => `/page/${name}`)]) {
      const { statusCode, headers } = await api.inject({ url: path });
      expect([path, statusCode]).toEqual([path, 200]);
      expect(headers['content-security-policy']).toMatch(
        /^default-src 'none'; script-src 'self'; .*frame-ancestors 'none'/,
      );
      expect(headers['content-security-policy']).not.toMatch(/unsafe|\*|https?:|data:/);
      expect(headers['x-content-type-options']).toBe('nosniff');
    }
    expect((await api.inject({ url: '/page/main.js' })).headers['content-type']).toMatch(
      /^(text|application)\/javascript/,
    );
  });

  it('nothing beside them is served', async () => {
    const { api } = await serve(await start());
    const traversals = ['/page/../package.json', '/page/%2e%2e%2fserver.ts', '/page/..%5cpackage.json', '/page/%00'];
    for (const path of [...traversals, '/page/', '/page/uPlot.cjs.js', '/page/.env', '/page/package.json']) {
      const { statusCode, body } = await api.inject({ url: path });
      expect([path, statusCode < 500, statusCode >= 400, body.includes('"error"')]).toEqual([path, true, true, true]);
    }
  });

  it('come before the runs are resumed; what they ask for does not', async () => {
    const { api } = await serve(await start(), { isReady: () => false });
    expect((await api.inject({ url: '/' })).statusCode).toBe(200);
    expect((await api.inject({ url: '/v1/events' })).json().error.code).toBe('STARTING');
  });

  it('hold no data: that needs the token', async () => {
    const { api, url } = await serve(await start(), { token });
    expect((await api.inject({ url: '/v1/events' })).statusCode).toBe(401);
    const stream = await listen(url, { authorization: `Bearer ${token}` });
    expect(stream.answer.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect((await stream.next())?.service).toBe('test');
    await stream.cancel();
  });
});

describe('the stream of summaries', () => {
  it('says at once how things stand, again when a verdict falls, and again when the kill switch is engaged', async () => {
    const t = await start();
    const { url } = await serve(t);
    const stream = await listen(url);
    const first = await stream.next();
    const { id } = t.run();
    expect(first).toMatchObject({
      killed: null,
      experiments: [{ name: 'trial', run: { id, state: 'RUNNING', compared: 0 } }],
    });
    for (let n = 0; n < 20; n++) t.deliver(`a${n}`);
    await t.at(13);
    expect(await stream.next()).toMatchObject({ experiments: [{ run: { compared: 40, verdicts: { VIOLATED: 1 } } }] });
    t.app.comparator.kill('enough');
    expect(await stream.next()).toMatchObject({
      killed: { reason: 'enough' },
      experiments: [{ run: { id, state: 'ABORTED' } }],
    });
    await stream.cancel();
  });

  it('ends with the comparator', async () => {
    const { api, url } = await serve(await start());
    const stream = await listen(url);
    await stream.next();
    await api.close();
    expect(await stream.next()).toBeNull();
  });

  it('takes fifty listeners, refuses one more, and takes another when one has gone', async () => {
    const { url } = await serve(await start());
    const streams = await Promise.all(Array.from({ length: 50 }, () => listen(url)));
    const refused = await fetch(`${url}/v1/events`);
    expect([refused.status, ((await refused.json()) as { error: { code: string } }).error.code]).toEqual([
      503,
      'OVERLOADED',
    ]);
    await streams[0]?.cancel();
    await expect
      .poll(async () => {
        const again = await fetch(`${url}/v1/events`);
        await again.body?.cancel();
        return again.status;
      })
      .toBe(200);
    await Promise.all(streams.slice(1).map(({ cancel }) => cancel()));
  });
});
