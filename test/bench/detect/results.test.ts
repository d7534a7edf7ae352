// The recorded figures: the table says what results.json says, and medians, "never" and false-alarm rates are counted as promised.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Results } from './results.ts';
import { falseAlarmsOf, soonest, waitOf } from './summary.ts';
import { tableOf } from './table.ts';

const read = (name: string): string => readFileSync(resolve(import.meta.dirname, name), 'utf8');

describe('the recorded detection figures', () => {
  it('results.md is made of results.json (run.ts --table makes it again)', () => {
    expect(read('results.md')).toBe(`${tableOf(JSON.parse(read('results.json')) as Results)}\n`);
  });
});

describe('counting', () => {
  it('takes the median over all runs, those that found nothing at the end', () => {
    expect(waitOf([30, null, 10, 20])).toEqual({ runs: 4, found: 3, median: 20, p95: null });
    expect(waitOf([5])).toEqual({ runs: 1, found: 1, median: 5, p95: 5 });
  });

  it('calls "never" what is not found in more than half of the runs', () => {
    expect(waitOf([10, null]).median).toBeNull();
    expect(waitOf([]).median).toBeNull();
  });

  it('scales shorter quiet runs to 100,000 requests', () => {
    expect(falseAlarmsOf([null, 7, null, null], 100_000).per100k).toBe(0.25);
    expect(falseAlarmsOf([null, 7, null, null], 50_000).per100k).toBe(0.5);
    expect(falseAlarmsOf([3, 7], 50_000).per100k).toBe(1);
  });

  it('prefers the smaller median, then the smaller percentile, and nobody who never finds', () => {
    const wait = (median: number | null, p95: number | null) => ({ runs: 2, found: 2, median, p95 });
    const named = [
      { method: 'never', wait: wait(null, null) },
      { method: 'not always', wait: wait(5, null) },
      { method: 'always', wait: wait(5, 9) },
      { method: 'later', wait: wait(6, 6) },
    ];
    expect(soonest(named)?.method).toBe('always');
    expect(soonest(named.slice(0, 1))).toBeNull();
  });
});
