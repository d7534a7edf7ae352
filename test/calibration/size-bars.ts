// N21: what counting costs. State is exact; time is the best of several batches, so that a busy machine does not decide.
import type { Random } from '../../src/core/random.ts';
import { type Bar, randomOf } from './bar.ts';
import { addPair, createPanel, type Panel, type PanelPair } from './panel.ts';

/** A model and a control with small differences, 1 % material, and log-normal latencies. */
function somePair(random: Random): PanelPair {
  const production = random.uniform();
  const near = (): number => Math.min(1, Math.max(0, production + 0.01 * random.normal()));
  const slow = random.normal();
  return {
    production,
    arm: near(),
    control: near(),
    armFlipped: random.uniform() < 0.01,
    controlFlipped: random.uniform() < 0.01,
    failed: 0,
    armMs: 20 * Math.exp(0.5 * slow),
    controlMs: 20 * Math.exp(0.5 * (0.8 * slow + 0.6 * random.normal())),
  };
}

export function somePairs(random: Random, length: number): readonly PanelPair[] {
  return Array.from({ length }, () => somePair(random));
}

/** Nanoseconds per pair of the panel: the fastest batch. Short batches find a moment in which nothing else runs. */
export function nanosecondsPerPair(
  pairs: readonly PanelPair[],
  { batches, withLatency = true }: { batches: number; withLatency?: boolean },
): number {
  let best = Number.POSITIVE_INFINITY;
  const panel = createPanel({ withLatency });
  for (let batch = 0; batch < batches; batch++) {
    const startedAt = performance.now();
    for (const pair of pairs) addPair(panel, pair);
    best = Math.min(best, ((performance.now() - startedAt) * 1e6) / pairs.length);
  }
  return best;
}

/** Bytes as 32-bit integers (64 for the hat weights, which grow 1024 times as fast), and as JavaScript numbers in memory. */
export function bytesOf(panel: Panel): { packed: number; inMemory: number } {
  const counts = Object.values(panel).reduce((sum: number, part: number[] | null) => sum + (part?.length ?? 0), 0);
  return { packed: 4 * counts + 4 * panel.mean.length, inMemory: 8 * counts };
}

export const sizeBars: readonly Bar[] = [
  {
    id: 'N21',
    says: 'full panel: time per pair with latency; state per arm and segment without and with latency, as 32-bit counts',
    must: '≤ 150 ns (barred in the full run only), ≤ 2 KB, ≤ 16 KB',
    measure(setting) {
      const time = nanosecondsPerPair(somePairs(randomOf(setting, 'N21'), 2000), {
        batches: setting.short ? 100 : 2000,
      });
      const without = bytesOf(createPanel({ withLatency: false }));
      const whole = bytesOf(createPanel({ withLatency: true }));
      return {
        measured: `${Math.round(time)} ns, ${without.packed} B, ${whole.packed} B (as JavaScript numbers ${without.inMemory} B and ${whole.inMemory} B)`,
        met: (setting.short || time <= 150) && without.packed <= 2048 && whole.packed <= 16_384,
      };
    },
  },
];
