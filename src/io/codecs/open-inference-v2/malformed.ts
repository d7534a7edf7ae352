// The complaint of this codec's readers before it is known whether a request or an answer was read.
// The codec turns it into REQUEST_UNDECODABLE or ANSWER_UNDECODABLE; it never leaves the codec's folder.

export class Malformed extends Error {}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
