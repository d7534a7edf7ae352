// Signals that abort calls. Making one costs more than reading an answer, and hardly any is ever used: one that was not serves another call.

const unused: AbortController[] = [];
/** More calls than this are seldom under way at once. */
const mostKept = 1024;

export function takeSignal(): AbortController {
  return unused.pop() ?? new AbortController();
}

/** Call it once the call has ended: nobody listens to its signal any more. */
export function giveBackSignal(abort: AbortController): void {
  if (!abort.signal.aborted && unused.length < mostKept) unused.push(abort);
}
