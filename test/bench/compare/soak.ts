// Usage: npm run bench:soak -- [--exchanges N] [--every N] [--hung MINUTES] [--per-second N]. Whether memory stays flat: a counted run that
// ends by itself, with the memory after every so many exchanges and its slope after the first third; or all shadows hung for minutes,
// against the memory before they were asked.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type BenchComparator, startComparator } from './comparator.ts';
import { drive } from './drive.ts';
import { startHungShadow } from './hung-shadow.ts';

const { values } = parseArgs({
  options: {
    exchanges: { type: 'string', default: '1000000' },
    every: { type: 'string', default: '500000' },
    hung: { type: 'string' },
    'per-second': { type: 'string' },
    'every-seconds': { type: 'string', default: '60' },
  },
});
const everyMs = 1000 * Number(values['every-seconds']);
const mib = 2 ** 20;
const barMib = 64;

interface Reading {
  readonly minutes: number;
  /** Millions of exchanges so far. */
  readonly millions: number;
  readonly rss: number;
  readonly heap: number;
}

const startedMs = performance.now();

function readMemory(exchanges = 0): Reading {
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  return {
    minutes: (performance.now() - startedMs) / 60_000,
    millions: exchanges / 1e6,
    rss: rss / mib,
    heap: heapUsed / mib,
  };
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const show = ({ minutes, rss, heap }: Reading, what: string): void =>
  print(`${minutes.toFixed(1)} min: memory ${rss.toFixed(0)} MiB, of it heap ${heap.toFixed(0)} MiB; ${what}`);

/** MiB for each million exchanges, by least squares. */
function slopeOf(readings: readonly Reading[], key: 'rss' | 'heap'): number {
  const mean = (of: (one: Reading) => number): number =>
    readings.reduce((all, one) => all + of(one), 0) / readings.length;
  const [meanX, meanY] = [mean(({ millions }) => millions), mean((one) => one[key])];
  const spread = mean(({ millions }) => (millions - meanX) ** 2);
  return mean((one) => (one.millions - meanX) * (one[key] - meanY)) / spread;
}

/** Drives it and reads the memory meanwhile. */
async function watched(driving: Promise<void>, compared: () => number): Promise<Reading[]> {
  const readings: Reading[] = [];
  let isOver = false;
  const over = driving.then(() => {
    isOver = true;
  });
  while (!isOver) {
    const reading = readMemory();
    readings.push(reading);
    show(reading, `${compared().toLocaleString('en')} pairs`);
    await Promise.race([over, new Promise((resume) => setTimeout(resume, everyMs).unref())]);
  }
  return readings;
}

const settleWithinMs = 60_000;

/** Resolves when every exchange is compared, skipped or dropped, with how many were. */
async function untilSettled({ run }: Pick<BenchComparator, 'run'>, count: number): Promise<string> {
  const sinceMs = performance.now();
  for (;;) {
    const [arm] = run().arms;
    const { received = 0, compared = 0, skipped = {}, dropped = {}, inFlight = 0 } = arm?.conservation ?? {};
    const said = `${received} received, ${compared} compared, skipped ${JSON.stringify(skipped)}, dropped ${JSON.stringify(dropped)}, ${inFlight} in flight`;
    if (received === count && inFlight === 0) return said;
    if (performance.now() - sinceMs > settleWithinMs) throw new Error(`of ${count} exchanges: ${said}`);
    await new Promise((resume) => setTimeout(resume, 100));
  }
}

async function soak(folder: string): Promise<void> {
  const count = Number(values.exchanges);
  const comparator = await startComparator({ folder, arms: 1, shadowUrl: null });
  const perSecond = values['per-second'] === undefined ? {} : { perSecond: Number(values['per-second']) };
  const every = Number(values.every);
  const readings: Reading[] = [];
  for (let from = 0; from < count; from += every) {
    const next = Math.min(every, count - from);
    await drive(comparator, { from, count: next, ...perSecond });
    const reading = readMemory(from + next);
    readings.push(reading);
    show(
      reading,
      `${(from + next).toLocaleString('en')} exchanges, ${comparator.compared().toLocaleString('en')} pairs`,
    );
  }
  show(readMemory(count), await untilSettled(comparator, count));
  // The first third fills what is bounded: open buckets, pages of the store, the engine's own heap.
  const settled = readings.slice(Math.floor(readings.length / 3));
  for (const key of ['rss', 'heap'] as const) {
    const slope =
      settled.length < 3 ? 'needs more readings' : `${slopeOf(settled, key).toFixed(2)} MiB for each million exchanges`;
    print(`slope of ${key} after the first third, over ${settled.length} readings: ${slope}`);
  }
  await comparator.app.stop();
}

async function hang(folder: string, minutes: number): Promise<void> {
  const shadow = await startHungShadow();
  const perSecond = Number(values['per-second'] ?? 1000);
  const comparator = await startComparator({ folder, arms: 2, shadowUrl: shadow.url, inFlight: 32 });
  const healthy = Math.ceil(perSecond * 30);
  await drive(comparator, { from: 0, count: healthy, perSecond });
  const before = readMemory();
  show(before, 'shadows well so far');
  shadow.hang();
  const count = Math.ceil(perSecond * 60 * minutes);
  const readings = await watched(drive(comparator, { from: healthy, count, perSecond }), comparator.compared);
  const most = Math.max(...readings.map(({ rss }) => rss));
  const isMet = most <= before.rss + barMib;
  print(`statuses: ${JSON.stringify(comparator.run().arms.map(({ name, statuses }) => [name, statuses]))}`);
  print(
    `with every shadow hung for ${minutes} min at ${perSecond} exchanges a second: ${most.toFixed(0)} MiB at most, ${(most - before.rss).toFixed(0)} more than before (bar: ${barMib}): ${isMet ? 'met' : 'NOT met'}`,
  );
  await comparator.app.stop();
  await shadow.stop();
}

const folder = mkdtempSync(join(tmpdir(), 'penumbra-soak-'));
try {
  await (values.hung === undefined ? soak(folder) : hang(folder, Number(values.hung)));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
