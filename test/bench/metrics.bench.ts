// How long one answer of /metrics takes with 50 arms × 20 segments: reading the evidence of every hypothesis and segment out of its counts,
// and writing the text. The aim is 100 ms. `tsx test/bench/metrics.bench.ts [--arms N] [--segments N]`
import { parseArgs } from 'node:util';
import { createComparatorForTest } from '../support/comparator.ts';

const { values } = parseArgs({
  options: { arms: { type: 'string', default: '50' }, segments: { type: 'string', default: '20' } },
});
const [armCount, segmentCount] = [Number(values.arms), Number(values.segments)];
const names = Array.from({ length: armCount }, (_, index) => `arm${index}`);

const t = await createComparatorForTest({
  arms: { control: '', ...Object.fromEntries(names.map((name) => [name, 'perturb: [{shift: speed, by: 1}]'])) },
  expect: Object.fromEntries(
    names.flatMap((name) => [
      [`${name}.late`, 'flip: at most 0.1%, silentWrong: at most 0.1%'],
      [`${name}.late per origin`, 'silentWrong: at most 0.1%'],
    ]),
  ),
  top: { segments: `{origin: {header: x-origin, most: ${segmentCount + 5}, atLeast: 1}}` },
  settings: { maxPairs: '100000', stopWhen: '[production.p99 above 250ms]' },
});
for (let sent = 0; sent < segmentCount * 30; sent++) {
  t.deliver({ id: `r${sent}`, headers: { 'x-origin': `segment ${sent % segmentCount}` } });
}
await t.at(15);
const { comparator } = t.app;
const timesMs: number[] = [];
let text = '';
for (let round = 0; round < 15; round++) {
  const startedAt = performance.now();
  ({ text } = await comparator.metrics());
  timesMs.push(performance.now() - startedAt);
}
const sorted = timesMs.toSorted((one, other) => one - other);
const shown = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
const leftOut = shown
  .find((line) => line.includes('penumbra_series_left_out{subject="all"'))
  ?.split(' ')
  .at(-1);
const segments = t.run().arms.flatMap(({ hypotheses }) => hypotheses.flatMap((one) => one.segments)).length;
process.stdout.write(
  `${armCount} arms, ${segments} segments of hypotheses: first answer ${timesMs[0]?.toFixed(1)} ms, median ${sorted[7]?.toFixed(1)} ms, ` +
    `slowest ${sorted.at(-1)?.toFixed(1)} ms; ${shown.length} series, ${leftOut} left out\n`,
);
await t.stop();
