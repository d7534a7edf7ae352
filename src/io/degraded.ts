// How a service marks an honest fallback: in a header, in the answer's body, or by its status. Read from every arm's answer, so that a
// fallback that says so is not called silent.
import { valueAtPointer } from '../core/json-pointer.ts';
import type { AnswerMessage, DegradedMark } from '../model.ts';
import { plain } from './codecs/content-encoding.ts';
import { jsonLengthHeader } from './codecs/open-inference-v2/messages.ts';

/** Whether the answer carries the mark. Total: a body that is no JSON carries none. */
export function isMarkedDegraded(answer: AnswerMessage, mark: DegradedMark): boolean {
  const { status, headers } = answer;
  switch (mark.type) {
    case 'status':
      return status === mark.status;
    case 'header': {
      const value = headers[mark.header];
      return value !== undefined && (mark.is === null ? isYes(value) : value === mark.is);
    }
    case 'pointer': {
      const value = valueAtPointer(jsonOf(answer), mark.pointer);
      return mark.is === null ? isYes(value) : String(value) === mark.is;
    }
  }
}

/** Anything but what people write for "no". */
function isYes(value: unknown): boolean {
  return !['undefined', 'null', 'false', '0', 'no', ''].includes(String(value).trim().toLowerCase());
}

const decoder = new TextDecoder();

/** Of a body that goes on with binary tensors, the JSON in front of them. */
function jsonOf(answer: AnswerMessage): unknown {
  try {
    const { headers, body } = plain(answer, 'ANSWER_UNDECODABLE');
    const jsonBytes = Number(headers[jsonLengthHeader] ?? body.length);
    return JSON.parse(decoder.decode(body.subarray(0, jsonBytes)));
  } catch {
    return undefined;
  }
}
