// What became of every exchange, per experiment and arm: compared, skipped, dropped or still in flight, and the arm's outcomes.
import type { Families, Room } from './families.ts';

export interface ArmSeries {
  readonly experiment: string;
  readonly arm: string;
  readonly role: string;
  /** As its answers state it; null while unknown. */
  readonly version: string | null;
  readonly received: number;
  readonly compared: number;
  readonly inFlight: number;
  readonly skipped: Readonly<Record<string, number>>;
  readonly dropped: Readonly<Record<string, number>>;
  readonly statuses: Readonly<Record<string, number>>;
  readonly warmUp: { readonly ok: number; readonly failed: number };
  readonly isConserved: boolean;
}

const labels = ['experiment', 'arm'] as const;

export function armMetrics({ gauge }: Families): (arms: readonly ArmSeries[], room: Room) => void {
  const info = gauge('penumbra_arm_info', 'Always 1: what each arm is', [...labels, 'role', 'version']);
  const received = gauge('penumbra_exchanges_received', 'Exchanges that the active run received', labels);
  const compared = gauge('penumbra_exchanges_compared', 'Exchanges whose pair was counted in a closed bucket', labels);
  const inFlight = gauge('penumbra_exchanges_in_flight', 'Exchanges dispatched and not yet in a closed bucket', labels);
  const skipped = gauge('penumbra_exchanges_skipped', 'Exchanges left out before anything was known, by reason', [
    ...labels,
    'reason',
  ]);
  const dropped = gauge('penumbra_exchanges_dropped', 'Exchanges lost by penumbra itself, by reason', [
    ...labels,
    'reason',
  ]);
  const outcomes = gauge('penumbra_arm_outcomes', 'Outcomes of the arm by status', [...labels, 'status']);
  const warmUp = gauge('penumbra_arm_warm_up_answers', 'Answers to unscored requests before the run scores', [
    ...labels,
    'result',
  ]);
  const conserved = gauge(
    'penumbra_conservation_ok',
    '1 while received = compared + skipped + dropped + in flight',
    labels,
  );
  return (arms, room) => {
    for (const { experiment, arm, role, version, ...series } of arms) {
      const kinds = [series.skipped, series.dropped, series.statuses];
      const reasons = kinds.reduce((count, one) => count + Object.keys(one).length, 0);
      // A loss that has not happened yet is a zero: an alert on it must find something to look at.
      if (!room.take('arms', 8 + reasons)) continue;
      const own = { experiment, arm };
      info.set({ ...own, role, version: version ?? 'unknown' }, 1);
      received.set(own, series.received);
      compared.set(own, series.compared);
      inFlight.set(own, series.inFlight);
      conserved.set(own, series.isConserved ? 1 : 0);
      for (const [result, count] of Object.entries(series.warmUp)) warmUp.set({ ...own, result }, count);
      for (const [reason, count] of Object.entries(series.skipped)) skipped.set({ ...own, reason }, count);
      for (const [reason, count] of Object.entries({ late: 0, ...series.dropped })) {
        dropped.set({ ...own, reason }, count);
      }
      for (const [status, count] of Object.entries(series.statuses)) outcomes.set({ ...own, status }, count);
    }
  };
}
