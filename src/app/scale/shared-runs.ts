// The judge's runs at a comparator: their arms opened, found ready and warmed up outside the counted stream, and closed when the run ends.
import { messageOf } from '../../errors.ts';
import type { Clock, Log } from '../../io/ports.ts';
import type { Exchange, Run } from '../../model.ts';
import { awaitReady } from '../../pipeline/await-ready.ts';
import { type DispatchDeps, dispatch } from '../../pipeline/dispatch.ts';
import { closeTargets, nothingStored, type OpenRunDeps, openRun } from '../../pipeline/open-run.ts';
import type { RunContext } from '../../pipeline/run-context.ts';
import type { Lease, Readiness } from '../../pipeline/scale/messages.ts';
import type { ScaledRun } from '../../pipeline/scale/partition.ts';

export interface SharedRuns {
  /** Opens and closes what the lease says. */
  follow(lease: Lease, run: (id: string) => Run | null): void;
  /** Those that score. */
  scoring(): readonly ScaledRun[];
  /** Runs that are not ready: nothing of a run that scores may be passed over meanwhile. */
  isReady(): boolean;
  /** Sends unscored copies for the runs that still warm up; they count nowhere, and come again to be counted. */
  warmUp(exchanges: readonly Exchange[]): void;
  ready(): readonly Readiness[];
  close(): Promise<void>;
}

export interface SharedRunsDeps extends OpenRunDeps, DispatchDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** Of the topic. */
  readonly partitions: () => number;
  readonly onReady: () => void;
  /** Whether the budgets allow for one more request of so many bytes now; a warm-up goes on when asked again. */
  readonly mayAsk: (context: RunContext, bytes: number) => boolean;
}

interface Shared {
  readonly id: string;
  scoresFrom: number | null;
  context: RunContext | null;
  readyVersions: readonly (string | null)[];
  isEnded: boolean;
  isReady: boolean;
}

const openAgainMs = 2000;

export function createSharedRuns(deps: SharedRunsDeps): SharedRuns {
  const { clock, log } = deps;
  const all = new Map<string, Shared>();
  const stopping = new AbortController();
  /** The lease names a run that nobody has told in full yet. */
  let isUntold = false;
  const open = async (shared: Shared, run: Run): Promise<void> => {
    try {
      const context = await openRun(deps, { ...run, state: 'WARMING' }, nothingStored);
      if (shared.isEnded) return await closeTargets(context, log);
      shared.context = context;
      await awaitReady(context, { clock, log, signal: stopping.signal });
      shared.readyVersions = context.arms.map(({ version }) => version);
      settle(shared);
    } catch (thrown) {
      log.error({ run: run.id, problem: messageOf(thrown) }, 'the arms of a run cannot be opened here');
      clock.after(openAgainMs, () => {
        if (!shared.isEnded) void open(shared, run);
      });
    }
  };
  /** Ready when its warm-up is over; a run that scores already waits for no more requests than there are. */
  const settle = (shared: Shared): void => {
    const { context, isReady } = shared;
    if (isReady || context === null || !context.warmUp.armsReady || context.warmUp.waiting > 0) return;
    const most = context.run.definition.warmUpRequests;
    if (context.warmUp.sent < most && (shared.scoresFrom === null || context.warmUp.sent === 0)) return;
    shared.isReady = true;
    deps.onReady();
  };
  const end = async (shared: Shared): Promise<void> => {
    shared.isEnded = true;
    all.delete(shared.id);
    const { context } = shared;
    if (context === null) return;
    context.run = { ...context.run, state: 'STOPPED', endedAt: clock.nowMs() };
    context.cut.make();
    await closeTargets(context, log);
  };
  return {
    follow: (lease, run) => {
      isUntold = lease.runs.some(({ id }) => !all.has(id) && run(id) === null);
      for (const { id, scoresFrom } of lease.runs) {
        const known = all.get(id);
        const told = run(id);
        if (known !== undefined) known.scoresFrom = scoresFrom;
        else if (told !== null) {
          const shared: Shared = { id, scoresFrom, context: null, readyVersions: [], isEnded: false, isReady: false };
          all.set(id, shared);
          void open(shared, told);
        }
      }
      for (const shared of [...all.values()]) if (!lease.runs.some(({ id }) => id === shared.id)) void end(shared);
    },
    scoring: () =>
      [...all.values()].flatMap(({ context, scoresFrom, readyVersions }): ScaledRun[] =>
        context === null || scoresFrom === null
          ? []
          : [{ context, scoresFrom, readyVersions, partitions: deps.partitions() }],
      ),
    isReady: () => !isUntold && [...all.values()].every(({ isReady, scoresFrom }) => isReady || scoresFrom === null),
    warmUp: (exchanges) => {
      for (const shared of all.values()) {
        const { context, isReady } = shared;
        if (isReady || context === null || !context.warmUp.armsReady) continue;
        const { maxBodyBytes } = context.run.definition.blastRadius;
        const fitting = exchanges.filter(({ requestMessage }) => requestMessage.body.length <= maxBodyBytes);
        for (const exchange of fitting) {
          if (context.warmUp.sent >= context.run.definition.warmUpRequests) break;
          if (!deps.mayAsk(context, exchange.requestMessage.body.length)) break;
          warmUpOne(deps, context, { exchange, onDone: () => settle(shared) });
        }
        // Nothing here to warm up with: a run that scores goes on without.
        if (fitting.length === 0 && shared.scoresFrom !== null && context.warmUp.sent === 0) shared.isReady = true;
        settle(shared);
      }
    },
    ready: () =>
      [...all.values()].flatMap(({ context, isReady }) => (context && isReady ? [readinessOf(context)] : [])),
    close: async () => {
      stopping.abort();
      await Promise.all([...all.values()].map(end));
    },
  };
}

function warmUpOne(
  deps: DispatchDeps,
  context: RunContext,
  { exchange, onDone }: { readonly exchange: Exchange; readonly onDone: () => void },
): void {
  context.warmUp.sent += 1;
  context.warmUp.waiting += context.arms.length;
  dispatch(deps, context, exchange, {
    faultsOn: false,
    onOutcome: (index, outcome) => {
      context.warmUp.waiting -= 1;
      const tally = context.arms[index]?.tally;
      if (tally !== undefined && outcome?.status === 'ok') tally.warmUpOk += 1;
      else if (tally !== undefined) tally.warmUpFailed += 1;
      onDone();
    },
  });
}

function readinessOf({ run, arms }: RunContext): Readiness {
  return {
    run: run.id,
    arms: arms.map(({ arm, version, tally: { warmUpOk, warmUpFailed } }) => ({
      arm: arm.name,
      version,
      warmUpOk,
      warmUpFailed,
    })),
  };
}
