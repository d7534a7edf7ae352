// Which streams are made, and how many runs of each: production against its twin, and every fault at every share.
import { type Fault, faults } from './faults.ts';
import type { StreamPlan } from './streams.ts';

export interface Sizes {
  /** Healthy requests before the counting starts. */
  readonly warm: number;
  readonly quietRequests: number;
  /** Requests after which a fault counts as not found. */
  readonly faultRequests: number;
  readonly faultRuns: number;
}

export const fullSizes: Sizes = { warm: 10_000, quietRequests: 100_000, faultRequests: 20_000, faultRuns: 40 };
export const shortSizes: Sizes = { warm: 1000, quietRequests: 4000, faultRequests: 4000, faultRuns: 3 };

export interface Case {
  readonly name: string;
  readonly says: string;
  /** Null: the arm is production's twin. */
  readonly fault: Fault | null;
  readonly runs: number;
  readonly plan: Pick<StreamPlan, 'length' | 'share' | 'noise' | 'order'>;
}

export const shares = [0.01, 0.05, 0.2, 1] as const;

function quietCases({ quietRequests: length }: Sizes, short: boolean): Case[] {
  const quiet = (name: string, says: string, runs: number, plan: Pick<StreamPlan, 'noise' | 'order'>): Case => ({
    name,
    says,
    fault: null,
    runs: short ? 2 : runs,
    plan: { length, share: 0, ...plan },
  });
  const drawn = 'flights drawn with replacement: the traffic itself never drifts';
  return [
    quiet('A/A', `every replay a little different; ${drawn}`, 100, { noise: true, order: 'drawn' }),
    quiet('A/A identical', `replays identical; ${drawn}`, 10, { noise: false, order: 'drawn' }),
    quiet('A/A recorded order', 'every replay a little different; flights in the order of July 2013', 20, {
      noise: true,
      order: 'recorded',
    }),
  ];
}

export function casesFor(sizes: Sizes, { short }: { short: boolean }): readonly Case[] {
  const chosen = short ? faults.slice(0, 1) : faults;
  const loud = chosen.flatMap((fault) =>
    (short ? ([0.2, 1] as const) : shares).map(
      (share): Case => ({
        name: `${fault.name} ${100 * share} %`,
        says: fault.says,
        fault,
        runs: sizes.faultRuns,
        plan: { length: sizes.faultRequests, share, noise: true, order: 'drawn' },
      }),
    ),
  );
  return [...quietCases(sizes, short), ...loud];
}
