// Every series of the one metrics file, as a scraper reads it.
import { describe, expect, it } from 'vitest';
import { createMetrics, type MetricsSnapshot } from '../../../src/io/metrics.ts';

const snapshot: MetricsSnapshot = {
  runs: [{ experiment: 'e', run: 'r1', state: 'RUNNING' }],
  arms: [
    {
      experiment: 'e',
      arm: 'candidate',
      received: 10,
      compared: 5,
      inFlight: 2,
      skipped: { duplicate: 1 },
      dropped: { late: 2 },
      statuses: { ok: 4, timeout: 1 },
      isConserved: true,
      latencySeconds: { '0.5': 0.012, '0.99': 0.18 },
    },
  ],
  hypotheses: [
    {
      experiment: 'e',
      arm: 'candidate',
      hypothesis: 'candidate.late.flip',
      verdict: 'HOLDS',
      n: 5,
      estimate: 0.1,
      interval: [0.05, 0.2],
      tolerance: 0.5,
      logEUp: -1,
      logEDown: 5,
    },
    {
      experiment: 'e "quoted"\n\\',
      arm: 'candidate',
      hypothesis: 'empty',
      verdict: 'UNDECIDED',
      n: 0,
      estimate: null,
      interval: null,
      tolerance: 0.5,
      logEUp: Number.NEGATIVE_INFINITY,
      logEDown: 0,
    },
  ],
  sources: [{ source: 'tap', reason: 'queue_full', count: 3 }],
  ignored: { shadow: 4 },
  undeliveredAlerts: 1,
  unmatchedOutcomes: 2,
  watches: {
    late: 3,
    series: [
      { id: 'w', status: 'QUIET', n: 5, seen: 6, tolerance: 0.01, recent: { rate: 0.2, interval: [0.1, 0.4] } },
      { id: 'blind', status: 'NO_DATA', n: 0, seen: 6, tolerance: 0.01, recent: { rate: null, interval: null } },
    ],
  },
};

const families = [
  'penumbra_exchanges_received',
  'penumbra_exchanges_compared',
  'penumbra_exchanges_in_flight',
  'penumbra_exchanges_skipped',
  'penumbra_exchanges_dropped',
  'penumbra_arm_outcomes',
  'penumbra_conservation_ok',
  'penumbra_arm_latency_seconds',
  'penumbra_hypothesis_verdict',
  'penumbra_hypothesis_observations',
  'penumbra_hypothesis_estimate',
  'penumbra_hypothesis_interval',
  'penumbra_hypothesis_tolerance',
  'penumbra_hypothesis_log_evidence',
  'penumbra_run_state',
  'penumbra_source_losses',
  'penumbra_exchanges_ignored',
  'penumbra_alerts_undelivered',
  'penumbra_outcomes_unmatched',
  'penumbra_watch_state',
  'penumbra_watch_requests',
  'penumbra_watch_observations',
  'penumbra_watch_rate',
  'penumbra_watch_interval',
  'penumbra_watch_tolerance',
  'penumbra_watch_late',
];

/** One sample of the text exposition format 0.0.4. */
const sampleLine =
  /^([a-zA-Z_:][\w:]*)(\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)*\})? (-?[\d.]+(?:e[-+]?\d+)?|NaN|[-+]?Inf)$/;

function parse(text: string): Map<string, number> {
  const samples = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const found = sampleLine.exec(line);
    if (found === null) throw new Error(`not a sample: ${line}`);
    samples.set(`${found[1]}${found[2] ?? ''}`, Number(found[3]));
  }
  return samples;
}

describe('/metrics', () => {
  it('holds every series with help, type and values, and nothing but valid lines', async () => {
    const { text, contentType } = await createMetrics(() => snapshot).expose();
    expect(contentType).toContain('text/plain');
    const types = [...text.matchAll(/^# TYPE (\S+) gauge$/gm)].map(([, name]) => name);
    expect(types.toSorted()).toEqual(families.toSorted());
    for (const name of families) expect(text).toMatch(new RegExp(`^# HELP ${name} [A-Z0-9].{10,}$`, 'm'));
    const samples = parse(text);
    for (const name of families) {
      expect(
        [...samples.keys()].some((series) => series.startsWith(name)),
        name,
      ).toBe(true);
      expect(name).toMatch(/^penumbra_[a-z_]+$/);
    }
  });

  it('says the numbers of the snapshot, the law of conservation among them', async () => {
    const samples = parse((await createMetrics(() => snapshot).expose()).text);
    const arm = '{experiment="e",arm="candidate"';
    expect(samples.get(`penumbra_exchanges_received${arm}}`)).toBe(10);
    expect(samples.get(`penumbra_exchanges_skipped${arm},reason="duplicate"}`)).toBe(1);
    expect(samples.get(`penumbra_exchanges_dropped${arm},reason="late"}`)).toBe(2);
    expect(samples.get(`penumbra_conservation_ok${arm}}`)).toBe(1);
    expect(samples.get(`penumbra_arm_latency_seconds${arm},quantile="0.99"}`)).toBe(0.18);
    const flip = `${arm},hypothesis="candidate.late.flip"`;
    expect(samples.get(`penumbra_hypothesis_verdict${flip},verdict="HOLDS"}`)).toBe(1);
    expect(samples.get(`penumbra_hypothesis_verdict${flip},verdict="VIOLATED"}`)).toBe(0);
    expect(samples.get(`penumbra_hypothesis_interval${flip},bound="upper"}`)).toBe(0.2);
    expect(samples.get('penumbra_run_state{experiment="e",run="r1",state="RUNNING"}')).toBe(1);
    expect(samples.get('penumbra_watch_state{watch="w",state="QUIET"}')).toBe(1);
    expect(samples.get('penumbra_watch_state{watch="blind",state="NO_DATA"}')).toBe(1);
    expect(samples.get('penumbra_watch_interval{watch="w",bound="lower"}')).toBe(0.1);
    expect(samples.has('penumbra_watch_rate{watch="blind"}')).toBe(false);
    expect(samples.get('penumbra_watch_late')).toBe(3);
    const broken = { ...snapshot, arms: snapshot.arms.map((one) => ({ ...one, isConserved: false })) };
    const after = parse((await createMetrics(() => broken).expose()).text);
    expect(after.get(`penumbra_conservation_ok${arm}}`)).toBe(0);
  });

  it('forgets a run that is gone', async () => {
    let now: MetricsSnapshot = snapshot;
    const metrics = createMetrics(() => now);
    await metrics.expose();
    now = { ...snapshot, arms: [], hypotheses: [], runs: [] };
    const { text } = await metrics.expose();
    expect([...parse(text).keys()].some((series) => series.includes('experiment='))).toBe(false);
  });
});
