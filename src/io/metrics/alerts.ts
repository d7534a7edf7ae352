// Alerts on their way to their receivers.
import type { Families, Room } from './families.ts';

export interface AlertsSeries {
  readonly undelivered: number;
  /** What the outbox remembers, by sink and what became of it: delivered, given_up, waiting. */
  readonly bySink: readonly { readonly sink: string; readonly state: string; readonly count: number }[];
}

export function alertMetrics({ gauge }: Families): (alerts: AlertsSeries, room: Room) => void {
  const undelivered = gauge('penumbra_alerts_undelivered', 'Alerts still waiting for their receiver');
  const bySink = gauge(
    'penumbra_alerts',
    'Alerts that the outbox remembers, by sink and state: delivered, given_up, waiting',
    ['sink', 'state'],
  );
  return (alerts, room) => {
    if (room.take('alerts', 1)) undelivered.set(alerts.undelivered);
    for (const { sink, state, count } of alerts.bySink) {
      if (room.take('alerts', 1)) bySink.set({ sink, state }, count);
    }
  };
}
