// Runs: which are active, how those before them ended, and how much of their budget is in force.
import type { Families, Room } from './families.ts';

export interface RunSeries {
  readonly experiment: string;
  readonly run: string;
  readonly state: string;
  readonly startedAt: number;
  /** Of the traffic that may be compared now; a budget lowers it. */
  readonly share: number;
  readonly maxRequestsPerSecond: number;
}

export interface EndedRuns {
  readonly experiment: string;
  readonly state: string;
  readonly count: number;
}

export interface RunsSeries {
  readonly active: readonly RunSeries[];
  /** Since ever; zeros included, because an increase is only seen from a number on. */
  readonly ended: readonly EndedRuns[];
  readonly isKilled: boolean;
  /** Ids of the runs whose gate somebody has overridden now. */
  readonly overrides: readonly string[];
}

export function runMetrics({ gauge, counter }: Families): (runs: RunsSeries, room: Room) => void {
  const state = gauge('penumbra_run_state', '1 for the state of each active run', ['experiment', 'run', 'state']);
  const started = gauge('penumbra_run_start_timestamp_seconds', 'When the active run started', ['experiment', 'run']);
  const share = gauge(
    'penumbra_run_share_ratio',
    'Share of the traffic that the active run takes; a budget lowers it',
    ['experiment'],
  );
  const budget = gauge('penumbra_run_budget_requests_per_second', 'Most requests that each arm may be sent', [
    'experiment',
  ]);
  const ended = counter('penumbra_runs_ended_total', 'Runs that ended, by how', ['experiment', 'state']);
  const killed = gauge('penumbra_kill_switch_engaged', '1 while nothing is sent to any arm');
  const overridden = gauge('penumbra_gate_override_in_force', '1 while somebody has overridden the gate of the run', [
    'run',
  ]);
  return (runs, room) => {
    if (room.take('runs', 1)) killed.set(runs.isKilled ? 1 : 0);
    for (const { experiment, run, ...one } of runs.active) {
      if (!room.take('runs', 4)) continue;
      state.set({ experiment, run, state: one.state }, 1);
      started.set({ experiment, run }, one.startedAt / 1000);
      share.set({ experiment }, one.share);
      budget.set({ experiment }, one.maxRequestsPerSecond);
    }
    for (const run of runs.overrides) if (room.take('runs', 1)) overridden.set({ run }, 1);
    for (const { experiment, state: how, count } of runs.ended) {
      if (room.take('runs', 1)) ended.inc({ experiment, state: how }, count);
    }
  };
}
