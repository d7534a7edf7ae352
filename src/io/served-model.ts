// A model with its identity: the ONNX file, the card beside it if there is one, and the name and version both give.
// The pod and in-process arms use this one place, so the same file has the same version everywhere.
import { existsSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { PenumbraError } from '../errors.ts';
import { type ModelCard, readModelCard } from './model-card.ts';
import { loadOnnxModel, type OnnxModel } from './onnx-model.ts';

export interface ServedModel {
  readonly model: OnnxModel;
  readonly card: ModelCard | null;
  readonly name: string;
  /** `v2+sha256.abcdef123456`, or `sha256.abcdef123456` without a card. */
  readonly version: string;
}

/** `card` names a card elsewhere; by default the file beside the model with the same stem is used if it exists. */
export async function loadServedModel(
  file: string,
  options: { card?: string | undefined; name?: string | undefined } = {},
): Promise<ServedModel> {
  const model = await loadOnnxModel(file);
  try {
    const card = options.card === undefined ? cardBeside(file) : readModelCard(options.card);
    const name = options.name ?? card?.name ?? basename(file, extname(file));
    return { model, card, name, version: versionOf(card, model.sha256) };
  } catch (thrown) {
    await model.close();
    throw thrown;
  }
}

export function versionOf(card: ModelCard | null, sha256: string): string {
  const digest = `sha256.${sha256.slice(0, 12)}`;
  return card ? `${card.version}+${digest}` : digest;
}

function cardBeside(file: string): ModelCard | null {
  const beside = `${file.slice(0, file.length - extname(file).length)}.json`;
  if (beside === file || !existsSync(beside)) return null;
  const card = readModelCard(beside);
  if (basename(card.file) === basename(file)) return card;
  const found = `not "${basename(card.file)}"`;
  throw new PenumbraError(
    'CONFIG_INVALID',
    `${beside}: file requires "${basename(file)}", the model beside it, ${found}`,
    beside,
  );
}
