import { describe, expect, it } from 'vitest';
import { createObserver, type Observer } from '../../../../src/core/judge/observe.ts';
import { binary, failing, late, ok, pairOf } from '../pairs.ts';
import { hypothesisOf } from './hypotheses.ts';

describe('createObserver', () => {
  it('counts a pair into the hypothesis’s statistic, and says when it is not in n', () => {
    const observer = createObserver(hypothesisOf(), late);
    const counts = new Array<number>(observer.size).fill(0);
    expect(observer.observe(counts, pairOf(binary(0.1), ok(binary(0.9))))).toBe(true);
    expect(observer.observe(counts, pairOf(binary(0.1), failing('error')))).toBe(false);
    expect(counts).toEqual([1, 1]);
  });

  it('counts against the control in three cells', () => {
    const observer = createObserver(hypothesisOf({ metric: 'error', decision: null, against: 'control' }), null);
    const counts = new Array<number>(observer.size).fill(0);
    observer.observe(counts, pairOf(binary(0.1), failing('error'), ok(binary(0.1))));
    observer.observe(counts, pairOf(binary(0.1), ok(binary(0.1)), failing('error')));
    expect(counts).toEqual([2, 1, 1]);
  });

  it('counts latencies on the buckets of the hypothesis’s own tolerance', () => {
    const latency = { metric: 'latency', decision: null, against: 'control' } as const;
    const [fine, coarse] = [0.05, 0.5].map((tolerance) =>
      createObserver(hypothesisOf({ ...latency, tolerance }), null),
    );
    expect(fine?.size).toBeGreaterThan(2 * (coarse?.size ?? 0));
    for (const observer of [fine, coarse] as Observer[]) {
      const counts = new Array<number>(observer.size).fill(0);
      expect(observer.observe(counts, pairOf(binary(0.1), ok(binary(0.1)), ok(binary(0.9))))).toBe(true);
      expect(observer.observe(counts, pairOf(binary(0.1), ok(binary(0.1)), failing('timeout')))).toBe(false);
      expect(counts[0]).toBe(1);
    }
  });

  it('waits for the truth with worse, and then counts labels', () => {
    const observer = createObserver(hypothesisOf({ metric: 'worse' }), late);
    const counts = new Array<number>(observer.size).fill(0);
    expect(observer.waitsForTruth).toBe(true);
    expect(observer.observe(counts, pairOf(binary(0.1), ok(binary(0.9))))).toBe(false);
    expect(observer.observeTruth(counts, { production: 'true', arm: 'false', truth: 'true' })).toBe(true);
    expect(observer.observeTruth(counts, { production: 'true', arm: null, truth: 'true' })).toBe(false);
    expect(counts).toEqual([1, 1, 0]);
  });

  it('names what is known when the metric is not', () => {
    expect(() => createObserver(hypothesisOf({ metric: 'flips' }), late)).toThrow(
      /metric "flips" is unknown; known: flip, /,
    );
  });
});
