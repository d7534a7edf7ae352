// One transaction for everything that closing changed. When it fails, all of it stays pending, and the next tick tries again.
import type { Log } from '../io/ports.ts';
import type { Store } from '../io/store-port.ts';
import { openLatch } from './latch.ts';
import { noChanges, type RunContext, storedTally } from './run-context.ts';

export interface CommitOptions {
  /** After a restart: what was journalled and not committed is given up, and the tallies say so already. */
  readonly dropsUncommitted?: boolean;
}

export function commitPending(
  { store, log }: { readonly store: Store; readonly log: Log },
  context: RunContext,
  options: CommitOptions = {},
): void {
  const { labels, samples, verdicts, alerts, changed, superseded, committed } = context.pending;
  const streams = [...changed].flatMap((hypothesis) => context.streams.get(hypothesis) ?? []);
  context.isUncommitted = true;
  store.commit(
    {
      run: context.run,
      closedUntil: context.closedUntil,
      streams: [...superseded, ...streams],
      tallies: context.arms.map((arm) => storedTally(context, arm)),
      verdictChanges: verdicts,
      labels,
      samples,
      alerts,
    },
    options,
  );
  context.isUncommitted = false;
  context.pending = noChanges();
  for (const latch of committed) openLatch(latch);
  for (const { runId, hypothesis, n, to, sentence } of verdicts) {
    log.info({ run: runId, hypothesis, n }, `${to}: ${sentence}`);
  }
}
