// The join as a law: whatever the order of the halves, the same pairs come out, each once; what stays alone is counted; nothing grows.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createJoin, type JoinOptions } from '../../../../src/io/sources/join.ts';
import { joinKeyOf } from '../../../../src/io/sources/join-key.ts';
import type { RawExchange } from '../../../../src/model.ts';
import { createFakeClock, roundMs } from '../../../support/fake-clock.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

function openJoin(options: Partial<JoinOptions> = {}) {
  const clock = createFakeClock();
  const join = createJoin({ withinMs: 1000, maxBytes: 1 << 20, unanswered: 'lost', ...options }, { clock });
  const delivered: RawExchange[] = [];
  void join.start((exchange) => void delivered.push(exchange));
  const half = {
    request: (key: string, size = 0) =>
      join.request({
        key,
        sourceId: key,
        arrivedAt: clock.nowMs(),
        request: { method: 'POST', path: `/${key}`, headers: {}, body: new Uint8Array(size) },
      }),
    answer: (key: string, latencyMs: number | null = null) =>
      join.answer({
        key,
        answeredAt: clock.nowMs(),
        latencyMs,
        answer: { status: 200, headers: {}, body: bytes(key) },
      }),
  };
  return { clock, join, delivered, ...half };
}

type Step = { readonly half: 'request' | 'answer'; readonly key: string };

describe('any interleaving of halves', () => {
  const keys = fc.uniqueArray(fc.integer({ min: 0, max: 30 }).map(String), { minLength: 1, maxLength: 20 });
  const shuffled = keys.chain((all) => {
    const steps = all.flatMap((key): Step[] => [
      { half: 'request', key },
      { half: 'answer', key },
    ]);
    return fc.shuffledSubarray(steps, { minLength: steps.length, maxLength: steps.length });
  });

  it('gives every pair once, each answer with its own request', () => {
    fc.assert(
      fc.property(shuffled, fc.array(fc.nat(40)), (steps, again) => {
        const { join, delivered, ...take } = openJoin();
        for (const { half, key } of steps) take[half](key);
        // Delivered twice, as queues do: nothing more comes of it.
        for (const at of again) {
          const step = steps[at % steps.length] as Step;
          expect(take[step.half](step.key)).toBe('duplicate');
        }
        expect(delivered.map(({ sourceId }) => sourceId).sort()).toEqual(
          [...new Set(steps.map(({ key }) => key))].sort(),
        );
        for (const { request, answer } of delivered) {
          expect(request.path).toBe(`/${Buffer.from(answer.body).toString()}`);
        }
        expect(join.seen?.()).toMatchObject({ joined: steps.length / 2, waiting: 0, waiting_bytes: 0 });
      }),
    );
  });

  it('at any times: pairs, what stays alone and what is late add up to what came', async () => {
    const step = fc.record({
      half: fc.constantFrom('request' as const, 'answer' as const),
      key: fc.nat(8).map(String),
      afterMs: fc.nat(700),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { join, clock, delivered, ...take } = openJoin();
        const fates: string[] = [];
        for (const { half, key, afterMs } of steps) {
          await clock.advance(afterMs);
          fates.push(take[half](key));
        }
        await clock.advance(5000);
        const { no_answer, no_request, late, duplicate } = join.losses() as Record<string, number>;
        const alone = (no_answer ?? 0) + (no_request ?? 0);
        expect(2 * delivered.length + alone + (late ?? 0) + (duplicate ?? 0)).toBe(steps.length);
        expect(fates.filter((fate) => fate === 'joined')).toHaveLength(delivered.length);
        expect(join.seen?.()).toMatchObject({ waiting: 0, waiting_bytes: 0 });
        // Nothing is remembered for ever.
        expect(clock.waiting()).toBe(0);
      }),
      { numRuns: 60 },
    );
  });
});

