// One record of a GoReplay capture: a line `type id time latency`, then the HTTP message as it was on the wire. Requests may leave the
// latency out; times are nanoseconds. Source of the format: GoReplay documentation, "Saving and replaying from file" and "Middleware".
import { PenumbraError } from '../../errors.ts';
import type { AnswerMessage, RequestMessage } from '../../model.ts';
import { readAnswerMessage, readRequestMessage } from './http-message.ts';

/** What stands between two records. */
export const recordSeparator = Buffer.from('\n🐵🙈🙉\n');

export type GoReplayRecord =
  | { readonly type: 'request'; readonly id: string; readonly at: bigint; readonly message: RequestMessage }
  | {
      readonly type: 'answer';
      readonly id: string;
      readonly at: bigint;
      /** Nanoseconds since the request; 0 when the recorder did not say. */
      readonly latency: bigint;
      readonly message: AnswerMessage;
    }
  /** What a server answered to a replay: of no interest, since nobody knows which version it was. */
  | { readonly type: 'replayed'; readonly id: string };

const headForm = /^([123]) ([0-9a-f]{16,64}) (\d{1,19})(?: (-?\d{1,19}))?$/i;
const longestHead = 120;

/** Whether bytes begin as a capture does. */
export function looksLikeGoReplay(start: Buffer): boolean {
  return headForm.test(headOf(start).text);
}

/** @throws PenumbraError EXCHANGE_INVALID */
export function readGoReplayRecord(bytes: Buffer): GoReplayRecord {
  const { text, end } = headOf(bytes);
  const match = headForm.exec(text);
  if (match === null) {
    const shown = JSON.stringify(text.slice(0, 40));
    throw new PenumbraError('EXCHANGE_INVALID', `a record requires a first line "type id time latency", not ${shown}`);
  }
  const [, type, id = '', at = '', latency = '0'] = match;
  if (type === '3') return { type: 'replayed', id };
  const payload = bytes.subarray(end);
  if (type === '1') return { type: 'request', id, at: BigInt(at), message: readRequestMessage(payload) };
  const message = readAnswerMessage(withoutInterim(payload));
  return { type: 'answer', id, at: BigInt(at), latency: BigInt(latency), message };
}

function headOf(bytes: Buffer): { readonly text: string; readonly end: number } {
  const start = bytes.subarray(0, longestHead);
  const newline = start.indexOf(10);
  const text = start.toString('latin1', 0, newline < 0 ? start.length : newline).replace(/\r$/, '');
  return { text, end: newline < 0 ? bytes.length : newline + 1 };
}

/** `100 Continue` and its like were on the wire in front of the answer. */
function withoutInterim(payload: Buffer): Buffer {
  let rest = payload;
  while (/^HTTP\/1\.[01] 1(?!01)\d\d/.test(rest.toString('latin1', 0, 12))) {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) return rest;
    rest = rest.subarray(end + 4);
  }
  return rest;
}
