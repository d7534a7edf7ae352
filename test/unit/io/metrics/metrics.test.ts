// Every series of the metrics, as a scraper reads it: by prom's own tool where that is installed.
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { latencyBucketEndMs } from '../../../../src/core/stats/latency-histogram.ts';
import { createMetrics, type MetricsSnapshot } from '../../../../src/io/metrics/index.ts';
import { parseSamples } from '../../../support/exposition.ts';
import { countsOf, largeSnapshot, snapshot } from '../../../support/metrics-snapshot.ts';

const about = { service: 'shop', version: '1.2.3' };

async function samplesOf(given: MetricsSnapshot, more: { mostSeries?: number } = {}): Promise<Map<string, number>> {
  return parseSamples((await createMetrics(() => given, { ...about, ...more }).expose()).text);
}

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
if (!hasPromtool) process.stdout.write('SKIPPED: promtool is not installed, so it did not check the metrics\n');

describe('/metrics', () => {
  it('has a sample of every family with all its labels and the service, and nothing but valid lines', async () => {
    const metrics = createMetrics(() => snapshot, about);
    const { text, contentType } = await metrics.expose();
    expect(contentType).toContain('text/plain');
    const series = [...parseSamples(text).keys()];
    for (const { name, type, labels, help } of metrics.families()) {
      expect(help).toMatch(/^[A-Z0-9].{10,}/);
      expect(text).toContain(`# HELP ${name} `);
      expect(text).toContain(`# TYPE ${name} ${type}`);
      const suffix = type === 'histogram' ? '_bucket' : '';
      const named = series.filter((one) => one.split('{')[0] === `${name}${suffix}`);
      expect(named.length, name).toBeGreaterThan(0);
      for (const label of labels) expect(named.join(), name).toContain(`${label}="`);
    }
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(lines.filter((line) => !line.includes('service="shop"'))).toEqual([]);
  });

  it.skipIf(!hasPromtool)('is valid by promtool check metrics, whose advice is taken too', async () => {
    const { text } = await createMetrics(() => snapshot, about).expose();
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
    expect([stdout, stderr, status]).toEqual(['', '', 0]);
  });

  it('says the numbers of the snapshot, the law of conservation among them', async () => {
    const samples = await samplesOf(snapshot);
    const own = 'experiment="e",arm="candidate"';
    const flip = `${own},role="candidate",hypothesis="candidate.late.flip",metric="flip"`;
    const expected: Readonly<Record<string, number>> = {
      [`penumbra_exchanges_received{${own}}`]: 10,
      [`penumbra_exchanges_skipped{${own},reason="duplicate"}`]: 1,
      [`penumbra_exchanges_dropped{${own},reason="late"}`]: 2,
      [`penumbra_conservation_ok{${own}}`]: 1,
      [`penumbra_hypothesis_verdict{${flip},notify="page",verdict="HOLDS"}`]: 1,
      [`penumbra_hypothesis_interval{${flip},bound="upper"}`]: 0.2,
      [`penumbra_hypothesis_log_evidence_needed{${flip},direction="down"}`]: 4.6,
      [`penumbra_process_recovery_seconds{${own},of="longest"}`]: 0.9,
      'penumbra_run_state{experiment="e",run="r1",state="RUNNING"}': 1,
      'penumbra_runs_ended_total{experiment="e",state="ABORTED"}': 2,
      penumbra_kill_switch_engaged: 0,
      'penumbra_watch_state{watch="blind",notify="page",state="NO_DATA"}': 1,
      'penumbra_watch_interval{watch="w",bound="lower"}': 0.1,
      penumbra_watch_late: 3,
      'penumbra_dependency_slo_ok{dependency="feature-store"}': 0,
      'penumbra_dependency_latency_percentile_seconds{dependency="feature-store",percentile="99"}': 0.8,
      penumbra_drill_last_success_timestamp_seconds: 1_700_000_000,
      penumbra_tap_up: 1,
      'penumbra_tap_blind_connections{reason="tls"}': 4,
      'penumbra_series_left_out{subject="all"}': 0,
    };
    expect(Object.fromEntries(Object.keys(expected).map((name) => [name, samples.get(name)]))).toEqual(expected);
    const names = [...samples.keys()].join('\n');
    for (const absent of ['verdict="VIOLATED",role', 'penumbra_watch_rate{watch="blind"}']) {
      expect(names).not.toContain(absent);
    }
    const broken = { ...snapshot, arms: snapshot.arms.map((one) => ({ ...one, isConserved: false })) };
    expect((await samplesOf(broken)).get(`penumbra_conservation_ok{${own}}`)).toBe(0);
  });

  it('forgets what is gone', async () => {
    let now: MetricsSnapshot = snapshot;
    const metrics = createMetrics(() => now, about);
    await metrics.expose();
    const drills = { results: {}, detectionMs: null, deliveryMs: null, arrivalMs: null, lastSuccessAt: null };
    now = {
      ...snapshot,
      arms: [],
      hypotheses: [],
      latencies: [],
      drills,
      runs: { ...snapshot.runs, active: [], ended: [] },
    };
    const series = [...parseSamples((await metrics.expose()).text).keys()];
    expect(series.filter((one) => /experiment=|penumbra_drill/.test(one))).toEqual([]);
    expect(series).toContain('penumbra_watch_late');
  });
});

