// The comparator itself: its version, its memory and CPU, how long its event loop makes others wait, and what had no room here.
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { Families, Room } from './families.ts';

/** Series of this file, whatever else has room. */
export const ownSeries = 24;

export function selfMetrics({ gauge, counter }: Families): (about: { version: string }, room: Room) => void {
  const info = gauge('penumbra_build_info', 'Always 1: the version that runs', ['version', 'node']);
  const memory = gauge('process_resident_memory_bytes', 'Resident memory of the comparator');
  const heap = gauge('nodejs_heap_size_used_bytes', 'JavaScript heap of the comparator in use');
  const cpu = counter('process_cpu_seconds_total', 'User and system CPU time of the comparator');
  const started = gauge('process_start_time_seconds', 'When the comparator started');
  const lag = gauge(
    'nodejs_eventloop_lag_p99_seconds',
    'How late timers of the comparator were since the scrape before: 99th percentile',
  );
  const leftOut = gauge(
    'penumbra_series_left_out',
    'Series that had no room in this answer, by what they are about; 0 for all together when none',
    ['subject'],
  );
  const delay = watchDelay();
  return ({ version }, room) => {
    info.set({ version, node: process.version }, 1);
    const { rss, heapUsed } = process.memoryUsage();
    memory.set(rss);
    heap.set(heapUsed);
    const { user, system } = process.cpuUsage();
    cpu.inc((user + system) / 1e6);
    started.set(Math.round(Date.now() / 1000 - process.uptime()));
    lag.set(lagSeconds(delay));
    const all = [...room.leftOut()];
    leftOut.set(
      { subject: 'all' },
      all.reduce((sum, [, series]) => sum + series, 0),
    );
    for (const [subject, series] of all) leftOut.set({ subject }, series);
  };
}

const resolutionMs = 10;

/** Its timer keeps no process alive. */
function watchDelay(): IntervalHistogram {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  return delay;
}

/** The delay is measured from one timer to the next: what they were set to is no lag. */
function lagSeconds(delay: IntervalHistogram): number {
  const seconds = delay.count === 0 ? 0 : Math.max(0, delay.percentile(99) / 1e9 - resolutionMs / 1000);
  delay.reset();
  return seconds;
}
