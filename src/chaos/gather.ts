// Gathers what the experiments of a suite find, one after the other; at any moment the rest counts as not run.
import type { LiveSuite } from '../config/chaos-config.ts';
import type { RunView } from '../pipeline/view-types.ts';
import type { PlannedExperiment } from './plan-suite.ts';
import {
  type CellResult,
  foundCell,
  type SuiteResult,
  unseenCell,
  type VersionResult,
  whyStop,
} from './suite-result.ts';
import type { CellTally } from './tally-cells.ts';

export interface Gathering {
  /** The next experiment to run; null when all are done. */
  next(): PlannedExperiment | null;
  found(one: PlannedExperiment, seen: { readonly run: RunView; readonly tally: CellTally }): void;
  /** Experiments that need no more running, and all of them. */
  progress(): { readonly done: number; readonly of: number };
  /** `whyNot`: why what has not run has not. */
  result(whyNot: string): SuiteResult;
}

interface Version {
  modelVersion: string | null;
  answered: number;
  failed: number;
  readonly noise: VersionResult['noise'][number][];
  /** Why nothing more is asked of it. */
  stopped: string | null;
}

export function createGathering(chaos: LiveSuite, planned: readonly PlannedExperiment[]): Gathering {
  const fresh = (): Version => ({ modelVersion: null, answered: 0, failed: 0, noise: [], stopped: null });
  const versions = new Map(chaos.versions.map(({ name }) => [name, fresh()]));
  const cells = new Map<PlannedExperiment, readonly CellResult[]>();
  const stoppedOf = ({ version }: PlannedExperiment): string | null => versions.get(version)?.stopped ?? null;
  const waiting = (): readonly PlannedExperiment[] =>
    planned.filter((one) => !cells.has(one) && stoppedOf(one) === null);
  return {
    next: () => waiting()[0] ?? null,
    progress: () => ({ done: planned.length - waiting().length, of: planned.length }),
    found: (one, { run, tally }) => {
      const { version } = one;
      cells.set(
        one,
        one.cells.map((cell) => foundCell(cell, { version, run, tally: tally.of(cell.fault) })),
      );
      const known = versions.get(version);
      if (known !== undefined) addControl(known, run);
    },
    result: (whyNot) => ({
      requests: chaos.traffic.requests + chaos.warmUpRequests,
      versions: [...versions].map(([name, { stopped: _, ...known }]) => ({ name, ...known })),
      cells: chaos.versions.flatMap(({ name }) =>
        planned
          .filter(({ version }) => version === name)
          .flatMap((one) => cells.get(one) ?? one.cells.map((cell) => unseenCell(cell, one))),
      ),
      leftOut: [...versions].flatMap(([name, { stopped }]) => {
        const missing = planned.filter((one) => one.version === name && !cells.has(one)).length;
        return missing === 0 ? [] : [`${name}: ${missing} not run: ${stopped ?? whyNot}`];
      }),
    }),
  };
}

/** What the untouched version did meanwhile. */
function addControl(known: Version, run: RunView): void {
  const control = run.arms.find(({ role }) => role === 'control');
  const ok = control?.statuses.ok ?? 0;
  known.modelVersion = control?.version ?? known.modelVersion;
  known.answered += ok;
  known.failed += (control?.conservation.compared ?? 0) - ok;
  known.noise.push(...(control?.hypotheses ?? []));
  // A run that was ended from outside says nothing against its version.
  known.stopped = run.state === 'COMPLETED' ? whyStop(run) : null;
}
