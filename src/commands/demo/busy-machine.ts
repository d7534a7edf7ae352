// Why the story ended otherwise where the machine is why: a demo that says BIASED on a busy laptop must say what was lost and what to do.
import { losesTooMuch, tooMuchLost } from '../../core/judge/losses.ts';
import { percent, whole } from '../../core/judge/words.ts';
import type { RunView } from '../../pipeline/view-types.ts';
import { gates, requestsPerSecond, sloMs, slowStore } from './scenario.ts';

export interface Machine {
  /** Processes that want to run, averaged over a minute; 0 where the system does not say. */
  readonly load: number;
  readonly cores: number;
}

/** Empty when nothing speaks for the machine being too busy. The gates say themselves what was lost in their runs. */
export function busyMachine(runs: readonly RunView[], { load, cores }: Machine): string[] {
  const arms = runs.flatMap((run) => run.arms.map((arm) => ({ arm, experiment: run.experiment })));
  const losing = arms.map(({ arm, experiment }) => ({ ...lossesOf(arm), experiment })).filter(losesTooMuch);
  const told = gates.map(({ experiment }): string => experiment);
  const [worst] = losing
    .filter(({ experiment }) => !told.includes(experiment))
    .sort((one, other) => other.dropped / other.received - one.dropped / one.received);
  const slowestMs = Math.max(0, ...arms.map(({ arm }) => arm.productionP99Ms ?? 0));
  const isSlow = slowestMs > sloMs;
  const starved = [...starvedControls(runs), ...latePods(runs)];
  if (losing.length === 0 && !isSlow && starved.length === 0) return [];
  const loaded = load > 0 ? `: load ${load.toFixed(1)} on ${cores} cores` : '';
  return [
    `The machine was too busy for the story, and penumbra says so instead of guessing${loaded}.`,
    ...(worst === undefined ? [] : [`  ${worst.experiment}: ${tooMuchLost(worst)}`]),
    ...(isSlow
      ? [
          `  production itself took ${whole(slowestMs)} ms at p99 (SLO ${sloMs} ms): its own feature store was late, and it answered from zeros too`,
        ]
      : []),
    ...starved,
    `  Run it again when the machine is quieter, or send less: npm run demo -- --rate ${Math.round(requestsPerSecond / 2)}`,
  ];
}

/** The control has no fault of its own: when it does not answer in time, nobody had the time. */
function starvedControls(runs: readonly RunView[]): string[] {
  return runs.flatMap(({ experiment, arms }) =>
    arms.flatMap(({ name, role, statuses, conservation: { compared } }) => {
      const share = compared === 0 ? 0 : (statuses.timeout ?? 0) / compared;
      if (role !== 'control' || share <= mostTimeouts) return [];
      return [`  ${experiment}: ${name} did not answer ${percent(share)} of the requests in time, without any fault`];
    }),
  );
}

/** A pod that gives its store up in time and is late all the same was waiting for a processor. */
function latePods(runs: readonly RunView[]): string[] {
  return runs.flatMap(({ experiment, arms }) =>
    arms.flatMap(({ name, p99Ms }) => {
      if (name !== 'slow-store-zeros' || p99Ms === null || p99Ms < sloMs) return [];
      const took = `${name} took ${whole(p99Ms)} ms at p99 (SLO ${sloMs} ms)`;
      return [
        `  ${experiment}: ${took}, although it waits no longer than ${slowStore.deadline.replace('ms', ' ms')} for its feature store`,
      ];
    }),
  );
}

/** As the gate bears of an arm that it rests on. */
const mostTimeouts = 0.05;

function lossesOf({ name, conservation: { received, dropped: droppedBy } }: RunView['arms'][number]) {
  const dropped = Object.values(droppedBy).reduce<number>((sum, count = 0) => sum + count, 0);
  return { name, received, dropped, droppedBy };
}
