// Before a recording is read: the ONNX files of its arms are models and hold what decisions read.
import type { EffectiveConfig } from '../../config/effective.ts';
import { PenumbraError } from '../../errors.ts';
import { modelProblems } from '../validate-models.ts';

/** Throws MODEL_INVALID for the first that is none. */
export async function requireModels(config: EffectiveConfig): Promise<void> {
  const [problem] = await modelProblems(config, () => ({ line: 0, column: 0 }));
  if (problem !== undefined) throw new PenumbraError('MODEL_INVALID', problem.message);
}
