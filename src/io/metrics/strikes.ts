// Arms whose process is struck: how often, how long until they were back, what it cost.
import type { Families, Room } from './families.ts';

export interface StrikeSeries {
  readonly count: number;
  readonly recovered: number;
  readonly firstCorrectMs: { readonly median: number; readonly max: number } | null;
  readonly hit: number;
  readonly lost: number;
  readonly wrong: number;
  readonly slow: number;
}

export interface StruckArm {
  readonly experiment: string;
  readonly arm: string;
  readonly strikes?: StrikeSeries;
}

export function strikeMetrics({ gauge: anyGauge }: Families): (arms: readonly StruckArm[], room: Room) => void {
  const gauge = (name: string, help: string, more: readonly string[] = []) =>
    anyGauge(name, help, ['experiment', 'arm', ...more]);
  const since = 'in the active run since the comparator started';
  const count = gauge('penumbra_process_strikes', `How often the arm’s process was struck ${since}`);
  const recovered = gauge('penumbra_process_recoveries', 'Strikes after which a correct answer was seen');
  const back = gauge('penumbra_process_recovery_seconds', 'From a strike to the first correct answer', ['of']);
  const hit = gauge('penumbra_process_hit_requests', 'Requests that a strike hit, whatever became of them');
  const harmed = gauge(
    'penumbra_process_harmed_requests',
    'Hit requests by harm: lost (no usable answer), wrong (materially other), slow (later than the SLO)',
    ['harm'],
  );
  return (arms, room) => {
    for (const { experiment, arm, strikes } of arms) {
      if (strikes === undefined || !room.take('strikes', 8)) continue;
      const own = { experiment, arm };
      count.set(own, strikes.count);
      recovered.set(own, strikes.recovered);
      hit.set(own, strikes.hit);
      for (const harm of ['lost', 'wrong', 'slow'] as const) harmed.set({ ...own, harm }, strikes[harm]);
      if (strikes.firstCorrectMs === null) continue;
      back.set({ ...own, of: 'median' }, strikes.firstCorrectMs.median / 1000);
      back.set({ ...own, of: 'longest' }, strikes.firstCorrectMs.max / 1000);
    }
  };
}
