// Transport faults on real connections: what a plain server sees of them, and what becomes of the call.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openInferenceV2 } from '../../src/io/codecs/open-inference-v2.ts';
import type { Target, TargetReply } from '../../src/io/ports.ts';
import { createHttpTarget } from '../../src/io/targets/http.ts';
import type { TransportFault } from '../../src/model.ts';

interface Seen {
  readonly body: string;
  readonly declared: number;
  readonly ended: 'whole' | 'broken';
}

const body = JSON.stringify({
  inputs: [{ name: 'x', shape: [1, 1], datatype: 'FP32', data: [1] }],
  id: 'x'.repeat(200),
});
const answer = JSON.stringify({ model_name: 'm', outputs: [{ name: 'y', shape: [1], datatype: 'FP32', data: [1] }] });
let server: Server;
let target: Target;
let seen: Seen[] = [];
let told: () => void = () => undefined;

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    const end = (ended: Seen['ended']): void => {
      seen.push({
        body: Buffer.concat(chunks).toString('latin1'),
        declared: Number(request.headers['content-length']),
        ended,
      });
      told();
    };
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => undefined);
    request.on('close', () => {
      if (!request.complete) end('broken');
    });
    request.on('end', () => {
      end('whole');
      const isJson = isParsed(Buffer.concat(chunks).toString('utf8'));
      response.writeHead(isJson ? 200 : 400, { 'content-type': 'application/json' }).end(isJson ? answer : '{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  target = createHttpTarget({ url: `http://127.0.0.1:${port}`, codec: openInferenceV2.create({}) });
});

afterAll(async () => {
  await target.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function isParsed(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The reply, and what the server saw: it hears of a broken request a moment later. */
async function call(transport: TransportFault | null, deadlineMs = 2000): Promise<{ reply: TargetReply; saw: Seen }> {
  seen = [];
  const heard = new Promise<void>((resolve) => {
    told = resolve;
  });
  const message = {
    method: 'POST',
    path: '/v2/models/m/infer',
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(body),
  };
  const { signal } = new AbortController();
  const request = { inputs: [] };
  const reply = await target.call({ request, message, perturbed: false, transport, headers: {}, deadlineMs, signal });
  await heard;
  return { reply, saw: seen[0] as Seen };
}

describe('a transport fault', () => {
  it('that does not act leaves every byte as it is', async () => {
    const { reply, saw } = await call(null);
    expect(saw).toEqual({ body, declared: body.length, ended: 'whole' });
    expect(reply.status).toBe('ok');
  });

  it('truncate delivers a whole message with a part of the body: a healthy service refuses it', async () => {
    const { reply, saw } = await call({ type: 'truncate', keepShare: 0.5 });
    expect(saw).toEqual({
      body: body.slice(0, Math.floor(body.length / 2)),
      declared: Math.floor(body.length / 2),
      ended: 'whole',
    });
    expect(reply).toMatchObject({ status: 'error', reason: 'http_400' });
  });

  it('garble changes at most so many bytes, always the same ones', async () => {
    const fault = { type: 'garble', bytes: 5, seed: 's' } as const;
    const [one, other] = [await call(fault), await call(fault)];
    expect(one.saw.body).toBe(other.saw.body);
    const changed = [...one.saw.body].filter((byte, index) => byte !== body[index]).length;
    expect(one.saw.body).toHaveLength(body.length);
    expect(changed).toBeGreaterThan(0);
    expect(changed).toBeLessThanOrEqual(5);
  });

  it('abort breaks the connection in the middle, and the next call has another', async () => {
    const { reply, saw } = await call({ type: 'abort', afterShare: 0.5 });
    expect(saw.ended).toBe('broken');
    expect(saw.declared).toBe(body.length);
    expect(saw.body.length).toBeLessThan(body.length);
    expect(reply.status).toBe('error');
    expect((await call(null)).reply.status).toBe('ok');
  });

  it('hang stalls until the deadline, then the connection is gone', async () => {
    const { reply, saw } = await call({ type: 'hang', afterShare: 0.5 }, 200);
    expect(reply).toMatchObject({ status: 'timeout', reason: 'deadline' });
    expect(saw.ended).toBe('broken');
    expect((await call(null)).reply.status).toBe('ok');
  });
});
