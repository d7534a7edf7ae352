// What a config's schema cannot see: whether the ONNX files it names are models, and hold the outputs that decisions read.
import { whyUnusable } from '../app/usable-model.ts';
import type { EffectiveConfig } from '../config/effective.ts';
import type { Problem } from '../config/problems.ts';
import type { Path, Position } from '../config/yaml-tree.ts';
import { otherVersionOf } from '../faults/swap.ts';
import type { Arm, TargetSpec } from '../model.ts';

/** Loads every in-process arm's model once and lets it go again. */
export async function modelProblems(
  { experiments, decisions }: EffectiveConfig,
  positionOf: (path: Path) => Position,
): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  const checked = new Map<string, string | null>();
  for (const experiment of experiments) {
    for (const arm of experiment.arms) {
      for (const { target, at } of modelsOf(arm)) {
        if (target?.type !== 'onnx') continue;
        const message = checked.get(target.file) ?? (await whyUnusable(target.file, decisions));
        checked.set(target.file, message);
        const path = ['experiments', experiment.name, 'arms', arm.name, ...at];
        if (message !== null) problems.push({ ...positionOf(path), message });
      }
    }
  }
  return problems;
}

/** An arm's own target, and the version it swaps with; with the place of each in the arm. */
function modelsOf(arm: Arm): readonly { readonly target: TargetSpec | null; readonly at: readonly string[] }[] {
  return [
    { target: arm.target, at: ['target', 'onnx'] },
    { target: otherVersionOf(arm), at: ['faults'] },
  ];
}
