// The wall between relay and copying: nothing thrown behind it comes through, and it is tried once per connection.
import { describe, expect, it } from 'vitest';
import { guard, noObserver } from '../../../src/tap/observer.ts';
import { createBench } from '../../support/conversation-bench.ts';

const boom = (): never => {
  throw new Error('boom');
};

describe('a guarded observer', () => {
  it.each(['request', 'answer', 'answerEnd', 'close', 'isIdle'] as const)('survives an exception in %s', (site) => {
    let givenUp = 0;
    let calls = 0;
    const failing = () => {
      calls++;
      return boom();
    };
    const observer = guard(() => ({ ...noObserver, [site]: failing, giveUp: () => givenUp++ }));
    for (let round = 0; round < 3; round++) {
      observer.request(Buffer.from('a'));
      observer.answer(Buffer.from('b'));
      observer.answerEnd();
      expect(observer.isIdle()).toBe(false);
      observer.close();
    }
    expect({ calls, givenUp }).toEqual({ calls: 1, givenUp: 1 });
  });

  it('survives an observer that cannot be made', () => {
    const observer = guard(boom);
    expect(() => observer.request(Buffer.from('a'))).not.toThrow();
    expect(observer.isIdle()).toBe(false);
  });

  it('survives an observer that cannot even give up', () => {
    const observer = guard(() => ({ ...noObserver, request: boom, giveUp: boom }));
    expect(() => observer.request(Buffer.from('a'))).not.toThrow();
  });

  it('counts the connection as blind and what was open as lost', () => {
    const bench = createBench({ isSampled: (_, sequence) => (sequence === 2 ? boom() : true) });
    const observer = guard(() => bench.observer);
    observer.request(Buffer.from('GET / HTTP/1.1\r\n\r\n'.repeat(3)));
    observer.answer(Buffer.from('HTTP/1.1 204 \r\n\r\n'));
    expect(bench.counters.blind.fault).toBe(1);
    expect(bench.lost).toEqual(['fault']);
    expect(bench.pool.heldBytes).toBe(0);
  });
});
