// The figures of a whole run, as results.json keeps them: who keeps quiet on production's twin, who finds which fault how soon.
import type { Case, Sizes } from './cases.ts';
import { ourMethods, panelName, provable } from './ours.ts';
import type { Recorded } from './record.ts';
import { noiseSd, type Truth } from './streams.ts';
import {
  type Alarms,
  type FalseAlarms,
  falseAlarmsOf,
  mostFalseAlarms,
  type Named,
  soonest,
  type Wait,
  waitOf,
} from './summary.ts';

export interface Method {
  readonly name: string;
  readonly package: string;
  readonly settings: string;
}

export interface Quiet {
  readonly name: string;
  readonly says: string;
  readonly truth: Truth;
  readonly falseAlarms: Readonly<Record<string, FalseAlarms>>;
  readonly holds: Readonly<Record<string, Wait>>;
}

/** Is the panel's median the smallest? `nobody`: no competing method finds it in more than half of the runs. */
export type Standing = 'yes' | 'no' | 'nobody';

export interface Row {
  readonly fault: string;
  readonly says: string;
  readonly share: number;
  readonly truth: Truth;
  readonly waits: Readonly<Record<string, Wait>>;
  readonly holds: Readonly<Record<string, Wait>>;
  readonly soonestPeer: Named | null;
  readonly smallest: Standing;
}

export interface Results {
  readonly seed: string;
  readonly sizes: Sizes;
  readonly noiseSd: number;
  readonly versions: Readonly<Record<string, string>>;
  /** What the whole measurement took. */
  readonly minutes: number;
  readonly ours: readonly string[];
  readonly peers: readonly Method[];
  /** Methods with at most 1 % of runs alarmed per 100,000 requests on both drawn A/A streams. */
  readonly competing: readonly string[];
  readonly quiet: readonly Quiet[];
  readonly rows: readonly Row[];
}

export interface Judged {
  readonly case: Case;
  readonly recorded: Recorded;
  readonly alarms: ReadonlyMap<string, Alarms>;
}

export function resultsOf(
  judged: readonly Judged[],
  { seed, sizes, versions, minutes, peers }: Pick<Results, 'seed' | 'sizes' | 'versions' | 'minutes' | 'peers'>,
): Results {
  const quiet = judged.filter((one) => one.case.fault === null).map(quietOf);
  const drawn = judged.filter((one) => one.case.fault === null && one.case.plan.order === 'drawn');
  const isQuiet = (method: string): boolean =>
    drawn.every((one) => {
      const alarms = one.alarms.get(method) ?? [];
      return alarms.length > 0 && falseAlarmsOf(alarms, one.case.plan.length).per100k <= mostFalseAlarms;
    });
  const competing = [...ourMethods, ...peers.map(({ name }) => name)].filter(isQuiet);
  const rows = judged.filter((one) => one.case.fault !== null).map((one) => rowOf(one, competing));
  return { seed, sizes, noiseSd, versions, minutes, ours: ourMethods, peers, competing, quiet, rows };
}

function holdsOf({ spoken }: Recorded): Record<string, Wait> {
  const single = provable.map((name): [string, Wait] => [name, waitOf(spoken.map(({ holds }) => holds[name] ?? null))]);
  const whole = spoken.map(({ holds }) => {
    const waits = provable.map((name) => holds[name] ?? null);
    return waits.includes(null) ? null : Math.max(...waits.map(Number));
  });
  return Object.fromEntries([...single, ['all three', waitOf(whole)]]);
}

function quietOf({ case: { name, says, plan }, recorded, alarms }: Judged): Quiet {
  const falseAlarms = [...alarms].map(([method, found]) => [method, falseAlarmsOf(found, plan.length)]);
  return {
    name,
    says,
    truth: recorded.truth,
    falseAlarms: Object.fromEntries(falseAlarms) as Quiet['falseAlarms'],
    holds: holdsOf(recorded),
  };
}

function rowOf({ case: { fault, says, plan }, recorded, alarms }: Judged, competing: readonly string[]): Row {
  const waits: Record<string, Wait> = {};
  for (const [method, found] of alarms) waits[method] = waitOf(found);
  const peers = competing.filter((method) => !ourMethods.includes(method));
  const soonestPeer = soonest(peers.map((method) => ({ method, wait: waits[method] as Wait })));
  const ours = waits[panelName] as Wait;
  return {
    fault: fault?.name ?? '',
    says,
    share: plan.share,
    truth: recorded.truth,
    waits,
    holds: holdsOf(recorded),
    soonestPeer,
    smallest: standingOf(ours, soonestPeer),
  };
}

function standingOf(ours: Wait, peer: Named | null): Standing {
  if (ours.median === null) return peer === null ? 'nobody' : 'no';
  return peer === null || ours.median <= (peer.wait.median ?? Number.POSITIVE_INFINITY) ? 'yes' : 'no';
}
