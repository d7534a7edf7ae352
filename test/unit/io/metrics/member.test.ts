// What a comparator among others exports: every family with a sample, valid by promtool, within its room.
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { ComparingSeries } from '../../../../src/io/metrics/comparing.ts';
import { createMemberMetrics } from '../../../../src/io/metrics/member.ts';
import { parseSamples } from '../../../support/exposition.ts';

const about = { service: 'shop', version: '1.2.3' };
const series: ComparingSeries = {
  isReady: true,
  exchanges: 12,
  pairs: [{ experiment: 'release', arm: 'candidate', count: 11 }],
  partitions: 2,
  lags: [
    { partition: 0, records: 3 },
    { partition: 7, records: 0 },
  ],
  progressAtMs: 1_760_000_000_500,
  judgeSilentMs: 250,
  rejects: { foreign: 2 },
  stalls: 1,
  crashes: 0,
  rebalances: 4,
};

const exposed = async (now: ComparingSeries | null = series, more = {}): Promise<string> =>
  (await createMemberMetrics(() => now, { ...about, ...more }).expose()).text;

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
if (!hasPromtool) process.stdout.write('SKIPPED: promtool is not installed, so it did not check the metrics\n');

describe('/metrics of a comparator among others', () => {
  it('has a sample of every family, but for what a waiting judge says', async () => {
    const keys = [...parseSamples(await exposed()).keys()].map((key) => key.replace(/\{.*/, ''));
    const names = createMemberMetrics(() => series, about)
      .families()
      .map(({ name }) => name);
    expect(names.filter((name) => !keys.includes(name))).toEqual(['penumbra_judge_waits']);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  });

  it('says the numbers, with zeros for what has not happened yet', async () => {
    const samples = parseSamples(await exposed());
    const expected = {
      penumbra_compare_ready: 1,
      penumbra_compare_exchanges_total: 12,
      'penumbra_compare_pairs_total{experiment="release",arm="candidate"}': 11,
      'penumbra_compare_lag_records{partition="0"}': 3,
      'penumbra_compare_lag_records{partition="7"}': 0,
      penumbra_compare_last_progress_timestamp_seconds: 1_760_000_000.5,
      penumbra_compare_judge_silent_seconds: 0.25,
      'penumbra_compare_rejects_total{reason="foreign"}': 2,
      'penumbra_compare_rejects_total{reason="malformed"}': 0,
      'penumbra_compare_restarts_total{why="stall"}': 1,
      'penumbra_compare_restarts_total{why="crash"}': 0,
      penumbra_compare_rebalances_total: 4,
    };
    expect(Object.fromEntries(Object.keys(expected).map((key) => [key, samples.get(key)]))).toEqual(expected);
  });

  it('of a judge that waits says that it waits', async () => {
    const samples = parseSamples(await exposed(null));
    expect([samples.get('penumbra_judge_waits'), samples.has('penumbra_compare_ready')]).toEqual([1, false]);
  });

  it('stays within its room however many partitions there are, and says what it left out', async () => {
    const lags = Array.from({ length: 3000 }, (_, partition) => ({ partition, records: partition }));
    const samples = parseSamples(await exposed({ ...series, lags }));
    expect(samples.size).toBeLessThanOrEqual(2000);
    expect(samples.get('penumbra_series_left_out{subject="lags"}')).toBe(2000);
  });

  it.skipIf(!hasPromtool)('is valid by promtool check metrics, whose advice is taken too', async () => {
    const input = await exposed();
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });
    expect([stdout, stderr, status]).toEqual(['', '', 0]);
  });
});
