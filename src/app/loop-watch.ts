// Proves at the start of every run that there is no loop: its ready probes and its warm-up are marked, and none of them may come back
// through any source. If one does, the run is refused in words: its shadow stands behind the very mirror, tap or logger that feeds us.
import { markOf } from '../core/own-calls.ts';
import { messageOf } from '../errors.ts';
import type { Clock, Log } from '../io/ports.ts';
import type { Headers } from '../model.ts';
import type { CloseDeps } from '../pipeline/close-buckets.ts';
import { endRunNow } from '../pipeline/end-run.ts';
import type { RunContext } from '../pipeline/run-context.ts';

interface LoopWatchDeps {
  readonly active: () => readonly RunContext[];
  readonly closing: CloseDeps;
  readonly clock: Clock;
  readonly log: Log;
}

/** A call that came back may take this long on its way: of a run that scores for longer it is counted and nothing else. */
const startMs = 10_000;

/** Hears of every call of penumbra's own that a source saw and dropped. Never throws. */
export function createLoopWatch({ active, closing, clock, log }: LoopWatchDeps): (headers: Headers) => void {
  let hasSaid = false;
  return (headers) => {
    const nowMs = clock.nowMs();
    const isStarting = ({ run }: RunContext): boolean =>
      run.endedAt === null && (run.state === 'WARMING' || nowMs - (run.scoringSince ?? nowMs) <= startMs);
    const mark = markOf(headers);
    if (!hasSaid) log.warn({ mark }, 'what penumbra sent came back through a source; it is dropped and counted');
    hasSaid = true;
    if (mark === null) return;
    for (const { context, arm } of concerned(mark, active())) {
      if (!isStarting(context)) continue;
      try {
        endRunNow(closing, context, { state: 'ABORTED', reason: reasonOf(arm), nowMs });
      } catch (thrown) {
        log.error({ problem: messageOf(thrown), run: context.run.id }, 'the end of the run could not be stored yet');
      }
    }
  };
}

interface Concerned {
  readonly context: RunContext;
  readonly arm: string;
}

function concerned(mark: string, contexts: readonly RunContext[]): readonly Concerned[] {
  const probed = /^probe (.+)$/.exec(mark)?.[1];
  return contexts.flatMap((context) =>
    context.run.definition.arms
      .filter(({ name, target }) =>
        probed === undefined
          ? mark === `${context.run.id}/${name}`
          : target?.type === 'http' && new URL(target.url).origin === probed,
      )
      .map(({ name }) => ({ context, arm: name })),
  );
}

function reasonOf(arm: string): string {
  return `loop: what it sends to the arm "${arm}" comes back through a source; let the mirror, tap or logger copy production alone, or give the address of a shadow behind none of them`;
}
