// different: how far the arm and the control stand from production on the same request. Counted for DIFFERENT, which asks without any
// limit whether the arm is farther away than the control's own noise. n = comparable pairs on which arm and control answered ok.
import { Type } from 'typebox';
import type { Decision, Outcome, Pair } from '../../model.ts';
import type { Kind } from '../kind.ts';
import { distanceOf } from './distance.ts';
import { canFlip } from './labelled.ts';
import { type Metric, predictionsOf } from './metric.ts';

const options = Type.Object({}, { additionalProperties: false });

export const different: Kind<typeof options, Metric> = {
  name: 'different',
  summary: 'The arm stands farther from production than the control does, on requests where the two stand differently.',
  options,
  create: () => ({
    name: 'different',
    words: 'difference from the control',
    needsDecision: true,
    needsTruth: false,
    onlyAgainstControl: { leastTolerance: 0.5 },
    applies: () => true,
    statistic: () => 'difference',
    observe(pair, { decision }) {
      const arm = standing(pair.arm, pair, decision);
      const control = pair.control === null ? null : standing(pair.control, pair, decision);
      if (arm === null || control === null) return null;
      return {
        arm: arm.distance,
        control: control.distance,
        armFlipped: arm.isFlipped,
        controlFlipped: control.isFlipped,
      };
    },
  }),
};

function standing(
  outcome: Outcome,
  pair: Pair,
  decision: Decision | null,
): { distance: number; isFlipped: boolean | null } | null {
  const both = predictionsOf(outcome, pair, decision);
  if (both === null || decision === null) return null;
  const distance = distanceOf(decision, both);
  if (distance === null || !Number.isFinite(distance)) return null;
  const isFlipped = canFlip(decision.kind) ? both.production.label !== both.shadow.label : null;
  return { distance, isFlipped };
}
