// Wall time of a comparator that reads the past: only what was read moves it, and nothing moves it into the future.
import { expect, it } from 'vitest';
import { createEventClock } from '../../../src/io/event-clock.ts';
import type { Clock } from '../../../src/io/ports.ts';

it('is the latest arrival that was read, never back and never in the future, and the machine’s once all is read', () => {
  let realMs = 10_000;
  const real: Clock = { nowMs: () => realMs, monotonicMs: () => realMs, after: () => () => undefined };
  const clock = createEventClock(1000, real);
  realMs += 500;
  expect([clock.nowMs(), clock.paceMs?.(), clock.monotonicMs()]).toEqual([1000, 1000, 10_500]);
  clock.passTo(2000);
  clock.passTo(1500);
  expect(clock.nowMs()).toBe(2000);
  clock.passTo(9_000_000);
  expect(clock.nowMs()).toBe(10_500);
  clock.catchUp();
  realMs = 11_000;
  expect(clock.nowMs()).toBe(11_000);
  realMs = 9000;
  expect(clock.nowMs()).toBe(11_000);
});
