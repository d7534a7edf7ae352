// When two texts are the same text, and what a text is called where only a short name can be kept. Answers and true
// outcomes go through the same two functions, or a right answer would be counted as wrong for a line break.
import { keyOf } from '../random.ts';
import { sipHash24 } from '../siphash.ts';

/** Longest text that is its own label, in UTF-16 code units. */
const longestLabel = 200;
const digestKey = keyOf('penumbra text label');

/**
 * Unicode NFC, trimmed, every run of white space (line breaks too) one space. Case, punctuation and everything else count.
 *
 * @example normalText('  two\n lines ') // 'two lines'
 */
export function normalText(text: string): string {
  return text.normalize('NFC').replaceAll(/\s+/g, ' ').trim();
}

/** The text itself, or for a long one its length and SipHash-2-4: equal texts have equal labels, others differ but for 1 in 2^64. */
export function labelOfText(normal: string): string {
  if (normal.length <= longestLabel) return normal;
  const { low, high } = sipHash24(digestKey, normal);
  const digest = [high, low].map((half) => half.toString(16).padStart(8, '0')).join('');
  return `text of ${normal.length} characters, siphash ${digest}`;
}
