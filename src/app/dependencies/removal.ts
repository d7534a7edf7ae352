// The removal of a dependency's faults at the end of a run: tried until it is verified that the dependency answers as without them. As long as it
// is not, somebody is told, and no other run may have the dependency.
import { messageOf } from '../../errors.ts';
import type { Clock, Log } from '../../io/ports.ts';
import type { Alert } from '../../model.ts';
import type { DependencyControl } from './control.ts';

export interface Removals {
  /** Resolves after the first try; null when it has done it, else why not: then it goes on by itself, and `onDone` is called at its end. */
  begin(control: DependencyControl, options: { readonly experiment: string; onDone(): void }): Promise<string | null>;
  /** No more tries: whoever holds the proxies ends them. */
  stop(): void;
}

export interface RemovalDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** To the outbox. May throw. */
  readonly raise: (alert: Alert) => void;
}

const firstWaitMs = 1000;
const longestWaitMs = 60_000;

export function createRemovals(deps: RemovalDeps): Removals {
  const { clock } = deps;
  const waiting = new Set<() => void>();
  let isStopped = false;
  return {
    begin: async (control, { experiment, onDone }) => {
      // A process that is gone holds nothing back; the next one starts without faults.
      const incarnation = control.incarnation();
      const isGone = (): boolean => incarnation === null || control.incarnation() !== incarnation;
      const attempt = async (): Promise<string | null> => {
        const why = await tryOnce(control, deps);
        return why !== null && isGone() ? null : why;
      };
      const again = (waitMs: number): void => {
        if (isStopped) return;
        const cancel = clock.after(waitMs, () => {
          waiting.delete(cancel);
          void attempt().then((why) => {
            if (why !== null) return again(Math.min(2 * waitMs, longestWaitMs));
            tell(deps, { control, experiment, why });
            onDone();
          });
        });
        waiting.add(cancel);
      };
      const why = await attempt();
      if (why === null) return null;
      tell(deps, { control, experiment, why });
      again(firstWaitMs);
      return why;
    },
    stop: () => {
      isStopped = true;
      for (const cancel of waiting) cancel();
      waiting.clear();
    },
  };
}

/** Never rejects; null when it is verified. */
async function tryOnce(control: DependencyControl, { log }: RemovalDeps): Promise<string | null> {
  const { name: dependency } = control;
  try {
    const { restored, reason, afterMs } = await control.restore();
    if (restored) log.info({ dependency, afterMs }, 'a dependency is back at its baseline');
    return restored ? null : `${dependency} is not back at its baseline: ${reason}`;
  } catch (thrown) {
    return `the faults of ${dependency} could not be removed; they end with their lease, within 30 s: ${messageOf(thrown)}`;
  }
}

interface Told {
  readonly control: DependencyControl;
  readonly experiment: string;
  /** Null: it is over. */
  readonly why: string | null;
}

function tell({ log, raise, clock }: RemovalDeps, { control: { name }, experiment, why }: Told): void {
  if (why !== null) log.error({ dependency: name, experiment }, `ALERT: ${why}`);
  const summary = why === null ? `${name} is back at its baseline` : `${why}; it is tried again until it is verified`;
  try {
    raise(remainsAlert({ dependency: name, experiment, summary, isOver: why === null, at: clock.nowMs() }));
  } catch (thrown) {
    log.error({ dependency: name, problem: messageOf(thrown) }, 'the alert could not be stored');
  }
}

interface Remains {
  readonly dependency: string;
  readonly experiment: string;
  readonly summary: string;
  readonly isOver: boolean;
  readonly at: number;
}

function remainsAlert({ dependency, experiment, summary, isOver, at }: Remains): Alert {
  return {
    key: `dependency/${dependency}`,
    status: isOver ? 'resolved' : 'firing',
    severity: 'ticket',
    cause: 'dependency',
    experiment,
    run: '',
    arm: null,
    hypothesis: dependency,
    summary,
    at,
  };
}

/** What fired when penumbra ended is over: the proxies were started anew, and without faults. */
export function resolvedByRestart(firing: readonly Alert[], at: number): readonly Alert[] {
  return firing
    .filter(({ cause }) => cause === 'dependency')
    .map((alert) => ({
      ...alert,
      status: 'resolved',
      summary: `the proxy of ${alert.hypothesis} was started anew`,
      at,
    }));
}
