// What KServe's own agent posted, byte for byte, put on a socket again: its pairs are joined, its oddities are what penumbra expects.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { codecs } from '../../../../src/io/codecs/index.ts';
import { cloudevents } from '../../../../src/io/sources/cloudevents.ts';
import { freePort } from '../../../support/free-port.ts';
import { cloudeventsOptions, createSourceBench } from '../../../support/source-bench.ts';

const folder = join(import.meta.dirname, '../../../fixtures/cloudevents/kserve-agent');

/** Each on a connection of its own, as the agent sends them. */
async function replay(port: number, name: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(readFileSync(join(folder, `${name}.http`)));
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return answer.toString().split('\r\n')[0] ?? '';
}

async function open(options: Partial<Parameters<typeof cloudevents.create>[0]> = {}) {
  const bench = createSourceBench();
  const port = await freePort();
  const listen = `127.0.0.1:${port}`;
  const source = cloudevents.create({ ...cloudeventsOptions, listen, ...options })(bench.deps);
  await bench.join.start(bench.deliver);
  await source.start(bench.deliver);
  return { ...bench, source, replay: (name: string) => replay(port, name) };
}

it('request and answer become one exchange, in either order, and each is answered 200', async () => {
  for (const names of [
    ['infer-request', 'infer-response'],
    ['infer-response', 'infer-request'],
  ]) {
    const { delivered, source, replay: send } = await open();
    for (const name of names) expect(await send(name)).toBe('HTTP/1.1 200 OK');
    expect(delivered).toHaveLength(1);
    expect(delivered[0]).toMatchObject({
      sourceId: 'e80c4cac-6112-4f09-9f21-1c29a9854681',
      arrivedAt: Date.parse('2026-11-22T07:27:44.312Z'),
      latencyMs: 13,
      request: { path: '/v2/models/delay/infer', headers: { 'x-request-id': 'row-0' } },
    });
    const codec = codecs.find(({ name }) => name === 'open-inference-v2')?.create({});
    expect(codec?.decodeRequest(delivered[0]?.request as never).inputs[0]?.data).toEqual([0.5, -0.25, 1.5]);
    expect(codec?.decodeAnswer(delivered[0]?.answer as never).outputs[0]?.data?.[1]).toBeCloseTo(0.7773, 4);
    await source.stop();
  }
});

it('a refused call (422) has no answer event', async () => {
  const { delivered, join: joining, clock, source, replay: send } = await open();
  await send('refused-request');
  await clock.advance(60_000);
  expect([delivered.length, joining.losses().no_answer]).toEqual([0, 1]);
  await source.stop();
});

it('answers carry no headers of the request: only an id in both bodies joins them besides their own', async () => {
  for (const [by, joined] of [
    [{ from: 'header', name: 'x-request-id' } as const, 0],
    [{ from: 'body', pointer: '/id' } as const, 1],
  ] as const) {
    const { delivered, source, replay: send } = await open({ isPairedByEvent: false, by });
    await send('infer-request');
    await send('infer-response');
    expect(delivered).toHaveLength(joined);
    expect(source.losses()).toMatchObject({ no_id: 1 - joined });
    await source.stop();
  }
});

it('GETs are logged too, without a body: the codec knows that they are no inference', async () => {
  const { delivered, source, replay: send } = await open();
  await send('get-response');
  await send('get-request');
  expect(delivered).toHaveLength(1);
  const codec = codecs.find(({ name }) => name === 'open-inference-v2')?.create({});
  expect(() => codec?.decodeRequest(delivered[0]?.request as never)).toThrow();
  await source.stop();
});
