import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addLatency,
  createLatencyCounts,
  latencyBucketEndMs,
  latencyBucketOf,
  latencyQuantile,
} from '../../../../src/core/stats/latency-histogram.ts';
import { mergeCounts } from '../../../../src/core/stats/statistic.ts';

describe('latency histogram', () => {
  it('puts every latency into the bucket that ends at or above it, 2.31 % coarse', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.11, max: 100_000, noNaN: true }), (latencyMs) => {
        const end = latencyBucketEndMs(latencyBucketOf(latencyMs));
        expect(end).toBeGreaterThanOrEqual(latencyMs * (1 - 1e-9));
        expect(end).toBeLessThan(latencyMs * 1.0232);
      }),
    );
  });

  it('reads a quantile within a bucket of the sorted sample', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.2, max: 50_000, noNaN: true }), { minLength: 1, maxLength: 300 }),
        fc.constantFrom(0.5, 0.9, 0.99, 1),
        (latencies, p) => {
          const counts = createLatencyCounts();
          for (const latency of latencies) addLatency(counts, latency);
          const exact = [...latencies].sort((a, b) => a - b)[Math.ceil(p * latencies.length - 1e-9) - 1] as number;
          const read = latencyQuantile(counts, p) as number;
          expect(read).toBeGreaterThanOrEqual(exact * (1 - 1e-9));
          expect(read).toBeLessThan(exact * 1.0232);
        },
      ),
    );
  });

  it('merges by addition', () => {
    const [whole, left, right] = [createLatencyCounts(), createLatencyCounts(), createLatencyCounts()];
    for (let index = 1; index <= 1000; index++) {
      addLatency(whole, index / 7);
      addLatency(index % 3 === 0 ? left : right, index / 7);
    }
    expect(mergeCounts(left, right)).toEqual(whole);
  });

  it('keeps what is faster than 0.1 ms and slower than its last bucket', () => {
    const counts = createLatencyCounts();
    addLatency(counts, 0);
    addLatency(counts, 1e9);
    expect(counts[0]).toBe(1);
    expect(counts.at(-1)).toBe(1);
    expect(latencyQuantile(counts, 1)).toBeGreaterThan(100_000);
  });

  it('has no quantile without data, and refuses what is no latency or no share', () => {
    expect(latencyQuantile(createLatencyCounts(), 0.99)).toBeNull();
    expect(() => addLatency(createLatencyCounts(), Number.NaN)).toThrow(/requires milliseconds/);
    expect(() => addLatency(createLatencyCounts(), -1)).toThrow(/requires milliseconds/);
    expect(() => addLatency(createLatencyCounts(), '20' as never)).toThrow(/requires milliseconds/);
    expect(() => latencyQuantile([1], 0)).toThrow(/requires a share/);
    expect(() => latencyQuantile([1], '0.5' as never)).toThrow(/requires a share/);
  });
});
