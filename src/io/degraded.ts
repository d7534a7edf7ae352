// How a service marks an honest fallback: in a header, in the answer's body, or by its status. Read from every arm's answer, so that a
// fallback that says so is not called silent.
import { valueAtPointer } from '../core/json-pointer.ts';
import type { AnswerMessage, DegradedMark } from '../model.ts';

/** Whether the answer carries the mark. Total: a body that is no JSON carries none. */
export function isMarkedDegraded({ status, headers, body }: AnswerMessage, mark: DegradedMark): boolean {
  switch (mark.type) {
    case 'status':
      return status === mark.status;
    case 'header': {
      const value = headers[mark.header];
      return value !== undefined && (mark.is === null ? isYes(value) : value === mark.is);
    }
    case 'pointer': {
      const value = valueAtPointer(jsonOf(body), mark.pointer);
      return mark.is === null ? isYes(value) : String(value) === mark.is;
    }
  }
}

/** Anything but what people write for "no". */
function isYes(value: unknown): boolean {
  return !['undefined', 'null', 'false', '0', 'no', ''].includes(String(value).trim().toLowerCase());
}

const decoder = new TextDecoder();

function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(body));
  } catch {
    return undefined;
  }
}
