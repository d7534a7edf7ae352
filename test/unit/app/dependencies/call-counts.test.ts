// Calls per request and arm: added up over answers, 0 only where nothing can have been missed, unknown otherwise.
import { describe, expect, it } from 'vitest';
import { createCallCounts } from '../../../../src/app/dependencies/call-counts.ts';

const page = (calls: readonly (readonly [string, string | null, number])[], { missed = 0 } = {}) => ({
  seq: 0,
  missed,
  calls: calls.map(([id, arm, count]) => ({ id, arm, calls: count })),
});
const asked = (id: string, { arm = 'slow', from = 1500, until = 1600 } = {}) => ({ arm, ids: [id], from, until });

describe('calls of a dependency', () => {
  it('are added up over answers, per arm', () => {
    const counts = createCallCounts();
    counts.take(page([['a', 'slow', 2]]), { askedAt: 1000 });
    counts.take(
      page([
        ['a', 'slow', 1],
        ['a', 'control', 1],
      ]),
      { askedAt: 2000 },
    );
    expect(counts.of(asked('a'))).toBe(3);
    expect(counts.of(asked('a', { arm: 'control' }))).toBe(1);
  });

  it('are 0 where ids are forwarded and none was seen, and nothing at all of an arm that forwards none', () => {
    const counts = createCallCounts();
    counts.take(
      page([
        ['a', 'slow', 1],
        ['x', null, 5],
      ]),
      { askedAt: 1000 },
    );
    counts.take(page([]), { askedAt: 2000 });
    expect(counts.of(asked('b'))).toBe(0);
    expect(counts.of(asked('x', { arm: 'control' }))).toBeUndefined();
  });

  it('are unknown until the proxy was asked after the request was over', () => {
    const counts = createCallCounts();
    counts.take(page([['a', 'slow', 1]]), { askedAt: 1000 });
    expect(counts.of(asked('b'))).toBeNull();
    counts.take(page([]), { askedAt: 1599 });
    expect(counts.of(asked('b'))).toBeNull();
    counts.take(page([]), { askedAt: 1600 });
    expect(counts.of(asked('b'))).toBe(0);
  });

  it.each([
    ['before it was first asked', () => {}],
    ['while it could not be asked', (counts: ReturnType<typeof createCallCounts>) => counts.lose()],
  ])('are unknown of requests %s', (_what, happens) => {
    const counts = createCallCounts();
    counts.take(page([['a', 'slow', 1]]), { askedAt: 1000 });
    happens(counts);
    counts.take(page([]), { askedAt: 2000 });
    counts.take(page([]), { askedAt: 3000 });
    const wasLost = happens.length > 0;
    expect(counts.of(asked('a', { from: 999, until: 1100 }))).toBeNull();
    expect(counts.of(asked('b', { from: 1500, until: 1600 }))).toBe(wasLost ? null : 0);
    expect(counts.of(asked('b', { from: 2500, until: 2600 }))).toBe(0);
  });

  it('are unknown of requests from before an answer that had missed some', () => {
    const counts = createCallCounts();
    counts.take(page([['a', 'slow', 1]]), { askedAt: 1000 });
    counts.take(page([['a', 'slow', 9]], { missed: 3 }), { askedAt: 2000 });
    expect(counts.of(asked('a'))).toBeNull();
  });

  it('forget the oldest when there are too many, and say so', () => {
    const counts = createCallCounts({ maxIds: 2 });
    counts.take(page([['a', 'slow', 1]]), { askedAt: 1000 });
    counts.take(
      page([
        ['b', 'slow', 1],
        ['c', 'slow', 1],
      ]),
      { askedAt: 2000 },
    );
    counts.take(page([]), { askedAt: 3000 });
    expect(counts.of(asked('a', { from: 999 }))).toBeNull();
    expect(counts.of(asked('b', { from: 1500 }))).toBe(1);
  });

  it('are found by the first id that was seen, at the length a proxy keeps', () => {
    const counts = createCallCounts();
    counts.take(page([['t'.repeat(200), 'slow', 4]]), { askedAt: 1000 });
    counts.take(page([]), { askedAt: 2000 });
    expect(counts.of({ ...asked('never'), ids: ['never', 't'.repeat(207)] })).toBe(4);
  });
});
