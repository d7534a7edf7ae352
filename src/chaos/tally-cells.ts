// What a fault did to an arm, request by request: on how many it acted, and on how many of those the arm failed, or marked its answer.
import type { Arm, Pair } from '../model.ts';

export interface ArmTally {
  /** Compared requests. */
  asked: number;
  /** Of them those that the fault changed. */
  acted: number;
  /** Of the acted: no answer, or none that could be read. */
  failed: number;
  /** Of the acted: answered, and marked as resting on fallback values. */
  marked: number;
}

export interface CellTally {
  onPair(arm: Arm, pair: Pair): void;
  of(arm: string): Readonly<ArmTally>;
}

export function createCellTally(): CellTally {
  const tallies = new Map<string, ArmTally>();
  const of = (arm: string): ArmTally => {
    const known = tallies.get(arm) ?? { asked: 0, acted: 0, failed: 0, marked: 0 };
    tallies.set(arm, known);
    return known;
  };
  return {
    of,
    onPair: ({ name }, { arm }) => {
      const tally = of(name);
      tally.asked += 1;
      if (arm.faultActed !== true) return;
      tally.acted += 1;
      if (arm.status !== 'ok') tally.failed += 1;
      else if (arm.answer?.degraded === true) tally.marked += 1;
    },
  };
}
