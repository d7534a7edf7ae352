// The tolerant JSON reader behind `parseJson`: bigint for integers beyond 2^53, NaN and Infinity tokens, and an exact
// place in every complaint. Nesting was limited by the scan before, so plain recursion is safe here.
import { PenumbraError } from '../errors.ts';

interface Cursor {
  readonly text: string;
  at: number;
}

const numberForm = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const backslash = 92;
const quote = 34;
const spaceForm = /[ \t\n\r]*/y;

/** No datatype holds more than 20 digits; turning millions of them into a bigint would block the process. */
const maxIntegerDigits = 1000;

const words: ReadonlyArray<readonly [string, unknown]> = [
  ['true', true],
  ['false', false],
  ['null', null],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
];

/** @throws PenumbraError JSON_INVALID */
export function readTolerantJson(text: string): unknown {
  const cursor: Cursor = { text, at: 0 };
  const value = readValue(cursor);
  skipSpace(cursor);
  if (cursor.at < text.length) throw invalid(cursor, 'JSON requires nothing after its value');
  return value;
}

function readValue(cursor: Cursor): unknown {
  skipSpace(cursor);
  const first = cursor.text[cursor.at];
  if (first === '{') return readObject(cursor);
  if (first === '[') return readArray(cursor);
  if (first === '"') return readString(cursor);
  for (const [word, value] of words) {
    if (cursor.text.startsWith(word, cursor.at)) {
      cursor.at += word.length;
      return value;
    }
  }
  return readNumber(cursor);
}

function readObject(cursor: Cursor): unknown {
  const object: Record<string, unknown> = {};
  cursor.at++;
  if (takes(cursor, '}')) return object;
  for (;;) {
    skipSpace(cursor);
    if (cursor.text[cursor.at] !== '"') throw invalid(cursor, 'JSON requires a member name in quotes');
    const key = readString(cursor);
    if (!takes(cursor, ':')) throw invalid(cursor, 'JSON requires a colon after a member name');
    setMember(object, key, readValue(cursor));
    if (takes(cursor, '}')) return object;
    if (!takes(cursor, ',')) throw invalid(cursor, 'JSON requires a comma or } after a member');
  }
}

function setMember(object: Record<string, unknown>, key: string, value: unknown): void {
  // Plain assignment to __proto__ would set the prototype.
  if (key === '__proto__')
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  else object[key] = value;
}

function readArray(cursor: Cursor): unknown[] {
  const items: unknown[] = [];
  cursor.at++;
  if (takes(cursor, ']')) return items;
  for (;;) {
    items.push(readValue(cursor));
    if (takes(cursor, ']')) return items;
    if (!takes(cursor, ',')) throw invalid(cursor, 'JSON requires a comma or ] after an item');
  }
}

function readString(cursor: Cursor): string {
  const { text, at: start } = cursor;
  let hasEscape = false;
  for (cursor.at++; cursor.at < text.length; cursor.at++) {
    const code = text.charCodeAt(cursor.at);
    if (code < 32) throw invalid(cursor, 'JSON requires control characters in strings to be escaped');
    if (code === backslash) {
      hasEscape = true;
      cursor.at++;
    } else if (code === quote) {
      cursor.at++;
      return hasEscape ? decodeString(cursor, start) : text.slice(start + 1, cursor.at - 1);
    }
  }
  cursor.at = text.length;
  throw invalid(cursor, 'JSON requires a closing quote');
}

function decodeString(cursor: Cursor, start: number): string {
  try {
    return JSON.parse(cursor.text.slice(start, cursor.at)) as string;
  } catch {
    cursor.at = start;
    throw invalid(cursor, 'JSON requires known escapes in a string');
  }
}

function readNumber(cursor: Cursor): number | bigint {
  const found = match(cursor, numberForm);
  if (found === null) throw invalid(cursor, 'JSON requires a value');
  const value = Number(found);
  if (Number.isSafeInteger(value) || /[.eE]/.test(found)) return value;
  if (found.length > maxIntegerDigits)
    throw invalid(cursor, `JSON requires integers of at most ${maxIntegerDigits} digits`);
  return BigInt(found);
}

function match(cursor: Cursor, form: RegExp): string | null {
  form.lastIndex = cursor.at;
  const found = form.exec(cursor.text);
  if (found === null) return null;
  cursor.at += found[0].length;
  return found[0];
}

function takes(cursor: Cursor, wanted: string): boolean {
  skipSpace(cursor);
  if (cursor.text[cursor.at] !== wanted) return false;
  cursor.at++;
  return true;
}

function skipSpace(cursor: Cursor): void {
  match(cursor, spaceForm);
}

function invalid(cursor: Cursor, rule: string): PenumbraError {
  const before = cursor.text.slice(0, cursor.at);
  const line = before.split('\n').length;
  const column = cursor.at - before.lastIndexOf('\n');
  const found = cursor.at < cursor.text.length ? `found ${JSON.stringify(cursor.text[cursor.at])}` : 'found the end';
  return new PenumbraError('JSON_INVALID', `${rule}, ${found} at offset ${cursor.at} (line ${line}, column ${column})`);
}
