// The proxy's small parts: memory of answers, caps, calls per request, damage, waits, shares by key.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dependency } from '../../../../src/faults/dependency.ts';
import { createCallsPerRequest } from '../../../../src/faults/proxy/calls-per-request.ts';
import { createCaps } from '../../../../src/faults/proxy/caps.ts';
import { createCounts } from '../../../../src/faults/proxy/counts.ts';
import { damage } from '../../../../src/faults/proxy/damage.ts';
import { createEngagement } from '../../../../src/faults/proxy/engagement.ts';
import { keyReaderOf } from '../../../../src/faults/proxy/entity-key.ts';
import { createMemory } from '../../../../src/faults/proxy/memory.ts';
import { readFaults } from '../../../../src/faults/proxy/read-faults.ts';
import { createWaits } from '../../../../src/faults/proxy/waits.ts';

describe('shares', () => {
  const engaged = (written: object, seed = 'seed') =>
    createEngagement(readFaults([written], { protocol: 'http', hasStandby: false }), {
      key: 'request',
      seed,
      nowMs: () => 0,
    });

  it('by key are the ones that the comparator’s dependency fault computes', () => {
    const share = 0.3;
    const faults = engaged({ latency: '1s', share: '30%', key: '/features/{key}' }, 'planes');
    const declared = dependency.create({
      name: 'store',
      does: { type: 'latency', options: {} },
      share,
      seed: 'planes',
      key: 'entity',
    });
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (key) => {
        const inputs = [{ name: 'entity', datatype: 'BYTES', shape: [1], data: [key] }] as never;
        const request = { inputs } as never;
        const acted = declared.acts({ armName: 'arm', seed: 'other', requestId: 'r', request });
        const plan = faults.plan({ sequence: 1, target: `/features/${encodeURIComponent(key)}` });
        expect(plan !== null).toBe(acted);
      }),
    );
  });

  it('of requests are met within a confidence bound, and reported', () => {
    const faults = engaged({ latency: '1s', share: '30%' });
    for (let sequence = 1; sequence <= 20_000; sequence++) faults.plan({ sequence, target: '/' });
    const [count] = faults.counts();
    // Five standard errors.
    expect(Math.abs((count?.achievedShare ?? 0) - 0.3)).toBeLessThan(5 * Math.sqrt((0.3 * 0.7) / 20_000));
    expect(count?.calls).toBe(20_000);
  });

  it('of 0 % never act, and a target without a key is not counted', () => {
    const none = engaged({ latency: '1s', share: '0%' });
    expect(
      Array.from({ length: 1000 }, (_, n) => none.plan({ sequence: n, target: '/' })).every((plan) => plan === null),
    ).toBe(true);
    const keyed = engaged({ latency: '1s', key: '/features/{key}' });
    expect(keyed.plan({ sequence: 1, target: '/health' })).toBeNull();
    expect(keyed.counts()[0]).toMatchObject({ calls: 0, achievedShare: null });
  });

  it.each([
    ['/features/{key}', '/features/a%20b', 'a b'],
    ['/features/{key}', '/features/a?x=1', 'a'],
    ['/features/{key}', 'http://store/features/a', 'a'],
    ['/features/{key}', '/features/a/b', null],
    ['/rows?id={key}', '/rows?id=7', '7'],
    ['/rows?id={key}', '/rows?id=7&x', null],
    ['path', '/a?b', '/a?b'],
    ['/f/{key}', '/f/%zz', '%zz'],
  ])('%s reads %s as %s', (pattern, target, key) => {
    expect(keyReaderOf(pattern)?.(target)).toBe(key);
  });
});

describe('memory', () => {
  const answer = (body: string) => Buffer.from(`HEAD${body}`);
  const at = { bodyAt: 4 };

  it('gives the answer that held then', () => {
    let now = 0;
    const memory = createMemory(1e6, () => now);
    memory.remember('GET /a', answer('one'), at);
    now = 100;
    memory.remember('GET /a', answer('two'), at);
    now = 150;
    memory.remember('GET /a', answer('two'), at);
    now = 160;
    expect(memory.recall('GET /a', 0)?.toString()).toBe('HEADtwo');
    expect(memory.recall('GET /a', 61)?.toString()).toBe('HEADone');
    expect(memory.recall('GET /a', 161)).toBeNull();
    expect(memory.recall('GET /b', 0)).toBeNull();
  });

  it('never holds more than it may', () => {
    const memory = createMemory(10_000, () => 0);
    for (let n = 0; n < 5000; n++) memory.remember(`GET /${n % 300}`, answer(`${n}`.repeat(20)), at);
    expect(memory.bytes).toBeLessThanOrEqual(10_000);
    expect(memory.bytes).toBeGreaterThan(5000);
  });
});

describe('caps', () => {
  it('refuse by rate, by connections and by calls under way, and count it', () => {
    let now = 0;
    const caps = createCaps({ requestsPerSecond: 2, connections: 1, inFlight: 2 }, () => now);
    expect([caps.enter(), caps.enter(), caps.enter()]).toEqual([null, null, 'in_flight']);
    caps.leave();
    expect(caps.enter()).toBe('rate');
    now = 500;
    expect(caps.enter()).toBeNull();
    expect([caps.connect(), caps.connect()]).toEqual([true, false]);
    caps.disconnect();
    expect(caps.connect()).toBe(true);
    expect(caps.refused).toEqual({ rate: 1, connections: 1, in_flight: 1 });
  });
});

