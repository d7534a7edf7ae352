// The replay's clock: wall time by command, everything that is waited for in real time, and nothing of the comparator's own left to it.
import { expect, it, vi } from 'vitest';
import { createReplayClock } from '../../../../src/commands/replay/replay-clock.ts';

const startMs = 1_770_000_000_000;

it('wall time moves only when told, and never back', async () => {
  const clock = createReplayClock(startMs);
  const before = clock.monotonicMs();
  await new Promise<void>((resolve) => void clock.after(5, resolve));
  expect(clock.nowMs()).toBe(startMs);
  expect(clock.monotonicMs()).toBeGreaterThan(before);
  clock.passTo(startMs + 3_600_000);
  clock.passTo(startMs);
  expect(clock.nowMs()).toBe(startMs + 3_600_000);
});

it('moving wall time hastens no deadline of an arm', async () => {
  const clock = createReplayClock(startMs);
  const deadline = vi.fn();
  const cancel = clock.after(60_000, deadline);
  clock.passTo(startMs + 86_400_000);
  clock.tick();
  clock.release();
  await new Promise((resolve) => setImmediate(resolve));
  expect(deadline).not.toHaveBeenCalled();
  expect(clock.waiting()).toBe(1);
  cancel();
  expect(clock.waiting()).toBe(0);
});

it('what rests runs by tick alone, once a tick, with what it starts itself', () => {
  const clock = createReplayClock(startMs);
  let ticks = 0;
  const tick = (): void => {
    ticks += 1;
    clock.after(1, tick);
  };
  clock.after(1, tick);
  expect(clock.waiting()).toBe(1);
  clock.rest();
  expect(clock.waiting()).toBe(0);
  clock.tick();
  clock.tick();
  expect([ticks, clock.waiting()]).toEqual([2, 0]);
});

it('what is started while gathering waits for release, and can be cancelled', () => {
  const clock = createReplayClock(startMs);
  const [kept, cancelled] = [vi.fn(), vi.fn()];
  const cancel = clock.gather(() => {
    clock.after(20, kept);
    return clock.after(20, cancelled);
  });
  cancel();
  expect([clock.waiting(), kept.mock.calls.length]).toEqual([0, 0]);
  clock.release();
  clock.release();
  expect([kept.mock.calls.length, cancelled.mock.calls.length]).toEqual([1, 0]);
});

it('tells when a wait is over, by its end or its cancelling, after what follows from it at once', async () => {
  const clock = createReplayClock(startMs);
  let isSettled = false;
  const answered = new Promise<void>((resolve) => void clock.after(2, resolve)).then(() => {
    isSettled = true;
  });
  await clock.changed();
  expect(isSettled).toBe(true);
  await answered;
  const cancel = clock.after(60_000, () => {});
  const changed = clock.changed();
  cancel();
  await changed;
  expect(clock.waiting()).toBe(0);
});
