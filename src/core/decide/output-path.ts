// How a config names where a decision stands in an answer: "probabilities[:,1]", "eta[0]" or just "logits".
import { PenumbraError } from '../../errors.ts';

export interface OutputPath {
  /** The tensor's name. */
  readonly output: string;
  /** The column inside the row; null when the whole row is meant. */
  readonly column: number | null;
}

/**
 * Reads "name", "name[column]" and "name[:,column]". Throws CONFIG_INVALID on anything else.
 *
 * @example parseOutput('probabilities[:,1]') // { output: 'probabilities', column: 1 }
 */
export function parseOutput(text: string): OutputPath {
  const match = /^([^[\]]*[^[\]\s])\s*(?:\[\s*(?::\s*,\s*)?(\d{1,9})\s*\])?$/.exec(text.trim());
  if (match === null) {
    throw new PenumbraError(
      'CONFIG_INVALID',
      `output requires a tensor's name, with a column where one is meant, like logits or probabilities[:,1], not ${JSON.stringify(text)}`,
    );
  }
  return { output: match[1] as string, column: match[2] === undefined ? null : Number(match[2]) };
}
