// From the wire to the pair: what the tap sees and cannot read, what is skipped, lost and in flight, budgets, and the comparator's own load.
import { TextMode, PanelBuilder as TextPanel } from '@grafana/grafana-foundation-sdk/text';
import { dashboard, ofExperiment, ofService, query, row, series, stat } from './parts.ts';

const note = new TextPanel()
  .title('Added latency')
  .description('Why it is no curve here')
  .mode(TextMode.Markdown)
  .content(
    'What the tap adds to a production request cannot be seen from inside: it is on both sides of it. It is measured from outside, by the bench in the README. Here stands what production takes as the tap sees it, and what would slow the tap or blind it.',
  );

const wire = [
  series(
    {
      title: 'Production as the tap sees it',
      description: 'Median and 99th percentile of the compared requests',
      unit: 's',
    },
    [
      query(
        `histogram_quantile(0.5, sum by (le) (rate(penumbra_production_latency_seconds_bucket{${ofExperiment}}[$__rate_interval])))`,
        'p50',
      ),
      query(
        `histogram_quantile(0.99, sum by (le) (rate(penumbra_production_latency_seconds_bucket{${ofExperiment}}[$__rate_interval])))`,
        'p99',
      ),
    ],
  ),
  series(
    {
      title: 'Requests at the tap',
      description: 'Seen, sampled by the share, and copied to the comparator',
      unit: 'reqps',
    },
    [query(`sum by (stage) (rate(penumbra_tap_requests{${ofService}}[$__rate_interval]))`, '{{stage}}')],
  ),
];

const tap = [
  stat({ title: 'Taps heard', description: 'In the latest 10 s', unit: 'none' }, [
    query(`sum(penumbra_tap_up{${ofService}})`),
  ]),
  series({ title: 'Connections', description: 'Open through the taps now', unit: 'none' }, [
    query(`sum(penumbra_tap_open_connections{${ofService}})`, 'open'),
    query(`sum by (result) (rate(penumbra_tap_connections{${ofService}}[$__rate_interval]))`, '{{result}} per second'),
  ]),
  series(
    {
      title: 'Blind connections',
      description: 'Relayed unread, by reason: what is said there is not compared',
      unit: 'none',
    },
    [query(`sum by (reason) (penumbra_tap_blind_connections{${ofService}})`, '{{reason}}')],
  ),
  series(
    {
      title: 'Copies lost',
      description: 'Sampled and not handed over: by the tap, and as the comparator counts',
      unit: 'none',
    },
    [
      query(`sum by (reason) (penumbra_tap_lost_copies{${ofService}})`, 'tap {{reason}}'),
      query(`sum by (reason) (penumbra_source_losses{${ofService}})`, 'source {{reason}}'),
    ],
  ),
];

const pairs = [
  series({ title: 'Compared', description: 'Pairs counted per second', unit: 'reqps' }, [
    query(
      `sum by (experiment, arm) (rate(penumbra_exchanges_compared{${ofExperiment}}[$__rate_interval]))`,
      '{{experiment}} {{arm}}',
    ),
  ]),
  series({ title: 'Skipped', description: 'Left out before anything was known, by reason: no bias', unit: 'reqps' }, [
    query(`sum by (reason) (rate(penumbra_exchanges_skipped{${ofExperiment}}[$__rate_interval]))`, '{{reason}}'),
  ]),
  series({ title: 'Dropped', description: 'Lost by penumbra itself, by reason: a bias if many', unit: 'none' }, [
    query(`sum by (reason) (penumbra_exchanges_dropped{${ofExperiment}})`, '{{reason}}'),
  ]),
  stat(
    {
      title: 'Unaccounted for',
      description: 'received − compared − skipped − dropped − in flight: 0, or a bug of penumbra',
      unit: 'none',
    },
    [
      query(
        `sum(penumbra_exchanges_received{${ofExperiment}}) - sum(penumbra_exchanges_compared{${ofExperiment}}) - (sum(penumbra_exchanges_skipped{${ofExperiment}}) or vector(0)) - sum(penumbra_exchanges_dropped{${ofExperiment}}) - sum(penumbra_exchanges_in_flight{${ofExperiment}})`,
      ),
    ],
    1,
  ),
];

const budgets = [
  series({ title: 'In flight', description: 'Dispatched and not yet in a closed bucket', unit: 'none' }, [
    query(`sum by (experiment, arm) (penumbra_exchanges_in_flight{${ofExperiment}})`, '{{experiment}} {{arm}}'),
  ]),
  series({ title: 'Share in force', description: 'Of the traffic; a budget lowers it', unit: 'percentunit' }, [
    query(`penumbra_run_share_ratio{${ofExperiment}}`, '{{experiment}}'),
  ]),
  series(
    { title: 'Budget', description: 'Requests per second to each arm, and the most that is allowed', unit: 'reqps' },
    [
      query(
        `max by (experiment) (rate(penumbra_exchanges_compared{${ofExperiment}}[$__rate_interval]))`,
        '{{experiment}} busiest arm',
      ),
      query(`penumbra_run_budget_requests_per_second{${ofExperiment}}`, '{{experiment}} allowed'),
    ],
  ),
];

const itself = [
  series(
    { title: 'Event loop lag', description: '99th percentile between scrapes: late answers come from here', unit: 's' },
    [query(`nodejs_eventloop_lag_p99_seconds{${ofService}}`, '{{service}}')],
  ),
  series({ title: 'Memory', description: 'Resident, and the JavaScript heap in use', unit: 'bytes' }, [
    query(`process_resident_memory_bytes{${ofService}}`, '{{service}} resident'),
    query(`nodejs_heap_size_used_bytes{${ofService}}`, '{{service}} heap'),
  ]),
  series({ title: 'CPU', description: 'Of one core', unit: 'percentunit' }, [
    query(`rate(process_cpu_seconds_total{${ofService}}[$__rate_interval])`, '{{service}}'),
  ]),
  series({ title: 'Series left out', description: 'What had no room in /metrics', unit: 'none' }, [
    query(`penumbra_series_left_out{${ofService}}`, '{{subject}}'),
  ]),
];

export const dataPath = dashboard(
  { uid: 'penumbra-datapath', title: 'Data path', description: 'The tap, losses, budgets, conservation' },
  { rows: [row(8, ...wire, note), row(7, ...tap), row(7, ...pairs), row(7, ...budgets), row(7, ...itself)] },
);
