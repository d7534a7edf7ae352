// One pass over a JSON text before it is parsed: how deep it nests, and whether JSON.parse would keep all of it.
// A body of an inference call is mostly digits, so the loop looks at character codes and allocates nothing.
import { PenumbraError } from '../errors.ts';

const quote = 34;
const backslash = 92;
const openSquare = 91;
const closeSquare = 93;
const openCurly = 123;
const closeCurly = 125;
const dot = 46;
const upperE = 69;
const lowerE = 101;
const upperI = 73;
const upperN = 78;

/** Every integer of at most 15 digits is exact in a double. */
const exactDigits = 15;

/** A number that begins with sixteen digits: an integer that could lose some. */
const longNumber = /(?:^|[^.\d])\d{16}/;

/**
 * Whether a text can be seen to be plain without reading it character by character, which most messages can: false says nothing. The
 * engine's own searches do this in a tenth of the time.
 */
export function isPlainAtSight(text: string, maxDepth: number): boolean {
  if (text.includes('NaN') || text.includes('Infinity') || longNumber.test(text)) return false;
  return countUpTo(maxDepth + 1, { text, sought: '[' }) + countUpTo(maxDepth + 1, { text, sought: '{' }) <= maxDepth;
}

function countUpTo(most: number, { text, sought }: { text: string; sought: string }): number {
  let count = 0;
  for (let at = text.indexOf(sought); at >= 0 && count < most; at = text.indexOf(sought, at + 1)) count++;
  return count;
}

/**
 * `isPlain` when no integer could lose digits and no NaN or Infinity token can occur outside a string.
 * @throws PenumbraError JSON_INVALID when nested deeper than `maxDepth`
 */
export function scanJson(text: string, maxDepth: number): { readonly isPlain: boolean } {
  let isPlain = true;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) at = endOfString(text, at);
    else if (code >= 48 && code <= 57) {
      const end = endOfDigits(text, at);
      if (end - at > exactDigits && isInteger(text, at, end)) isPlain = false;
      at = end - 1;
    } else if (code === openSquare || code === openCurly) {
      if (++depth > maxDepth) {
        throw new PenumbraError(
          'JSON_INVALID',
          `JSON requires at most ${maxDepth} levels of nesting, exceeded at offset ${at}`,
        );
      }
    } else if (code === closeSquare || code === closeCurly) depth--;
    else if (code === upperN || code === upperI) isPlain = false;
  }
  return { isPlain };
}

/** Index of the closing quote, or the end of the text. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === quote) return at;
    at += code === backslash ? 2 : 1;
  }
  return text.length;
}

function endOfDigits(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code < 48 || code > 57) break;
    at++;
  }
  return at;
}

/** Digits that are neither a fraction nor followed by one: 0.12345678901234567 is common and needs no care. */
function isInteger(text: string, start: number, end: number): boolean {
  if (start > 0 && text.charCodeAt(start - 1) === dot) return false;
  const next = end < text.length ? text.charCodeAt(end) : 0;
  return next !== dot && next !== upperE && next !== lowerE;
}
