// The gate's answer as text for a shell that has nothing but curl: the first line is whole or wrong, and the rest is for people.
import type { GateView } from '../pipeline/view-types.ts';
import { reasonsOf } from './gate-reasons.ts';

/** `VERDICT EXIT-CODE final|open RUN NONCE`, then the reasons, one a line. */
export function gateText(view: GateView): string {
  const { verdict, exitCode, final, run, nonce, notes } = view;
  const first = `${verdict} ${exitCode} ${final ? 'final' : 'open'} ${run} ${nonce ?? '-'}`;
  return [first, ...[...reasonsOf(view), ...notes].map((line) => `  ${oneLine(line)}`), ''].join('\n');
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
}
