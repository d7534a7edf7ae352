// The demo's view of the runs: one row per arm of the story, each with the hypothesis that its line is about.
import type { ArmView, HypothesisView, RunView } from '../../pipeline/view-types.ts';
import { type ExpectedArm, expectedArms } from './scenario.ts';

export interface DemoRow {
  readonly expected: ExpectedArm;
  readonly run: RunView;
  readonly arm: ArmView;
  readonly hypothesis: HypothesisView;
}

/** Rows in the story's order; those whose run is not there yet are left out. */
export function rowsOf(runs: readonly RunView[]): DemoRow[] {
  return expectedArms.flatMap((expected) => {
    const run = runs.find((one) => one.experiment === expected.experiment);
    const arm = run?.arms.find((one) => one.name === expected.name);
    const hypothesis = arm?.hypotheses.find((one) => one.metric === expected.metric);
    return run && arm && hypothesis ? [{ expected, run, arm, hypothesis }] : [];
  });
}

/** The story's claim about the slow store: no infrastructure alert could have fired. */
export function isInvisibleToInfrastructure(arm: ArmView, sloMs: number): boolean {
  return arm.errorRate === 0 && arm.p99Ms !== null && arm.p99Ms < sloMs;
}
