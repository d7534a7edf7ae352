// Measures the engine against its bars by seeded simulation: `tsx test/calibration/run.ts [--short] [--seed N]`.
// Prints bar, must, measured; then the same figures on the flight models' real answers, which are not barred; and last how many bars
// there are and how many fell short. Exits 1 when one did.
import { parseArgs } from 'node:util';
import { readAnswers } from './answers.ts';
import type { Bar, Setting } from './bar.ts';
import type { Beside } from './beside.ts';
import { ratesBeside } from './beside-rates.ts';
import { waitsBeside } from './beside-waits.ts';
import { distributionBars } from './distribution-bars.ts';
import { falseAlarmBars } from './false-alarm-bars.ts';
import { lateOnsetBars } from './late-onset-bars.ts';
import { plumbingBars } from './plumbing-bars.ts';
import { quietBars } from './quiet-bars.ts';
import { segmentBars } from './segment-bars.ts';
import { sizeBars } from './size-bars.ts';
import { stopBars } from './stop-bars.ts';
import { waitingBars } from './waiting-bars.ts';

const { values } = parseArgs({
  options: { short: { type: 'boolean', default: false }, seed: { type: 'string', default: '1' } },
});
const setting: Setting = { seed: values.seed, short: values.short };
const bars: readonly Bar[] = [
  ...quietBars,
  ...waitingBars,
  ...falseAlarmBars,
  ...distributionBars,
  ...lateOnsetBars,
  ...plumbingBars,
  ...segmentBars,
  ...sizeBars,
  ...stopBars,
].sort((first, second) => rankOf(first.id) - rankOf(second.id));
const besides: readonly Beside[] = [...ratesBeside, ...waitsBeside].sort(
  (first, second) => rankOf(first.id) - rankOf(second.id),
);

process.stdout.write(
  `seed ${setting.seed}, ${setting.short ? 'short (less than a minute)' : 'full (ten to twenty minutes)'}; waits are median / 95th percentile in requests\n`,
);
const startedAt = performance.now();
let short = 0;
for (const bar of bars) {
  const { measured, met } = timed(bar.id, () => bar.measure(setting));
  if (!met) short += 1;
  process.stdout.write(
    `${bar.id.padEnd(4)} ${bar.says}: must ${bar.must}; measured ${measured}${met ? '' : '  SHORT'}\n`,
  );
}
process.stdout.write(
  "the same figures on the flight models' real answers, in the flights' own order with its quiet nights (not barred):\n",
);
const answers = await readAnswers();
for (const beside of besides) {
  const measured = timed(beside.id, () => beside.measure({ setting, answers }));
  process.stdout.write(`${beside.id.padEnd(4)} ${beside.says}: ${measured}\n`);
}
process.stdout.write(`took ${Math.round((performance.now() - startedAt) / 1000)} s\n`);
process.stdout.write(`${bars.length} bars, ${short} short\n`);
if (short > 0) process.exitCode = 1;

/** Says on the error stream what runs and for how long it did. */
function timed<Result>(id: string, measure: () => Result): Result {
  process.stderr.write(`${id} … `);
  const before = performance.now();
  const result = measure();
  process.stderr.write(`${((performance.now() - before) / 1000).toFixed(1)} s\n`);
  return result;
}

/** N-bars by their number, then the others. */
function rankOf(id: string): number {
  return (id.startsWith('N') ? 0 : 100) + Number(id.slice(1));
}
