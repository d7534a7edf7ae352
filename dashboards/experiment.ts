// One experiment: estimate and interval against the limit, evidence climbing to what it must reach, the noise floor, latencies.

import { PanelBuilder as HeatmapPanel } from '@grafana/grafana-foundation-sdk/heatmap';
import { PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import {
  dashboard,
  named,
  ofExperiment,
  query,
  row,
  rows,
  samplesLink,
  series,
  source,
  table,
  variable,
} from './parts.ts';

const ofHypothesis = `${ofExperiment}, hypothesis=~"$hypothesis"`;
const withRun = '* on (service, experiment) group_left (run) max by (service, experiment, run) (penumbra_run_state)';

const verdicts = table(
  {
    title: 'Hypotheses',
    description: 'What is claimed and what is known of it; each row leads to the divergent requests of its arm',
    unit: 'none',
  },
  [rows(`penumbra_hypothesis_verdict{${ofExperiment}} ${withRun}`)],
).dataLinks([samplesLink]);

const estimate = series(
  {
    title: 'Estimate, interval and limit: $hypothesis',
    description:
      'The interval covers the true value at all times at once. Within the limit once it is all on the right side; the noise floor is what the control, the same version asked again, does',
    unit: 'none',
  },
  [
    query(`penumbra_hypothesis_estimate{${ofHypothesis}}`, '{{arm}} estimate'),
    query(`penumbra_hypothesis_interval{${ofHypothesis}}`, '{{arm}} {{bound}}'),
    query(`penumbra_hypothesis_tolerance{${ofHypothesis}}`, '{{arm}} limit'),
    query(
      `penumbra_hypothesis_estimate{${ofExperiment}, role="control"} and on (service, experiment, metric) penumbra_hypothesis_estimate{${ofHypothesis}}`,
      'noise floor {{hypothesis}}',
    ),
  ],
);

const evidence = series(
  {
    title: 'Evidence: $hypothesis',
    description:
      'Logarithm of the e-value: a verdict stands once it has reached its line; up is over the limit, down within it',
    unit: 'none',
  },
  [
    query(`penumbra_hypothesis_log_evidence{${ofHypothesis}}`, '{{arm}} {{direction}}'),
    query(`penumbra_hypothesis_log_evidence_needed{${ofHypothesis}}`, '{{arm}} {{direction}} needed'),
  ],
);

const observations = [
  series(
    {
      title: 'Observations: $hypothesis',
      description: 'Behind the verdict, and how many more it needs at this estimate',
      unit: 'short',
    },
    [
      query(`penumbra_hypothesis_observations{${ofHypothesis}}`, '{{arm}} seen'),
      query(`penumbra_hypothesis_still_needed{${ofHypothesis}}`, '{{arm}} still needed'),
    ],
  ),
  series({ title: 'Outcomes', description: 'What the arms made of their requests', unit: 'reqps' }, [
    query(
      `sum by (arm, status) (rate(penumbra_arm_outcomes{${ofExperiment}}[$__rate_interval]))`,
      '{{arm}} {{status}}',
    ),
  ]),
  table({ title: 'Segments', description: 'Estimate in each segment that is shown', unit: 'none' }, [
    rows(`penumbra_segment_estimate{${ofExperiment}}`),
  ]),
];

const quantile = (share: number, metric: string, by: string): string =>
  `histogram_quantile(${share}, sum by (le${by}) (rate(${metric}_bucket{${ofExperiment}}[$__rate_interval])))`;

const latency = [
  series(
    {
      title: 'Latency: median and 99th percentile',
      description: 'The arms’ ok answers beside production’s on the same requests',
      unit: 's',
    },
    [
      query(quantile(0.5, 'penumbra_arm_latency_seconds', ', arm'), '{{arm}} p50'),
      query(quantile(0.99, 'penumbra_arm_latency_seconds', ', arm'), '{{arm}} p99'),
      query(quantile(0.5, 'penumbra_production_latency_seconds', ''), 'production p50'),
      query(quantile(0.99, 'penumbra_production_latency_seconds', ''), 'production p99'),
    ],
  ),
  distribution(
    'Latency of production',
    `sum by (le) (increase(penumbra_production_latency_seconds_bucket{${ofExperiment}}[$__rate_interval]))`,
  ),
  distribution(
    'Latency of $arm',
    `sum by (le) (increase(penumbra_arm_latency_seconds_bucket{${ofExperiment}, arm=~"$arm"}[$__rate_interval]))`,
  ),
];

function distribution(title: string, expr: string): HeatmapPanel {
  return new HeatmapPanel()
    .title(title)
    .description('Requests by how long they took')
    .unit('s')
    .datasource(source)
    .targets(named([query(expr, '{{le}}').format(PromQueryFormat.Heatmap)]));
}

export const experiment = dashboard(
  {
    uid: 'penumbra-experiment',
    title: 'Experiment',
    description: 'Estimate with its interval against the limit, evidence, noise floor, latencies',
  },
  {
    more: [
      variable('hypothesis', 'Hypothesis', `label_values(penumbra_hypothesis_estimate{${ofExperiment}}, hypothesis)`),
      variable('arm', 'Arm', `label_values(penumbra_arm_info{${ofExperiment}}, arm)`),
    ],
    rows: [row(8, verdicts), row(9, estimate, evidence), row(8, ...observations), row(9, ...latency)],
  },
);
