// What a suite has found, whoever ran it and on whatever traffic: the ground of the robustness card.
import type { HypothesisView, RunView } from '../pipeline/view-types.ts';
import type { PlannedCell, PlannedExperiment } from './plan-suite.ts';
import type { ArmTally } from './tally-cells.ts';

/** What a card needs of a judged hypothesis. */
export type Judged = Pick<
  HypothesisView,
  'decision' | 'metric' | 'relation' | 'tolerance' | 'verdict' | 'n' | 'estimate' | 'interval'
>;

export interface CellResult extends PlannedCell, Readonly<ArmTally> {
  readonly version: string;
  readonly hypotheses: readonly Judged[];
}

export interface VersionResult {
  readonly name: string;
  /** As the version says it of itself. */
  readonly modelVersion: string | null;
  readonly answered: number;
  /** Untouched requests that it did not answer ok and unmarked: no cell counts them. */
  readonly failed: number;
  /** The untouched version against itself, of every experiment that ran. */
  readonly noise: readonly Judged[];
}

export interface SuiteResult {
  readonly requests: number;
  readonly versions: readonly VersionResult[];
  readonly cells: readonly CellResult[];
  /** What did not run, and why. */
  readonly leftOut: readonly string[];
}

/** A cell as its experiment's run found it. */
export function foundCell(
  cell: PlannedCell,
  { version, run, tally }: { readonly version: string; readonly run: RunView; readonly tally: Readonly<ArmTally> },
): CellResult {
  const hypotheses = run.arms.find(({ name }) => name === cell.fault)?.hypotheses ?? [];
  return { ...cell, ...tally, version, hypotheses };
}

/** A cell that did not run: nothing is known of it. */
export function unseenCell(cell: PlannedCell, { version, experiment }: PlannedExperiment): CellResult {
  const unknown = { verdict: 'UNDECIDED', n: 0, estimate: null, interval: null } as const;
  const hypotheses = experiment.hypotheses
    .filter(({ arm }) => arm === cell.fault)
    .map(({ decision, metric, relation, tolerance }) => ({ decision, metric, relation, tolerance, ...unknown }));
  return { ...cell, version, asked: 0, acted: 0, failed: 0, marked: 0, hypotheses };
}

/** Beyond this the untouched version is down, and nothing can be said about its faults. */
const mostControlFailures = 0.05;

/** Why no more of a version can be found out after this run: its control must answer. Null when it did. */
export function whyStop({ arms }: RunView): string | null {
  const control = arms.find(({ role }) => role === 'control');
  const { compared = 0 } = control?.conservation ?? {};
  if (control === undefined || compared === 0) return 'nothing was compared before';
  const failed = 1 - (control.statuses.ok ?? 0) / compared;
  return failed > mostControlFailures ? 'the untouched version failed on more than 5 % of the requests before' : null;
}
