// Laws of every kind of target: a call resolves whatever happens, an abort is honoured at once, a closed target still
// answers with a reply, and readiness is refused by rejection only.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Target, TargetReply } from '../../src/io/ports.ts';
import { createCommandTarget } from '../../src/io/targets/command.ts';
import { createHttpTarget } from '../../src/io/targets/http.ts';
import { targets } from '../../src/io/targets/index.ts';
import { createOnnxTarget } from '../../src/io/targets/onnx.ts';
import { answering, type EvilServer, startEvilServer, unusedUrl } from '../support/evil-server.ts';
import { callWith, goodAnswer, messageWith, oipCodec } from '../support/target-call.ts';
import { writeTinyModel } from '../support/tiny-model.ts';

/** For each kind: one that answers, one that cannot answer now, one that never can. */
interface Samples {
  readonly good: () => Target;
  readonly slow: () => Target;
  readonly absent: () => Target;
}

const samples: Record<string, Samples> = {};
const servers: EvilServer[] = [];
const unhandled: unknown[] = [];
const note = (thrown: unknown): void => void unhandled.push(thrown);

beforeAll(async () => {
  process.on('unhandledRejection', note);
  const good = await startEvilServer(answering(200, goodAnswer));
  const hung = await startEvilServer(() => {});
  const nobody = await unusedUrl();
  servers.push(good, hung);
  const { modelFile } = writeTinyModel();
  const http = (url: string) => () => createHttpTarget({ url, codec: oipCodec });
  samples.http = { good: http(good.url), slow: http(hung.url), absent: http(nobody) };
  // The first call loads the file, which takes longer than an abort.
  const onnx = (file: string) => () => createOnnxTarget({ file });
  const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const answer = `s.listen(process.env.PORT, '127.0.0.1')`;
  const script = (said: string) => `const s = require('http').createServer((q, a) => { ${said} }); ${answer}`;
  const command = (code: string) => () =>
    createCommandTarget({
      command: [process.execPath, '-e', code],
      openHttp: (at) => createHttpTarget({ ...at, codec: oipCodec }),
      log: quiet,
      processEnv: process.env,
    });
  const says = script(
    `q.resume(); a.setHeader('content-type', 'application/json'); a.end(${JSON.stringify(goodAnswer)})`,
  );
  samples.command = { good: command(says), slow: command(script('')), absent: command('process.exit(3)') };
  samples.onnx = { good: onnx(modelFile), slow: onnx(modelFile), absent: onnx(`${modelFile}.absent`) };
});

afterAll(async () => {
  for (const server of servers) await server.close();
  process.off('unhandledRejection', note);
});

function isReply(reply: TargetReply): void {
  expect(['ok', 'error', 'timeout', 'invalid', 'unavailable']).toContain(reply.status);
  expect(reply.reason === null).toBe(reply.status === 'ok');
  expect(reply.answer === null).toBe(reply.status !== 'ok');
  expect(reply.latencyMs).toBeGreaterThanOrEqual(0);
}

describe.each(targets)('target $name', (kind) => {
  it('has samples here and states what it is', () => {
    expect(samples[kind.name]).toBeDefined();
    expect(kind.summary).not.toBe('');
    expect(samples[kind.name]?.good().name).toBe(kind.name);
  });

  async function withTarget(sort: keyof Samples, run: (target: Target) => Promise<void>): Promise<void> {
    const target = (samples[kind.name] as Samples)[sort]();
    try {
      await run(target);
    } finally {
      await target.close();
    }
  }

  it('answers, many calls at once on one signal', () =>
    withTarget('good', async (target) => {
      const { signal } = new AbortController();
      await target.ready(signal);
      const replies = await Promise.all(Array.from({ length: 40 }, () => target.call(callWith({ signal }))));
      expect(replies.map((reply) => reply.status)).toEqual(replies.map(() => 'ok'));
      replies.forEach(isReply);
    }));

  it('honours an abort while it waits', () =>
    withTarget('slow', async (target) => {
      const abort = new AbortController();
      const reply = target.call(callWith({ signal: abort.signal, deadlineMs: 60_000 }));
      abort.abort();
      expect(await reply).toMatchObject({ status: 'timeout', reason: 'aborted' });
    }));

  it('does nothing for a call that was aborted before', () =>
    withTarget('good', async (target) => {
      expect(await target.call(callWith({ signal: AbortSignal.abort() }))).toMatchObject({
        status: 'timeout',
        reason: 'aborted',
      });
    }));

  it('keeps its deadline', () =>
    withTarget('slow', async (target) => {
      expect(await target.call(callWith({ deadlineMs: 0 }))).toMatchObject({ status: 'timeout', reason: 'deadline' });
    }));

  it('resolves when it cannot answer, and is not ready then', () =>
    withTarget('absent', async (target) => {
      const reply = await target.call(callWith());
      isReply(reply);
      expect(reply.status).toBe('unavailable');
      await expect(target.ready(new AbortController().signal)).rejects.toMatchObject({ name: 'PenumbraError' });
    }));

  it('resolves for a request that nothing can be made of', () =>
    withTarget('good', async (target) => {
      const message = messageWith([]);
      isReply(await target.call(callWith({ message, request: { inputs: [] }, perturbed: true })));
    }));

  it('resolves after it was closed, and closes twice', () =>
    withTarget('good', async (target) => {
      await target.call(callWith());
      await target.close();
      const reply = await target.call(callWith());
      isReply(reply);
      expect(reply.status).not.toBe('ok');
    }));

  it('leaves no rejection unhandled', async () => {
    await new Promise((resolve) => setImmediate(resolve));
    expect(unhandled).toEqual([]);
  });
});
