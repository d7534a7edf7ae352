// Whether an ONNX file can be an arm: it is a model, and it has the outputs that decisions read. Loads it once and lets it go.
import { messageOf } from '../errors.ts';
import { loadOnnxModel } from '../io/onnx-model.ts';
import type { Decision } from '../model.ts';

/** Null when it can be used, else the reason in words. */
export async function whyUnusable(file: string, decisions: readonly Decision[]): Promise<string | null> {
  try {
    const model = await loadOnnxModel(file);
    const known = model.outputs.map((output) => output.name);
    await model.close();
    const wanted = new Set(decisions.map((decision) => decision.output));
    const missing = [...wanted].filter((name) => !known.includes(name));
    if (missing.length === 0) return null;
    return `${file} has no output ${missing.join(', ')} that decisions read; its outputs: ${known.join(', ')}`;
  } catch (thrown) {
    return messageOf(thrown);
  }
}
