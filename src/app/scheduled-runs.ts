// Experiments that start by themselves, and the chaos suite on live traffic: one schedule each, while the comparator runs.
import type { Comparator } from '../api/comparator.ts';
import { isLive } from '../config/chaos-config.ts';
import type { EffectiveConfig } from '../config/effective.ts';
import type { Clock, Log } from '../io/ports.ts';
import type { Parts } from './parts.ts';
import { createSchedule } from './schedule.ts';

export interface ScheduledDeps {
  readonly config: Pick<EffectiveConfig, 'experiments' | 'chaos'>;
  readonly comparator: Comparator;
  readonly clock: Clock;
  readonly log: Log;
}

/** No experiment can be called so. */
const suiteSchedule = 'chaos suite';

/** Into `parts.schedules`. A start that is refused (the kill switch, say) is counted and said, and the next time is waited for. */
export function startScheduledRuns(parts: Parts, deps: ScheduledDeps): void {
  const { runs, schedules, chaos } = parts;
  const { config, comparator, clock, log } = deps;
  for (const { name, schedule } of config.experiments) {
    if (schedule === undefined) continue;
    const start = async (): Promise<void> => void (await comparator.startRun({ experiment: name }));
    const isBusy = (): boolean => runs.active().some(({ run }) => run.experiment === name);
    schedules.set(name, createSchedule(schedule, start, { clock, log, name, isBusy }));
  }
  const times = config.chaos !== undefined && isLive(config.chaos) ? config.chaos.traffic.schedule : null;
  if (times === null) return;
  const start = async (): Promise<void> => void (await chaos.start('schedule'));
  const isBusy = chaos.isActive;
  schedules.set(suiteSchedule, createSchedule(times, start, { clock, log, name: suiteSchedule, isBusy }));
}

export function stopSchedules({ schedules }: Pick<Parts, 'schedules'>): void {
  for (const schedule of schedules.values()) schedule.stop();
}
