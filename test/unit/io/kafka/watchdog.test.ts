// Lag without progress, by a clock of the test's own: 30 s of it is a standstill, and nothing else is.
import { describe, expect, it } from 'vitest';
import { createWatchdog, type ReaderSight } from '../../../../src/io/kafka/watchdog.ts';
import { createFakeClock } from '../../../support/fake-clock.ts';

const behind: ReaderSight = { lag: 7, holdsPartitions: true, isWaitedFor: false };

async function watch({ sight, each }: { sight: ReaderSight; each?: 'heartbeat' | 'progress' }, forMs: number) {
  const clock = createFakeClock();
  const watchdog = createWatchdog({ clock, stallMs: 30_000 });
  const stalls: number[] = [];
  for (let ms = 1000; ms <= forMs; ms += 1000) {
    await clock.advance(1000);
    if (each) watchdog[each]();
    if (watchdog.isStalled(sight)) stalls.push(ms);
  }
  return stalls;
}

describe('the watchdog of a reader', () => {
  it('sees a standstill after 30 s, not before, and counts anew', async () => {
    expect(await watch({ sight: behind }, 75_000)).toEqual([30_000, 60_000]);
  });

  it('is not calmed by heartbeats: a member can live and read nothing', async () => {
    expect(await watch({ sight: behind, each: 'heartbeat' }, 31_000)).toEqual([30_000]);
  });

  it('is calmed by offsets that move', async () => {
    expect(await watch({ sight: behind, each: 'progress' }, 90_000)).toEqual([]);
  });

  it('wants nothing of a reader that has nothing to read, as long as its group hears of it', async () => {
    expect(await watch({ sight: { ...behind, lag: 0 }, each: 'heartbeat' }, 90_000)).toEqual([]);
    expect(await watch({ sight: { ...behind, holdsPartitions: false }, each: 'heartbeat' }, 90_000)).toEqual([]);
    expect(await watch({ sight: { ...behind, lag: 0 } }, 31_000)).toEqual([30_000]);
  });

  it('wants nothing of a reader that others keep waiting', async () => {
    expect(await watch({ sight: { ...behind, isWaitedFor: true } }, 90_000)).toEqual([]);
  });

  it('goes by monotonic time: a jump of the wall clock is no standstill', () => {
    const clock = createFakeClock();
    const watchdog = createWatchdog({ clock: { ...clock, nowMs: () => clock.nowMs() + 3_600_000 }, stallMs: 30_000 });
    expect(watchdog.isStalled(behind)).toBe(false);
  });
});