describe('a latency histogram', () => {
  it('is cumulative, exact at its edges, and adds up', async () => {
    const samples = await samplesOf(snapshot);
    const name = 'penumbra_arm_latency_seconds';
    const own = 'experiment="e",arm="candidate"';
    const buckets = [...samples]
      .filter(([series]) => series.startsWith(`${name}_bucket{${own}`))
      .map(([series, count]) => [/le="([^"]+)"/.exec(series)?.[1] ?? '', count] as const);
    const [first] = buckets[0] ?? [''];
    // Bucket 64 ends at the first edge, the slower ones lie beyond it.
    expect(Number(first)).toBeGreaterThanOrEqual(latencyBucketEndMs(64) / 1000);
    expect(Number(first)).toBeLessThan(latencyBucketEndMs(65) / 1000);
    expect(buckets.map(([, count]) => count)).toEqual([3, ...Array<number>(20).fill(6), 10]);
    expect(buckets.at(-1)).toEqual(['+Inf', 10]);
    expect(samples.get(`${name}_count{${own}}`)).toBe(10);
    const sum = samples.get(`${name}_sum{${own}}`) ?? 0;
    expect(sum).toBeGreaterThan(4 * 128);
    expect(sum).toBeLessThan(4 * 134);
  });

  it('has a sum within 1.2 % of the true one', async () => {
    const latencies = [{ experiment: 'e', arm: null, counts: countsOf([300, 1000]) }];
    const sum = (await samplesOf({ ...snapshot, latencies })).get(
      'penumbra_production_latency_seconds_sum{experiment="e"}',
    );
    for (const bucket of [299, 300]) {
      const true_ = latencyBucketEndMs(bucket);
      expect(Math.abs((sum ?? 0) / true_ - 1)).toBeLessThan(0.012);
    }
  });
});

describe('the room for series', () => {
  it('holds, whatever the traffic’s names are, and says what had none', async () => {
    for (const size of [
      { arms: 50, segments: 20 },
      { arms: 3, segments: 5000 },
      { arms: 2000, segments: 0 },
    ]) {
      const samples = await samplesOf(largeSnapshot(size));
      expect(samples.size).toBeLessThanOrEqual(2000);
      const isSummedUp = [...samples.keys()].some((series) => series.includes('segment="other"'));
      expect(isSummedUp || (samples.get('penumbra_series_left_out{subject="all"}') ?? 0) > 0).toBe(true);
    }
    expect(
      (await samplesOf(largeSnapshot({ arms: 50, segments: 20 }))).get('penumbra_series_left_out{subject="all"}'),
    ).toBeGreaterThan(1000);
    expect((await samplesOf(largeSnapshot({ arms: 3, segments: 3 }), { mostSeries: 60 })).size).toBeLessThanOrEqual(60);
  });

  it('is first for what alerts rest on', async () => {
    const samples = await samplesOf(largeSnapshot({ arms: 50, segments: 20 }));
    const verdicts = [...samples.keys()].filter((series) => series.startsWith('penumbra_hypothesis_verdict'));
    expect(verdicts).toHaveLength(250);
    const half = [...(await samplesOf(largeSnapshot({ arms: 50, segments: 20 }), { mostSeries: 120 })).keys()];
    const loud = half.filter((series) => series.startsWith('penumbra_hypothesis_verdict'));
    expect(loud.filter((series) => !series.includes('verdict="VIOLATED"}')).length).toBeLessThan(loud.length - 49);
  });

  it('shows the segments over the limit first, and sums up the rest as other', async () => {
    const samples = await samplesOf(largeSnapshot({ arms: 1, segments: 100 }));
    const shown = [...samples.keys()].filter((series) => series.startsWith('penumbra_segment_verdict'));
    expect(shown).toHaveLength(20);
    expect(shown.some((series) => series.includes('verdict="VIOLATED"'))).toBe(true);
    const [other] = [...samples].filter(([series]) => /segment_observations.*segment="other"/.test(series));
    // All of 0 … 99 but segment 3, which is over the limit, and the 19 with the most observations.
    expect(other?.[1]).toBe(4950 - 3 - (81 + 99) * 9.5);
  });
});
