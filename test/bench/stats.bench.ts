// What the evidence engine costs: nanoseconds per pair and bytes of state for each part of the panel (N21), and the time to judge all
// hypotheses of 10 arms × 20 segments; beside it what the peers' packages cost on the same stream. The fastest of several batches counts.
// `tsx test/bench/stats.bench.ts [--seed N] [--record]`; `--record` writes what it prints to stats-results.md.
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { randomFor } from '../../src/core/random.ts';
import { bernoulli } from '../../src/core/stats/bernoulli.ts';
import { boundedMean } from '../../src/core/stats/bounded-mean.ts';
import { addDifference, differenceEvidence, differenceSize } from '../../src/core/stats/difference.ts';
import { latencyRatio } from '../../src/core/stats/latency-ratio.ts';
import { pairedKs } from '../../src/core/stats/paired-ks.ts';
import { type Statistic, zeroCounts } from '../../src/core/stats/statistic.ts';
import { trinomial } from '../../src/core/stats/trinomial.ts';
import { addPair, createPanel, judgedMetrics, judgePanel, type PanelPair } from '../calibration/panel.ts';
import { bytesOf, nanosecondsPerPair, somePairs } from '../calibration/size-bars.ts';
import { peerSpeedLines } from './peer-speeds.ts';

const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, record: { type: 'boolean', default: false } },
});
const pairs = somePairs(randomFor(values.seed, 'bench', 'stats'), 2000);

/** Fastest of several batches, in nanoseconds per call. */
function fastest(calls: number, batch: () => void, { rounds = 15 } = {}): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const startedAt = performance.now();
    batch();
    best = Math.min(best, ((performance.now() - startedAt) * 1e6) / calls);
  }
  return best;
}

interface Part {
  readonly name: string;
  readonly size: number;
  readonly bytesPerCount: 4 | 8;
  readonly add: (counts: number[], pair: PanelPair) => void;
  readonly judge: (counts: readonly number[]) => unknown;
  readonly show?: (counts: readonly number[]) => unknown;
}

function part(name: string, statistic: Statistic, rest: Pick<Part, 'add'> & { bytesPerCount?: 8 }): Part {
  const tolerance = statistic.onlyTolerance ?? 0.02;
  const claim = { tolerance, alphaViolated: 0.01, alphaHolds: 0.01 };
  return {
    name,
    size: statistic.size,
    bytesPerCount: rest.bytesPerCount ?? 4,
    add: rest.add,
    judge: (counts) => statistic.logE(counts, tolerance),
    show: (counts) => statistic.evidence(counts, claim),
  };
}

const parts: readonly Part[] = [
  part('Bernoulli counter', bernoulli, { add: (counts, pair) => bernoulli.add(counts, pair.armFlipped ? 1 : 0) }),
  part('paired trinomial', trinomial, {
    add: (counts, pair) => trinomial.add(counts, Number(pair.armFlipped) - Number(pair.controlFlipped)),
  }),
  part('bounded mean of the distance', boundedMean, {
    add: (counts, pair) => boundedMean.add(counts, Math.abs(pair.arm - pair.production)),
    bytesPerCount: 8,
  }),
  part('paired KS, 63 edges', pairedKs, { add: (counts, pair) => pairedKs.add(counts, [pair.production, pair.arm]) }),
  {
    name: 'DIFFERENT against control',
    size: differenceSize,
    bytesPerCount: 4,
    add: (counts, pair) =>
      addDifference(counts, {
        arm: Math.abs(pair.arm - pair.production),
        control: Math.abs(pair.control - pair.production),
        armFlipped: pair.armFlipped,
        controlFlipped: pair.controlFlipped,
      }),
    judge: differenceEvidence,
  },
  part('latency ratio p50', latencyRatio, {
    add: (counts, pair) => latencyRatio.add(counts, [pair.controlMs, pair.armMs]),
  }),
];

const printed: string[] = [];

function print(line: string): void {
  process.stdout.write(`${line}\n`);
  printed.push(line);
}

function row(cells: readonly (string | number)[]): void {
  print(`| ${cells.join(' | ')} |`);
}

function microseconds(calls: number, once: () => unknown): string {
  const nanoseconds = fastest(calls, () => {
    for (let call = 0; call < calls; call++) once();
  });
  return `${(nanoseconds / 1000).toFixed(1)} µs`;
}

row(['part', 'ns per pair', 'state', 'e-values', 'with interval']);
row(['---', '---', '---', '---', '---']);
for (const { name, size, bytesPerCount, add, judge, show } of parts) {
  const counts = zeroCounts(size);
  const time = fastest(
    pairs.length,
    () => {
      for (const pair of pairs) add(counts, pair);
    },
    { rounds: 500 },
  );
  const seen = zeroCounts(size);
  for (const pair of pairs.slice(0, 2000)) add(seen, pair);
  row([
    name,
    time.toFixed(0),
    `${size * bytesPerCount} B`,
    microseconds(200, () => judge(seen)),
    show === undefined ? '–' : microseconds(100, () => show(seen)),
  ]);
}

const whole = bytesOf(createPanel({ withLatency: true }));
const without = bytesOf(createPanel({ withLatency: false }));
const panelNanoseconds = nanosecondsPerPair(pairs, { batches: 1500 });
row(['full panel', panelNanoseconds.toFixed(0), `${whole.packed} B`, '', '']);
row([
  'without latency',
  nanosecondsPerPair(pairs, { batches: 1500, withLatency: false }).toFixed(0),
  `${without.packed} B`,
  '',
  '',
]);

print('');
const arms = 10;
const segments = 20;
const claimOf = (tolerance: number) => ({ tolerance, alphaViolated: 0.01, alphaHolds: 0.01 });
for (const withLatency of [false, true]) {
  const panels = Array.from({ length: arms * segments }, (_, at) => {
    const panel = createPanel({ withLatency });
    for (let index = 0; index < 500; index++) addPair(panel, pairs[(at * 97 + index) % pairs.length] as PanelPair);
    return panel;
  });
  const judged = fastest(1e6, () => {
    for (const panel of panels) judgePanel(panel);
  });
  const shown = fastest(1e6, () => {
    for (const panel of panels)
      for (const { name, statistic, tolerance } of judgedMetrics) {
        const counts = panel[name];
        if (counts !== null) statistic.evidence(counts, claimOf(tolerance));
      }
  });
  print(
    `- ${arms} arms × ${segments} segments ${withLatency ? 'with' : 'without'} latency: ${judged.toFixed(1)} ms for all e-values (bar 20 ms), ${shown.toFixed(1)} ms with every interval`,
  );
}

for (const line of await peerSpeedLines(pairs, panelNanoseconds)) print(line);

if (values.record) {
  const machine = `Node ${process.versions.node}, one core of ${cpus()[0]?.model ?? 'an unnamed processor'}, seed ${values.seed}.`;
  const heading = [
    '# What the evidence engine costs',
    '',
    'Measured and written by `npm run bench:stats -- --record`. The fastest batch counts; on a busy machine figures still move by a factor of two.',
    machine,
    '',
  ];
  writeFileSync(resolve(import.meta.dirname, 'stats-results.md'), `${[...heading, ...printed].join('\n')}\n`);
}
