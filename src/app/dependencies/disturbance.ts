// A dependency's faults as a disturbance of a run: switched on by its proxy when the run scores, under a lease that is renewed, and
// removed when it ends. If the comparator dies, nothing has to be tidied up: the lease runs out.
import { messageOf, PenumbraError } from '../../errors.ts';
import type { Clock, Disturbance, Log } from '../../io/ports.ts';
import type { DependencyWatch } from './watch.ts';

export interface DependencyDisturbanceOptions {
  readonly watch: DependencyWatch;
  /** In the proxy's own words. */
  readonly faults: readonly object[];
  /** Takes the dependency for this run alone, once whoever had it has let go. Rejects when it is in use; returns how to let go. */
  readonly claim: () => Promise<() => void>;
  /** Removes the faults and sees to it that they are gone; resolves after the first try. */
  readonly remove: (letGo: () => void) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface DependencyDisturbance extends Disturbance {
  /** Whether the proxy has said that the faults are on. */
  isOn(): boolean;
}

const leaseMs = 30_000;
const renewEveryMs = 10_000;
/** A proxy that does not answer for this long is lost: three questions and more. */
const lostAfterMs = 3000;

interface Switched {
  readonly incarnation: number;
  /** Later answers show whether they are still on. */
  readonly question: number;
  readonly faults: string;
}

export function createDependencyDisturbance(options: DependencyDisturbanceOptions): DependencyDisturbance {
  const { watch, clock, log } = options;
  const { name } = watch.control;
  let on: Switched | null = null;
  let beginning: Promise<void> | null = null;
  let ending: Promise<void> | null = null;
  /** Null until the dependency is this run's: what another run has switched on stays. */
  let letGo: (() => void) | null = null;
  let cancelRenewal = (): void => {};
  let lost: string | null = null;
  const renewLater = (): void => {
    cancelRenewal = clock.after(renewEveryMs, () => {
      watch.control.renew().then(
        () => undefined,
        (thrown: unknown) => log.warn({ dependency: name, problem: messageOf(thrown) }, 'a lease was not renewed'),
      );
      if (ending === null) renewLater();
    });
  };
  const begin = async (): Promise<void> => {
    letGo = await options.claim();
    if (ending !== null) return;
    on = await switchOn(options);
    log.info({ dependency: name, faults: options.faults }, 'faults of a dependency are on');
    if (ending === null) renewLater();
  };
  const end = async (): Promise<void> => {
    cancelRenewal();
    // A switch that is on its way would come after its own removal.
    await beginning?.catch(() => undefined);
    const held = letGo;
    if (held !== null) await options.remove(held);
    on = null;
  };
  return {
    name: `the faults of ${name}`,
    isOn: () => on !== null && ending === null,
    begin: () => {
      beginning ??= ending === null ? begin() : Promise.resolve();
      return beginning;
    },
    end: () => {
      ending ??= end();
      return ending;
    },
    problem: () => {
      if (on === null || ending !== null) return null;
      lost ??= whyLost(on, { watch, nowMs: clock.monotonicMs() });
      return lost;
    },
  };
}

async function switchOn({ watch, faults }: DependencyDisturbanceOptions): Promise<Switched> {
  const { control } = watch;
  const incarnation = control.incarnation();
  if (incarnation === null) throw new PenumbraError('STARTING', `the proxy of ${control.name} is not running`);
  const state = await control.switchOn(faults, { leaseMs });
  return { incarnation, question: watch.question(), faults: wordsOf(state) };
}

function wordsOf({ faults }: { readonly faults: readonly { readonly fault: object }[] }): string {
  return JSON.stringify(faults.map(({ fault }) => fault));
}

/** Why the faults cannot be relied on any more; null while all is well. */
function whyLost(on: Switched, { watch, nowMs }: { watch: DependencyWatch; nowMs: number }): string | null {
  const { name } = watch.control;
  if (watch.control.incarnation() !== on.incarnation) return `the proxy of ${name} ended while its faults were on`;
  const failing = watch.failing();
  if (failing !== null && nowMs - failing.sinceMs >= lostAfterMs)
    return `whether the faults of ${name} are on cannot be seen any more: ${failing.why}`;
  const latest = watch.latest();
  if (latest === null || latest.question <= on.question || wordsOf(latest.state) === on.faults) return null;
  return `the faults of ${name} are not on any more: their lease ran out, or somebody removed or changed them`;
}
