// What every version does under every fault of every feature: the latest robustness card as a heat map, and the fault arms of now.
import { TableCellBackgroundDisplayMode, TableCellDisplayMode } from '@grafana/grafana-foundation-sdk/common';
import { FieldColorBuilder, FieldColorModeId } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboard, ofExperiment, ofService, query, row, rows, series, stat, table, variable } from './parts.ts';

const ofCell = `${ofService}, version=~"$version", metric=~"$metric"`;

const heatMap = table(
  {
    title: '$metric of $version: feature × fault',
    description:
      'Rate in each cell of the latest robustness card; the number stands in the cell, the colour only repeats it',
    unit: 'percentunit',
  },
  [rows(`max by (feature, fault) (penumbra_robustness_rate{${ofCell}})`)],
)
  .transformations([
    {
      id: 'groupingToMatrix',
      options: { columnField: 'fault', rowField: 'feature', valueField: 'Value', emptyValue: 'null' },
    },
  ])
  .min(0)
  .max(1)
  .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.ContinuousBlYlRd))
  .cellOptions({ type: TableCellDisplayMode.ColorBackground, mode: TableCellBackgroundDisplayMode.Basic });

const card = [
  stat({ title: 'Age of the card', description: 'Since its suite ended', unit: 's' }, [
    query(`time() - max(penumbra_robustness_card_timestamp_seconds{${ofService}})`),
  ]),
  series({ title: 'Verdicts of the card', description: 'Cells by version and verdict', unit: 'none' }, [
    query(`count by (version, verdict) (penumbra_robustness_verdict{${ofService}})`, '{{version}} {{verdict}}'),
  ]),
  table({ title: 'Worst cells', description: 'Rate beside the limit of the cell', unit: 'percentunit' }, [
    rows(`topk(10, penumbra_robustness_rate{${ofService}})`),
    rows(
      `penumbra_robustness_tolerance{${ofService}} and on (version, feature, fault, metric, decision) topk(10, penumbra_robustness_rate{${ofService}})`,
    ),
  ]),
];

const live = [
  series(
    {
      title: 'Fault arms now',
      description: 'Estimates of arms under a fault or perturbation in the active runs',
      unit: 'none',
    },
    [query(`penumbra_hypothesis_estimate{${ofExperiment}, role="fault"}`, '{{arm}} {{metric}}')],
  ),
  series(
    {
      title: 'Fault arms: outcomes',
      description: 'An error is loud; a wrong answer that came as ok is not',
      unit: 'reqps',
    },
    [
      query(
        `sum by (arm, status) (rate(penumbra_arm_outcomes{${ofExperiment}}[$__rate_interval]) * on (service, experiment, arm) group_left () max by (service, experiment, arm) (penumbra_arm_info{role="fault"}))`,
        '{{arm}} {{status}}',
      ),
    ],
  ),
];

export const robustness = dashboard(
  {
    uid: 'penumbra-robustness',
    title: 'Robustness',
    description: 'Feature × fault: what breaks, and whether it says so',
  },
  {
    more: [
      variable('version', 'Version', `label_values(penumbra_robustness_rate{${ofService}}, version)`),
      variable('metric', 'Metric', `label_values(penumbra_robustness_rate{${ofService}}, metric)`),
    ],
    rows: [row(10, heatMap), row(8, ...card), row(8, ...live)],
  },
);
