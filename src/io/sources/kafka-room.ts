// A topic can wait: for a while for runs that start with this process, and always as long as the arms are busy or reading is paused.
import type { Clock } from '../ports.ts';
import type { SourceDeps } from './source-kind.ts';

interface Waiting {
  readonly deps: Pick<SourceDeps, 'clock' | 'load'>;
  readonly startedAtMs: number;
  readonly isPaused: boolean;
  readonly isStopped: boolean;
}

const lookEveryMs = 2;
/** An arm that does not come up must not keep every other from being asked. */
const patienceMs = 60_000;

/** `source` is looked at anew each time. */
export async function untilThereIsRoom(source: Waiting): Promise<void> {
  const { clock, load } = source.deps;
  for (;;) {
    const { isReady = true, unsent = 0, asked = 0, mostAsked = Number.POSITIVE_INFINITY } = load?.() ?? {};
    const isPatient = clock.monotonicMs() - source.startedAtMs < patienceMs;
    const hasRoom = (isReady || !isPatient) && unsent + asked < mostAsked;
    if (source.isStopped || (!source.isPaused && hasRoom)) return;
    await pauseFor(clock, lookEveryMs);
  }
}

export function pauseFor(clock: Clock, forMs: number): Promise<void> {
  return new Promise((resolve) => void clock.after(forMs, resolve));
}
