// Alerts and notifications for tests of whatever sends them.
import type { Alert, Notification } from '../../src/model.ts';
import { notificationOf, type Presentation, presentAlert } from '../../src/pipeline/present-alerts.ts';

export const presentation: Presentation = {
  service: 'test',
  publicUrl: null,
  isDrill: ({ experiment }) => experiment === 'drill',
};

export const someAlert: Alert = {
  key: 'release/candidate.late.flip',
  status: 'firing',
  severity: 'page',
  cause: 'arm',
  experiment: 'release',
  run: 'r1',
  arm: 'candidate',
  hypothesis: 'candidate.late.flip',
  summary: 'flip rate 17.9 % is over the limit of 1 %',
  at: 1_700_000_000_000,
};

export function notificationFor(
  alerts: readonly Partial<Alert>[],
  { at = someAlert.at + 1000, ...setting }: Partial<Presentation> & { readonly at?: number } = {},
): Notification {
  const shown = alerts.map((alert) => presentAlert({ ...someAlert, ...alert }, { ...presentation, ...setting }));
  return notificationOf(shown, { service: presentation.service, at });
}