describe('time', () => {
  it('a half waits as long as it may, and not longer', async () => {
    const { clock, join, delivered, request, answer } = openJoin();
    request('in-time');
    await clock.advance(999);
    expect(answer('in-time')).toBe('joined');
    request('too-late');
    await clock.advance(1000);
    expect(answer('too-late')).toBe('late');
    expect(delivered.map(({ sourceId, latencyMs }) => [sourceId, latencyMs])).toEqual([['in-time', 999]]);
    expect(join.losses()).toMatchObject({ no_answer: 1, late: 1, no_request: 0 });
  });

  it('without any traffic too, what waits is given up', async () => {
    const { clock, join, answer } = openJoin();
    answer('a');
    await clock.advance(1000);
    expect(join.losses()).toMatchObject({ no_request: 1 });
    expect(join.seen?.()).toMatchObject({ waiting: 0 });
  });

  it('a latency that is told wins over the clocks, and clocks that disagree give none below zero', async () => {
    const { clock, join, delivered, request, answer } = openJoin();
    answer('first');
    await clock.advance(50);
    request('first');
    request('told');
    answer('told', 12.5);
    expect(delivered.map(({ latencyMs }) => latencyMs)).toEqual([0, 12.5]);
    expect(join.seen?.()).toMatchObject({ joined: 2 });
  });

  it('a request without an answer is production’s failure only where the config says so', async () => {
    const { clock, delivered, request } = openJoin({ unanswered: 'failed' });
    request('gone');
    await clock.advance(1000);
    expect(delivered).toEqual([
      expect.objectContaining({
        sourceId: 'gone',
        arrivedAt: roundMs,
        answer: expect.objectContaining({ status: 504 }),
      }),
    ]);
  });
});

describe('size', () => {
  it('beyond its memory the oldest is given up', () => {
    const { join, request, answer } = openJoin({ maxBytes: 10_000 });
    for (const key of ['a', 'b', 'c', 'd']) expect(request(key, 2000)).toBe('waiting');
    expect(join.losses()).toMatchObject({ full: 1 });
    expect(join.seen?.()).toMatchObject({ waiting: 3 });
    expect(answer('a')).toBe('late');
    expect(answer('d')).toBe('joined');
    expect(request('whale', 20_000)).toBe('too_large');
  });

  it('so many entries and no more, remembered ones included', () => {
    const { join, request, answer } = openJoin({ maxEntries: 100 });
    for (let key = 0; key < 1000; key++) request(String(key));
    expect(join.seen?.()).toMatchObject({ waiting: 100 });
    expect(join.losses()).toMatchObject({ full: 900 });
    expect(answer('999')).toBe('joined');
  });

  it('once stopped nothing waits', async () => {
    const { clock, join, request } = openJoin();
    request('a');
    await join.stop();
    expect(join.losses()).toMatchObject({ no_answer: 1 });
    expect(request('b')).toBe('late');
    expect(clock.waiting()).toBe(0);
  });
});

describe('the id', () => {
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  const message = {
    headers: { 'x-request-id': 'r1', traceparent: `00-${trace}-00f067aa0ba902b7-01` },
    body: bytes('{"id": "b1", "meta": {"n": 7}}'),
  };
  it.each([
    ['a header', { from: 'header', name: 'x-request-id' }, 'r1'],
    ['a header that is not there', { from: 'header', name: 'ce-id' }, null],
    ['the trace', { from: 'trace' }, trace],
    ['the body', { from: 'body', pointer: '/id' }, 'b1'],
    ['a number in the body', { from: 'body', pointer: '/meta/n' }, '7'],
    ['an object in the body', { from: 'body', pointer: '/meta' }, null],
  ] as const)('of %s', (_name, by, key) => {
    expect(joinKeyOf(by, message)).toBe(key);
  });

  it('an all-zero trace, a body that is no JSON and an id without end are none', () => {
    const headers = { traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, id: 'x'.repeat(600) };
    const broken = { headers, body: bytes('{') };
    expect(joinKeyOf({ from: 'trace' }, broken)).toBeNull();
    expect(joinKeyOf({ from: 'body', pointer: '/id' }, broken)).toBeNull();
    expect(joinKeyOf({ from: 'header', name: 'id' }, broken)).toBeNull();
  });
});
