// What the model depends on, held against its own promise and not the model's: a feature store can break while every answer is in time.
import { dashboard, ofService, query, row, series, stat } from './parts.ts';

const now = [
  stat({ title: 'Promise kept', description: '0: broken in the latest minute', unit: 'none' }, [
    query(`min by (dependency) (penumbra_dependency_slo_ok{${ofService}})`, '{{dependency}}'),
  ]),
  stat({ title: 'Proxy reachable', description: 'Without it nothing is known', unit: 'none' }, [
    query(`min by (dependency) (penumbra_dependency_reachable{${ofService}})`, '{{dependency}}'),
  ]),
  stat({ title: 'Faults on', description: 'Switched on by penumbra: then a broken promise is meant', unit: 'none' }, [
    query(`max by (dependency) (penumbra_dependency_faults_on{${ofService}})`, '{{dependency}}'),
  ]),
  stat({ title: 'Calls per request', description: 'Of the pods; more under a fault is a retry storm', unit: 'none' }, [
    query(`max by (dependency) (penumbra_dependency_calls_per_request_mean{${ofService}})`, '{{dependency}}'),
  ]),
];

const promise = [
  series(
    {
      title: 'Latency',
      description: 'Median and 99th percentile since the proxy began, and what is promised',
      unit: 's',
    },
    [
      query(`penumbra_dependency_latency_percentile_seconds{${ofService}}`, '{{dependency}} p{{percentile}}'),
      query(`penumbra_dependency_promised_latency_seconds{${ofService}}`, '{{dependency}} promised'),
    ],
  ),
  series(
    { title: 'Failed calls', description: 'Share without a good answer, and what is promised', unit: 'percentunit' },
    [
      query(`1 - penumbra_dependency_availability_ratio{${ofService}}`, '{{dependency}}'),
      query(`penumbra_dependency_promised_error_ratio{${ofService}}`, '{{dependency}} promised'),
    ],
  ),
];

const calls = [
  series({ title: 'Calls', description: 'By outcome', unit: 'reqps' }, [
    query(
      `sum by (dependency, outcome) (rate(penumbra_dependency_calls{${ofService}}[$__rate_interval]))`,
      '{{dependency}} {{outcome}}',
    ),
  ]),
  series({ title: 'Calls that broke the promise', description: 'By what was promised', unit: 'reqps' }, [
    query(
      `sum by (dependency, promise) (rate(penumbra_dependency_promise_broken_calls{${ofService}}[$__rate_interval]))`,
      '{{dependency}} {{promise}}',
    ),
  ]),
  series({ title: 'Calls that a fault changed', description: 'What penumbra itself did', unit: 'reqps' }, [
    query(`sum by (dependency) (rate(penumbra_dependency_faulted{${ofService}}[$__rate_interval]))`, '{{dependency}}'),
  ]),
];

export const dependencies = dashboard(
  {
    uid: 'penumbra-dependencies',
    title: 'Dependencies',
    description: 'The feature store’s own promise, apart from the model’s',
  },
  { rows: [row(5, ...now), row(9, ...promise), row(8, ...calls)] },
);
