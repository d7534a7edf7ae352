// What a config's schema cannot see: whether the ONNX files it names are models, and hold the outputs that decisions read.
import type { EffectiveConfig } from '../config/effective.ts';
import type { Problem } from '../config/problems.ts';
import type { Path, Position } from '../config/yaml-tree.ts';
import { messageOf } from '../errors.ts';
import { loadOnnxModel } from '../io/onnx-model.ts';

/** Loads every in-process arm's model once and lets it go again. */
export async function modelProblems(
  { experiments, decisions }: EffectiveConfig,
  positionOf: (path: Path) => Position,
): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  const wanted = [...new Set(decisions.map((decision) => decision.output))];
  const checked = new Map<string, string | null>();
  for (const experiment of experiments) {
    for (const { name, target } of experiment.arms) {
      if (target?.type !== 'onnx') continue;
      const message = checked.get(target.file) ?? (await whyUnusable(target.file, wanted));
      checked.set(target.file, message);
      const path = ['experiments', experiment.name, 'arms', name, 'target', 'onnx'];
      if (message !== null) problems.push({ ...positionOf(path), message });
    }
  }
  return problems;
}

async function whyUnusable(file: string, wanted: readonly string[]): Promise<string | null> {
  try {
    const model = await loadOnnxModel(file);
    const known = model.outputs.map((output) => output.name);
    await model.close();
    const missing = wanted.filter((name) => !known.includes(name));
    if (missing.length === 0) return null;
    return `${file} has no output ${missing.join(', ')} that decisions read; its outputs: ${known.join(', ')}`;
  } catch (thrown) {
    return messageOf(thrown);
  }
}
