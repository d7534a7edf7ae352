// Is anything wrong now, in one look: numbers that are 0 when all is well, then what is over its limit, with the way to the samples.
import {
  dashboard,
  experimentLink,
  ofExperiment,
  ofService,
  query,
  row,
  rows,
  samplesLink,
  series,
  stat,
  table,
} from './parts.ts';

const overLimit = 'verdict=~"VIOLATED|REGRESSED", notify!="none"';
const count = 'none';

const now = [
  stat(
    { title: 'Production changed', description: 'Watches on production itself that raise an alarm', unit: count },
    [query(`count(penumbra_watch_state{${ofService}, state="REGRESSED"}) or vector(0)`)],
    1,
  ),
  stat(
    {
      title: 'Arms over a limit',
      description: 'Shadow arms proven over a limit that somebody is told of',
      unit: count,
    },
    [
      query(
        `count(count by (service, experiment, arm) (penumbra_hypothesis_verdict{${ofService}, ${overLimit}, role!="control"})) or vector(0)`,
      ),
    ],
    1,
  ),
  stat(
    {
      title: 'Controls over a limit',
      description: 'While a control differs, nothing can be said about its arms',
      unit: count,
    },
    [query(`count(penumbra_hypothesis_verdict{${ofService}, ${overLimit}, role="control"}) or vector(0)`)],
    1,
  ),
  stat(
    {
      title: 'Dependencies off their promise',
      description: 'Over the latest minute, apart from the model',
      unit: count,
    },
    [query(`count(penumbra_dependency_slo_ok{${ofService}} == 0) or vector(0)`)],
    1,
  ),
  stat(
    { title: 'Alerts undelivered', description: 'Kept and tried again until their receiver takes them', unit: count },
    [query(`sum(penumbra_alerts_undelivered{${ofService}})`)],
    1,
  ),
  stat(
    { title: 'Lost by penumbra', description: 'From 5 % on gates answer BIASED', unit: 'percentunit' },
    [
      query(
        `sum(penumbra_exchanges_dropped{${ofService}}) / clamp_min(sum(penumbra_exchanges_received{${ofService}}), 1)`,
      ),
    ],
    0.05,
  ),
  stat(
    { title: 'Conservation broken', description: 'Anything but 0 is a bug of penumbra', unit: count },
    [query(`count(penumbra_conservation_ok{${ofService}} == 0) or vector(0)`)],
    1,
  ),
  stat(
    { title: 'Kill switch', description: '1 while nothing is sent to any arm', unit: count },
    [query(`max(penumbra_kill_switch_engaged{${ofService}})`)],
    1,
  ),
];

const what = [
  table(
    {
      title: 'Over a limit now',
      description: 'Each row leads to its experiment and to the requests that were answered otherwise',
      unit: count,
    },
    [
      rows(
        `penumbra_hypothesis_verdict{${ofExperiment}, ${overLimit}} * on (service, experiment) group_left (run) max by (service, experiment, run) (penumbra_run_state)`,
      ),
    ],
  ).dataLinks([experimentLink, samplesLink]),
  table({ title: 'Watches on production', description: 'NO_DATA and LEARNING say nothing yet', unit: count }, [
    rows(`penumbra_watch_state{${ofService}}`),
  ]),
];

const lately = [
  series({ title: 'Verdicts in force', description: 'How many hypotheses are at which verdict', unit: count }, [
    query(`count by (verdict) (penumbra_hypothesis_verdict{${ofExperiment}})`, '{{verdict}}'),
  ]),
  series(
    { title: 'Compared per second', description: 'Zero while a run is active: nothing can be found', unit: 'reqps' },
    [
      query(
        `sum by (experiment) (rate(penumbra_exchanges_compared{${ofExperiment}}[$__rate_interval]))`,
        '{{experiment}}',
      ),
    ],
  ),
  series(
    {
      title: 'Runs ended',
      description: 'ABORTED: a stop condition was met, or a fault could not be upheld',
      unit: count,
    },
    [query(`sum by (state) (increase(penumbra_runs_ended_total{${ofService}}[$__range]))`, '{{state}}')],
  ),
];

const itself = [
  stat({ title: 'penumbra up', description: 'Comparators that can be scraped', unit: count }, [
    query('sum(up{job="penumbra"})'),
  ]),
  stat({ title: 'Active runs', description: 'Warming or running', unit: count }, [
    query(`count(penumbra_run_state{${ofService}}) or vector(0)`),
  ]),
  stat(
    {
      title: 'Since the last drill',
      description: 'The alarm itself was checked so long ago; two days are too long',
      unit: 's',
    },
    [query(`time() - max(penumbra_drill_last_success_timestamp_seconds{${ofService}})`)],
    2 * 86_400,
  ),
  stat({ title: 'Drill: to the verdict', description: 'Latest drill: from the first changed request', unit: 's' }, [
    query(`max(penumbra_drill_detection_seconds{${ofService}})`),
  ]),
  stat(
    {
      title: 'Drill: to the receiver',
      description: 'Latest drill: from the verdict until every sink had the alert',
      unit: 's',
    },
    [query(`max(penumbra_drill_delivery_seconds{${ofService}})`)],
  ),
];

export const overview = dashboard(
  { uid: 'penumbra-overview', title: 'Overview', description: 'Is anything wrong now, in one look' },
  { rows: [row(5, ...now), row(8, ...what), row(8, ...lately), row(4, ...itself)] },
);
