// The suite on live traffic: every cell an experiment of its own, with the version's target untouched as control, whose answers are what the
// same target under the fault is compared with. Blast radius, stop conditions and end are the config's.
import type { LiveSuite } from '../config/chaos-config.ts';
import type { Experiment } from '../model.ts';
import { type PlannedExperiment, planSuite, type SuiteSetting, wholeRequest } from './plan-suite.ts';

/** One cell each. The versions take turns under each fault, so that they see like traffic. */
export function planLive(chaos: LiveSuite, setting: SuiteSetting): readonly PlannedExperiment[] {
  const [production] = chaos.versions;
  const byVersion = chaos.versions.map(({ name }) =>
    planSuite({ ...chaos, versions: chaos.versions.filter((one) => one.name === name) }, setting).flatMap((planned) =>
      planned.cells.map((cell, index) => {
        // The production version asked twice is itself twice: said once per feature, it shares the error budget as planned.
        const arms = [...(index === 0 && name === production?.name ? ['control'] : []), cell.fault];
        const title = `chaos ${name}: ${cell.fault} ${cell.feature ?? wholeRequest}`;
        return { ...planned, cells: [cell], experiment: cellOf(chaos, { ...planned, title, arms, fault: cell.fault }) };
      }),
    ),
  );
  return (byVersion[0] ?? []).flatMap((_, place) => byVersion.flatMap((cells) => cells[place] ?? []));
}

interface Wanted extends Pick<PlannedExperiment, 'experiment'> {
  readonly title: string;
  readonly fault: string;
  /** Whose hypotheses it judges. */
  readonly arms: readonly string[];
}

function cellOf({ traffic }: LiveSuite, { experiment, title, fault, arms }: Wanted): Experiment {
  const { requests, cellMs, share, blastRadius, stopWhen } = traffic;
  return {
    ...experiment,
    name: title,
    comparedWith: 'control',
    arms: experiment.arms.filter(({ name, role }) => role === 'control' || name === fault),
    // None is required: a cell decided early would have a wide interval, and versions could not be told apart by it.
    hypotheses: experiment.hypotheses
      .filter(({ arm }) => arms.includes(arm))
      .map((hypothesis) => ({ ...hypothesis, required: false })),
    blastRadius,
    stopWhen,
    share,
    maxPairs: requests,
    maxTimeMs: cellMs,
  };
}
