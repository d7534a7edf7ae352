// A judge that takes over: with the store of the one before it goes on where that one was; with a store of its own it cannot, and says so.
import { endRunNow } from '../../pipeline/end-run.ts';
import type { JudgeDeps } from './judge.ts';

type AfterAnother = Pick<JudgeDeps, 'leadership' | 'active' | 'store' | 'closing' | 'clock' | 'log'>;

/** What a judge with another store did meanwhile is not in this one, nor what it began. */
export function goOnAfterAnother({ leadership, active, store, closing, clock, log }: AfterAnother): void {
  const former = leadership.former();
  if (former === null) return;
  const ids = new Set(former.runs.map(({ id }) => id));
  const own = new Set(store.runs().map(({ run }) => run.id));
  const unknown = [...ids].filter((id) => !own.has(id));
  if (unknown.length > 0) {
    const what =
      'the judge before kept these runs in another store: they end unjudged. Judges that take over share one store';
    log.error({ runs: unknown }, what);
  }
  for (const context of active()) {
    if (context.run.state !== 'RUNNING' || ids.has(context.run.id)) continue;
    const reason = 'another judge led meanwhile, with another store: what was compared since is not in this run';
    log.error({ run: context.run.id }, reason);
    endRunNow(closing, context, { state: 'ABORTED', reason, nowMs: clock.nowMs() });
  }
}
