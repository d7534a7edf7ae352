// Reads a head straight from its bytes, once and without a copy, when it is written the way nearly all are: HTTP/1.1, no
// folded lines, nothing that needs thought. For any other it says null, and head.ts decides.
import {
  type AnswerHead,
  answerHeadOf,
  createFields,
  type Fields,
  type RequestHead,
  readField,
  readNameOfLength,
  requestHeadOf,
} from './head-fields.ts';

export interface QuickHead<Head> {
  readonly head: Head;
  /** Where the body begins. */
  readonly bodyAt: number;
}

const [tab, lf, cr, blank, colon, del] = [9, 10, 13, 32, 58, 127];
const kindOf = new Uint8Array(256);
const [nameByte, targetByte, valueByte] = [1, 2, 4];
for (let byte = 0; byte < 256; byte++) {
  const isVisible = byte > blank && byte !== del;
  if (/[!#$%&'*+.^_`|~0-9A-Za-z-]/.test(String.fromCharCode(byte))) kindOf[byte] = nameByte;
  if (isVisible && byte < del) kindOf[byte] = (kindOf[byte] ?? 0) | targetByte;
  if (isVisible || byte === blank || byte === tab) kindOf[byte] = (kindOf[byte] ?? 0) | valueByte;
}
const requestEnd = Buffer.from(' HTTP/1.1\r\n');
const answerStart = Buffer.from('HTTP/1.1 ');

/** Null when the head is not whole, or not of the usual form. */
export function quickRequestHead(bytes: Buffer): QuickHead<RequestHead> | null {
  const methodEnd = skip(bytes, 0, nameByte);
  if (methodEnd === 0 || bytes[methodEnd] !== blank) return null;
  const targetEnd = skip(bytes, methodEnd + 1, targetByte);
  if (targetEnd === methodEnd + 1 || !isAt(bytes, targetEnd, requestEnd)) return null;
  const fields = createFields();
  const bodyAt = readFields(bytes, targetEnd + requestEnd.length, fields);
  if (bodyAt < 0) return null;
  const line = bytes.toString('latin1', 0, targetEnd + requestEnd.length - 2);
  const method = line.slice(0, methodEnd);
  const target = line.slice(methodEnd + 1, targetEnd);
  const head = requestHeadOf({ line, method, target, isOld: false }, fields);
  return head && { head, bodyAt };
}

/** Null when the head is not whole, or not of the usual form. */
export function quickAnswerHead(bytes: Buffer): QuickHead<AnswerHead> | null {
  if (!isAt(bytes, 0, answerStart)) return null;
  const status = digit(bytes, 9) * 100 + digit(bytes, 10) * 10 + digit(bytes, 11);
  if (!(status >= 100) || bytes[12] !== blank) return null;
  const lineEnd = skip(bytes, 13, valueByte);
  if (bytes[lineEnd] !== cr || bytes[lineEnd + 1] !== lf) return null;
  const fields = createFields();
  const bodyAt = readFields(bytes, lineEnd + 2, fields);
  if (bodyAt < 0) return null;
  const head = answerHeadOf({ status, isOld: false }, fields);
  return head && { head, bodyAt };
}

/** Where the block ends; −1 when it does not, or asks for thought. */
function readFields(bytes: Buffer, from: number, fields: Fields): number {
  let at = from;
  for (;;) {
    const nameEnd = skip(bytes, at, nameByte);
    if (nameEnd === at) return bytes[at] === cr && bytes[at + 1] === lf ? at + 2 : -1;
    if (bytes[nameEnd] !== colon) return -1;
    const lineEnd = skip(bytes, nameEnd + 1, valueByte);
    if (bytes[lineEnd] !== cr || bytes[lineEnd + 1] !== lf) return -1;
    const name = readNameOfLength(nameEnd - at);
    if (name !== null && isNamed(bytes, at, name)) {
      if (!readField(fields, name, bytes.toString('latin1', nameEnd + 1, lineEnd).trim())) return -1;
    }
    at = lineEnd + 2;
  }
}

/** The first place, from `at` on, where the byte is not of the kind. */
function skip(bytes: Buffer, from: number, kind: number): number {
  let at = from;
  while (at < bytes.length && ((kindOf[bytes[at] ?? 0] ?? 0) & kind) !== 0) at++;
  return at;
}

function isAt(bytes: Buffer, at: number, expected: Buffer): boolean {
  for (let index = 0; index < expected.length; index++) if (bytes[at + index] !== expected[index]) return false;
  return true;
}

/** `name` in lower case; the bytes are those of a name, in which only letters differ by this bit from another. */
function isNamed(bytes: Buffer, at: number, name: string): boolean {
  for (let index = 0; index < name.length; index++)
    if (((bytes[at + index] ?? 0) | 32) !== name.charCodeAt(index)) return false;
  return true;
}

/** NaN for any other byte. */
function digit(bytes: Buffer, at: number): number {
  const value = (bytes[at] ?? 0) - 48;
  return value >= 0 && value <= 9 ? value : Number.NaN;
}
