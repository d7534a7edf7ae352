// The tolerant JSON reader behind `parseJson`: bigint for integers beyond 2^53, NaN and Infinity tokens, and an exact
// place in every complaint. Nesting was limited by the scan before, so plain recursion is safe here.
import { PenumbraError } from '../errors.ts';

interface Cursor {
  readonly text: string;
  at: number;
}

const numberForm = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const stringForm = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const spaceForm = /[ \t\n\r]*/y;

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
  if (key === '__proto__') Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
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
  const found = match(cursor, stringForm);
  if (found === null) throw invalid(cursor, 'JSON requires a closed string with known escapes and no control characters');
  return found.includes('\\') ? (JSON.parse(found) as string) : found.slice(1, -1);
}

function readNumber(cursor: Cursor): number | bigint {
  const found = match(cursor, numberForm);
  if (found === null) throw invalid(cursor, 'JSON requires a value');
  const value = Number(found);
  return Number.isSafeInteger(value) || /[.eE]/.test(found) ? value : BigInt(found);
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
