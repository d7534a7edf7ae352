// Measures the engine against its bars by seeded simulation: `tsx test/calibration/run.ts [--short] [--seed N]`.
// Prints bar, must, measured, and last how many bars there are and how many fell short; exits 1 when one did.
import { parseArgs } from 'node:util';
import type { Bar, Setting } from './bar.ts';
import { distributionBars } from './distribution-bars.ts';
import { falseAlarmBars } from './false-alarm-bars.ts';
import { lateOnsetBars } from './late-onset-bars.ts';
import { plumbingBars } from './plumbing-bars.ts';
import { quietBars } from './quiet-bars.ts';
import { segmentBars } from './segment-bars.ts';
import { sizeBars } from './size-bars.ts';
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
].sort((first, second) => rankOf(first.id) - rankOf(second.id));

process.stdout.write(
  `seed ${setting.seed}, ${setting.short ? 'short' : 'full (five to ten minutes)'}; waits are median / 95th percentile in requests\n`,
);
const startedAt = performance.now();
let short = 0;
for (const [index, bar] of bars.entries()) {
  process.stderr.write(`${index + 1}/${bars.length} ${bar.id} …\n`);
  const barStartedAt = performance.now();
  const { measured, met } = bar.measure(setting);
  process.stderr.write(`${((performance.now() - barStartedAt) / 1000).toFixed(1)} s\n`);
  if (!met) short += 1;
  process.stdout.write(
    `${bar.id.padEnd(4)} ${bar.says}: must ${bar.must}; measured ${measured}${met ? '' : '  SHORT'}\n`,
  );
}
process.stderr.write(`${Math.round((performance.now() - startedAt) / 1000)} s\n`);
process.stdout.write(`${bars.length} bars, ${short} short\n`);
if (short > 0) process.exitCode = 1;

/** N-bars by their number, then the others. */
function rankOf(id: string): number {
  return (id.startsWith('N') ? 0 : 100) + Number(id.slice(1));
}
