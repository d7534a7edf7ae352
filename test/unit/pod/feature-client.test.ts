// The feature client against stores with bad manners: a row in time, or null, never an exception.
import { afterEach, describe, expect, it } from 'vitest';
import type { CardInput } from '../../../src/io/model-card.ts';
import { createFeatureClient } from '../../../src/pod/feature-client.ts';
import { answering, type Behaviour, sending, startEvilServer, unusedUrl } from '../../support/evil-server.ts';

const base = { tensor: 'f', index: 0, range: null, default: null, zeroIsLegal: true, stored: true } as const;
const inputs: CardInput[] = [
  { ...base, name: 'delay', type: 'number' },
  { ...base, name: 'carrier', type: 'string' },
];
const open: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

function clientAt(url: string, options: { deadlineMs?: number; timeoutMs?: number; maxCalls?: number } = {}) {
  const client = createFeatureClient({ url, inputs, deadlineMs: 2000, timeoutMs: 4000, ...options });
  open.push(client.close);
  return client;
}

async function storeWith(behave: Behaviour) {
  const server = await startEvilServer(behave);
  open.push(server.close);
  return server;
}

const good = '{"key":"k","features":{"carrier":"UA","delay":12.5,"other":1}}';

describe('rows', () => {
  it('come in the order of the inputs, one call per distinct key', async () => {
    const store = await storeWith(answering(200, good));
    expect(await clientAt(`${store.url}/base/`).rowsOf(['k/ü', 'k/ü'])).toEqual([
      [12.5, 'UA'],
      [12.5, 'UA'],
    ]);
    expect(store.received().match(/GET /g)).toHaveLength(1);
    expect(store.received()).toContain('GET /base/features/k%2F%C3%BC HTTP/1.1');
  });

  it('may hold a missing number', async () => {
    const store = await storeWith(answering(200, '{"features":{"carrier":"UA","delay":null}}'));
    expect(await clientAt(store.url).rowsOf(['k'])).toEqual([[null, 'UA']]);
  });

  it.each([
    ['a 404', answering(404, '{"error":"no"}')],
    ['a 503', answering(503, '')],
    ['a redirect', answering(302, good)],
    ['a missing feature', answering(200, '{"features":{"delay":1}}')],
    ['a feature of another type', answering(200, '{"features":{"carrier":"UA","delay":"1"}}')],
    ['no features', answering(200, '{}')],
    ['a list', answering(200, '[1]')],
    ['garbage', answering(200, '<html>')],
    ['no HTTP', sending('hello\r\n\r\n')],
    ['a close', ((socket) => socket.end()) as Behaviour],
  ])('are null after %s', async (_name, behave) => {
    const store = await storeWith(behave);
    expect(await clientAt(store.url).rowsOf(['k'])).toEqual([null]);
  });

  it('are null when nobody listens', async () => {
    expect(await clientAt(await unusedUrl()).rowsOf(['a', 'b'])).toEqual([null, null]);
  });

  it('are null after the deadline for the late keys only, and a late answer is not asked again', async () => {
    const late: (() => void)[] = [];
    const store = await storeWith((socket) => {
      if (late.length === 0) late.push(() => answering(200, good)(socket));
      else answering(200, good)(socket);
    });
    const client = clientAt(store.url, { deadlineMs: 1000 });
    const rows = await client.rowsOf(['first', 'second']);
    expect(rows.filter((row) => row === null)).toHaveLength(1);
    late[0]?.();
    expect(await client.rowsOf(['third'])).toEqual([[12.5, 'UA']]);
    expect(store.received().match(/GET /g)).toHaveLength(3);
  });

  it('are null at once when too many calls are under way', async () => {
    const store = await storeWith(() => {});
    const client = clientAt(store.url, { deadlineMs: 60_000, timeoutMs: 60_000, maxCalls: 1 });
    void client.rowsOf(['hanging']);
    expect(await client.rowsOf(['k'])).toEqual([null]);
  });

  it('need an http URL', () =>
    expect(() => createFeatureClient({ url: 'redis://x', inputs, deadlineMs: 1, timeoutMs: 1 })).toThrow(
      /an http or https URL/,
    ));
});
