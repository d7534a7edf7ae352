// What a config's schema cannot see: whether the ONNX files it names are models, and hold the outputs that decisions read.
import { whyUnusable } from '../app/usable-model.ts';
import type { EffectiveConfig } from '../config/effective.ts';
import type { Problem } from '../config/problems.ts';
import type { Path, Position } from '../config/yaml-tree.ts';

/** Loads every in-process arm's model once and lets it go again. */
export async function modelProblems(
  { experiments, decisions }: EffectiveConfig,
  positionOf: (path: Path) => Position,
): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  const checked = new Map<string, string | null>();
  for (const experiment of experiments) {
    for (const { name, target } of experiment.arms) {
      if (target?.type !== 'onnx') continue;
      const message = checked.get(target.file) ?? (await whyUnusable(target.file, decisions));
      checked.set(target.file, message);
      const path = ['experiments', experiment.name, 'arms', name, 'target', 'onnx'];
      if (message !== null) problems.push({ ...positionOf(path), message });
    }
  }
  return problems;
}
