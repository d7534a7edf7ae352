// Alerts as they are sent: names and labels are those of config/prometheus/rules.yaml, so that routes, silences and inhibition mean the same
// whoever raised them. What changes with every request stands in the annotations alone.
import type { Alert, AlertCause, Notification, SentAlert } from '../model.ts';

export interface Presentation {
  readonly service: string;
  /** Where people reach the API; null: no links. */
  readonly publicUrl: string | null;
  /** Whether it checks the alarm itself. */
  readonly isDrill: (alert: Alert) => boolean;
}

const names: Readonly<Record<AlertCause, string>> = {
  arm: 'PenumbraOverLimit',
  control: 'PenumbraControlDiffers',
  production: 'PenumbraProductionChanged',
  run: 'PenumbraRunAborted',
  dependency: 'PenumbraFaultRemains',
};

export function presentAlert(alert: Alert, setting: Presentation): SentAlert {
  const { key, status, run, at, cause } = alert;
  const mark = setting.isDrill(alert) ? 'DRILL: ' : '';
  const summary = `${mark}${alert.summary}`;
  const name = names[cause];
  return {
    ...alert,
    id: `${key}/${run}/${status}/${at}`,
    name,
    service: setting.service,
    summary,
    labels: { alertname: name, ...labelsOf(alert, setting.service), ...(mark === '' ? {} : { drill: 'true' }) },
    annotations: {
      summary: `${mark}${headlineOf(alert, setting.service)}`,
      description: summary,
      run,
      runbook: `config/runbook.md#${name.toLowerCase()}`,
      dashboard: dashboardOf(alert),
      ...linksOf(alert, setting.publicUrl),
    },
  };
}

/** One message for all of these. */
export function notificationOf(
  alerts: readonly SentAlert[],
  { service, at }: { service: string; at: number },
): Notification {
  const [first] = alerts;
  const firing = alerts.filter(({ status }) => status === 'firing').length;
  const resolved = alerts.length - firing;
  const counts = [...(firing > 0 ? [`${firing} firing`] : []), ...(resolved > 0 ? [`${resolved} resolved`] : [])];
  const isOne = first !== undefined && alerts.length === 1;
  const about = isOne ? `${first.status}: ${first.summary}` : `${alerts.length} alerts: ${counts.join(', ')}`;
  return { key: alerts.map(({ id }) => id).join(' '), service, summary: `${service}: ${about}`, alerts, at };
}

function labelsOf({ cause, severity, experiment, arm, hypothesis }: Alert, service: string): Record<string, string> {
  const common = { service, severity, cause };
  if (cause === 'production') return { ...common, watch: hypothesis ?? '' };
  if (cause === 'dependency') return { ...common, dependency: hypothesis ?? '' };
  if (cause === 'run') return { ...common, experiment };
  return { ...common, experiment, arm: arm ?? '', hypothesis: hypothesis ?? '' };
}

function headlineOf({ cause, experiment, hypothesis }: Alert, service: string): string {
  if (cause === 'production') return `${service}: production itself has changed: ${hypothesis}`;
  if (cause === 'dependency') return `${service}: the faults of ${hypothesis} outlive their run`;
  if (cause === 'run') return `${service}: a run of ${experiment} was aborted`;
  if (cause === 'control') return `${service}: the control of ${experiment} itself is over its limit (${hypothesis})`;
  return `${service}: ${hypothesis} of ${experiment} is over its limit`;
}

function dashboardOf({ cause, experiment }: Alert): string {
  if (cause === 'dependency') return '/d/penumbra-dependencies';
  return cause === 'production' ? '/d/penumbra-overview' : `/d/penumbra-experiment?var-experiment=${experiment}`;
}

function linksOf({ cause, run, arm }: Alert, publicUrl: string | null): Record<string, string> {
  if (publicUrl === null) return {};
  const base = `${publicUrl.replace(/\/+$/, '')}/v1`;
  if (cause === 'dependency') return {};
  if (cause === 'production') return { link: `${base}/watches` };
  const samples = arm === null ? {} : { samples: `${base}/runs/${run}/samples?arm=${encodeURIComponent(arm)}` };
  return { link: `${base}/runs/${run}`, ...samples };
}