describe('calls per request', () => {
  it('has mean and maximum, in bounded memory', () => {
    const calls = createCallsPerRequest({ maxIds: 10 });
    for (let request = 0; request < 1000; request++) {
      for (let n = 0; n <= request % 4; n++) calls.saw({ id: `r${request}`, arm: null });
    }
    expect(calls.summary()).toEqual({ requests: 1000, calls: 2500, mean: 2.5, max: 4 });
  });

  it('tells what was called since, by request and arm', () => {
    const calls = createCallsPerRequest();
    expect(calls.since(0)).toEqual({ seq: 0, missed: 0, calls: [] });
    for (const [id, arm] of [
      ['r1', 'a'],
      ['r1', 'b'],
      ['r1', 'a'],
      ['r1', null],
      ['__proto__', null],
    ] as const)
      calls.saw({ id, arm });
    expect(calls.since(0)).toEqual({
      seq: 5,
      missed: 0,
      calls: [
        { id: 'r1', arm: 'a', calls: 2 },
        { id: 'r1', arm: 'b', calls: 1 },
        { id: 'r1', arm: null, calls: 1 },
        { id: '__proto__', arm: null, calls: 1 },
      ],
    });
    expect(calls.since(4)?.calls).toEqual([{ id: '__proto__', arm: null, calls: 1 }]);
    expect(calls.since(5)).toEqual({ seq: 5, missed: 0, calls: [] });
    expect(calls.since(6)).toBeNull();
  });

  it('says how many calls were forgotten, and cuts what is too long', () => {
    const calls = createCallsPerRequest({ maxRecords: 10 });
    for (let n = 1; n <= 25; n++) calls.saw({ id: `r${n}`, arm: 'x'.repeat(500) });
    const since = calls.since(7);
    expect(since).toMatchObject({ seq: 25, missed: 8 });
    expect(since?.calls.map(({ id }) => id)).toEqual(Array.from({ length: 10 }, (_, index) => `r${16 + index}`));
    expect(since?.calls[0]?.arm).toBe('x'.repeat(200));
    expect(calls.since(20)).toMatchObject({ missed: 0, calls: { length: 5 } });
  });
});

describe('damage', () => {
  it('keeps length and framing, and what it was given', () => {
    const bytes = Buffer.from('4\r\n{"a": 10.5}');
    const before = Buffer.from(bytes);
    const damaged = damage(bytes, 'digits', { spans: [{ from: 3, to: bytes.length }] });
    expect(bytes.equals(before)).toBe(true);
    expect(damaged.toString()).toBe('4\r\n{"a": 89.4}');
  });

  it('of digits leaves JSON readable and every number another', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1e9, max: 1e9 }), { minLength: 1 }), (numbers) => {
        const bytes = Buffer.from(JSON.stringify(numbers));
        const read = JSON.parse(
          damage(bytes, 'digits', { spans: [{ from: 0, to: bytes.length }] }).toString(),
        ) as number[];
        expect(read.every((value, index) => value !== numbers[index])).toBe(true);
      }),
    );
  });

  it('of bits changes something in every span, however short', () => {
    const bytes = Buffer.alloc(100);
    const spans = [
      { from: 0, to: 1 },
      { from: 10, to: 12 },
      { from: 20, to: 100 },
    ];
    const damaged = damage(bytes, 'bits', { spans });
    for (const { from, to } of spans) expect(damaged.subarray(from, to).equals(bytes.subarray(from, to))).toBe(false);
    expect(damaged.filter((byte) => byte !== 0)).toHaveLength(5);
  });
});

describe('waits', () => {
  it('end by time, by release and by leaving, and leave nothing behind', async () => {
    const waits = createWaits();
    const [timed, freed, left] = [waits.begin(1), waits.begin(null), waits.begin(60_000)];
    left.end('gone');
    expect(await timed.ended).toBe('elapsed');
    expect(await left.ended).toBe('gone');
    waits.releaseAll();
    expect(await freed.ended).toBe('released');
    expect(await waits.begin(60_000).ended).toBe('released');
    expect(waits.size).toBe(0);
  });
});

describe('counts', () => {
  it('hold the dependency’s own promise apart by limit', () => {
    const counts = createCounts({ latencyMs: 50, errors: 0.001 });
    counts.ended('ok', 49);
    counts.ended('ok', 51);
    counts.ended('reset', 1);
    expect(counts.breaches).toEqual({ latency: 1, errors: 1 });
  });

  it('know quantiles within a bucket of 19 %', () => {
    const { caller, ended } = createCounts({ latencyMs: null, errors: null });
    for (let ms = 1; ms <= 1000; ms++) ended('ok', ms);
    for (const share of [0.1, 0.5, 0.99]) {
      const ratio = (caller.quantile(share) ?? 0) / (share * 1000);
      expect(ratio).toBeGreaterThanOrEqual(1 - 1e-9);
      expect(ratio).toBeLessThan(2 ** 0.25);
    }
  });
});
