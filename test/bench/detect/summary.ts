// From alarms of single runs to the figures of a table: false-alarm rates, waits, and which method waited least.

/** Requests until the alarm in each run; null: none. */
export type Alarms = readonly (number | null)[];

export interface Wait {
  readonly runs: number;
  readonly found: number;
  /** Null: never, that is in no more than half of the runs. */
  readonly median: number | null;
  /** Null: not in 95 % of the runs. */
  readonly p95: number | null;
}

export function waitOf(alarms: Alarms): Wait {
  const sorted = alarms.filter((at): at is number => at !== null).sort((one, other) => one - other);
  const runs = alarms.length;
  const found = sorted.length;
  const at = (share: number): number | null => sorted[Math.ceil(share * runs) - 1] ?? null;
  return { runs, found, median: 2 * found > runs ? at(0.5) : null, p95: at(0.95) };
}

export interface FalseAlarms {
  readonly runs: number;
  readonly requests: number;
  /** Runs with at least one alarm. */
  readonly alarmed: number;
  /** Share of runs with an alarm within 100,000 requests; shorter runs are scaled by their length, to at most 1. */
  readonly per100k: number;
}

export function falseAlarmsOf(alarms: Alarms, requests: number): FalseAlarms {
  const runs = alarms.length;
  const alarmed = alarms.filter((at) => at !== null).length;
  return { runs, requests, alarmed, per100k: Math.min(1, ((alarmed / runs) * 100_000) / requests) };
}

/** At most this share of runs of 100,000 requests may have a false alarm for a method to compete. */
export const mostFalseAlarms = 0.01;

export interface Named {
  readonly method: string;
  readonly wait: Wait;
}

/** The method that waits least: by its median, then by its 95th percentile; null when none finds anything. */
export function soonest(waits: readonly Named[]): Named | null {
  const found = waits.filter(({ wait }) => wait.median !== null);
  const rank = ({ wait }: Named): [number, number] => [wait.median ?? 0, wait.p95 ?? Number.POSITIVE_INFINITY];
  const compare = (one: Named, other: Named): number => {
    const [first, second] = [rank(one), rank(other)];
    return first[0] - second[0] || Math.sign(first[1] - second[1] || 0);
  };
  return found.sort(compare)[0] ?? null;
}
