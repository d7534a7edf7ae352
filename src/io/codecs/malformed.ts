// The complaint of the codecs' readers before it is known whether a request or an answer was read.
// `coded` turns it into REQUEST_UNDECODABLE or ANSWER_UNDECODABLE; it never leaves this folder.
import { messageOf, PenumbraError } from '../../errors.ts';
import type { AnswerMessage } from '../../model.ts';

export class Malformed extends Error {}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export type UndecodableCode = 'REQUEST_UNDECODABLE' | 'ANSWER_UNDECODABLE';

/** What `read` gives. @throws PenumbraError with this code for Malformed and for JSON that is none */
export function coded<Made>(code: UndecodableCode, read: () => Made): Made {
  try {
    return read();
  } catch (thrown) {
    const isExpected =
      thrown instanceof Malformed || (thrown instanceof PenumbraError && thrown.code === 'JSON_INVALID');
    if (isExpected) throw new PenumbraError(code, messageOf(thrown));
    throw thrown;
  }
}

/** @throws PenumbraError ANSWER_UNDECODABLE for every status but 2xx */
export function requireSuccess({ status }: AnswerMessage): void {
  if (status < 200 || status > 299)
    throw new PenumbraError('ANSWER_UNDECODABLE', `an answer requires a 2xx status, not ${status}`);
}
