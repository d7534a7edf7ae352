// Strikes an arm's process at its times for as long as the run scores, and knows for every request whether it was hit. When the run
// ends, however it ends, a paused pod goes on and nothing is started that nobody would stop.
import { messageOf } from '../../errors.ts';
import type { Clock, Disturbance, Log } from '../../io/ports.ts';
import type { Pod } from './pod.ts';
import { backOffForgottenMs, backOffMs, type StrikeKey, type StrikePlan, strikeAtMs } from './strikes.ts';

export interface ProcessFaultOptions extends StrikeKey {
  /** "kill of slow". */
  readonly name: string;
  readonly plan: StrikePlan;
  readonly pod: Pod;
  readonly clock: Clock;
  readonly log: Log;
}

export interface ProcessDisturbance extends Disturbance {
  /** Counted from the moment at which the process was gone or stood still; 0 while it is being brought there. `number`: how often it struck. */
  strike(): { readonly acts: boolean; readonly sinceMs: number | null; readonly number: number };
}

export function createProcessDisturbance(options: ProcessFaultOptions): ProcessDisturbance {
  const { name, plan, pod, clock, log } = options;
  const ended = new AbortController();
  const state: PodState = { needs: null, backOffs: 0, upSinceMs: 0, downSinceMs: null };
  let struck = 0;
  let failure: string | null = null;
  let current: Promise<void> | null = null;
  let ending: Promise<void> | null = null;
  let forget = (): void => {};

  const strike = (): void => {
    struck += 1;
    state.downSinceMs = null;
    log.info({ fault: name, strike: struck }, 'the process of an arm is struck');
    current = deal(options, { state, abort: ended.signal })
      .catch((thrown: unknown) => {
        if (!ended.signal.aborted) failure ??= `${name} could not be done: ${messageOf(thrown)}`;
      })
      .finally(() => {
        current = null;
      });
  };
  const awaitNext = (beganMs: number, index: number): void => {
    const dueMs = beganMs + strikeAtMs(plan, { ...options, index });
    forget = clock.after(Math.max(0, dueMs - clock.monotonicMs()), () => {
      if (ended.signal.aborted) return;
      awaitNext(beganMs, index + 1);
      if (current === null && failure === null) strike();
    });
  };
  return {
    name,
    begin: async () => {
      state.upSinceMs = clock.monotonicMs();
      if (!ended.signal.aborted) awaitNext(clock.monotonicMs(), 0);
    },
    end: () => {
      ending ??= (async () => {
        forget();
        ended.abort();
        await current;
        await restore(pod, state).catch((thrown: unknown) => {
          log.error({ fault: name, problem: messageOf(thrown) }, 'the process of an arm could not be brought back');
        });
      })();
      return ending;
    },
    problem: () => failure,
    strike: () => {
      if (struck === 0) return { acts: false, sinceMs: null, number: 0 };
      const sinceMs = state.downSinceMs === null ? 0 : clock.monotonicMs() - state.downSinceMs;
      return { acts: current !== null || sinceMs < plan.settleMs, sinceMs, number: struck };
    },
  };
}

interface PodState {
  /** What the pod lacks until it is as it was before. */
  needs: 'resume' | 'start' | null;
  /** How often in a row it waited before its start. */
  backOffs: number;
  upSinceMs: number;
  /** When the last strike had done its work; null before the first, and while one is being dealt. */
  downSinceMs: number | null;
}

interface Waiting {
  readonly clock: Clock;
  readonly abort: AbortSignal;
}

interface Dealing {
  readonly state: PodState;
  readonly abort: AbortSignal;
}

/** One strike, until the pod is back. */
async function deal({ plan: { blow }, pod, clock }: ProcessFaultOptions, { state, abort }: Dealing): Promise<void> {
  if (blow.type === 'pause') {
    state.needs = 'resume';
    await pod.pause(abort);
    state.downSinceMs = clock.monotonicMs();
    await wait({ clock, abort }, blow.pauseMs);
    await pod.resume();
    state.needs = null;
    return;
  }
  if (clock.monotonicMs() - state.upSinceMs >= backOffForgottenMs) state.backOffs = 0;
  state.needs = 'start';
  await pod.kill(blow.signal, abort);
  state.downSinceMs = clock.monotonicMs();
  if (blow.backOffMs !== null) {
    await wait({ clock, abort }, backOffMs(blow.backOffMs, state.backOffs));
    state.backOffs += 1;
  }
  await pod.start(blow, abort);
  state.needs = null;
  state.upSinceMs = clock.monotonicMs();
}

async function restore(pod: Pod, state: PodState): Promise<void> {
  const { needs } = state;
  state.needs = null;
  if (needs === 'resume') await pod.resume();
  if (needs === 'start') await pod.restart();
}

function wait({ clock, abort }: Waiting, delayMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      cancel();
      reject(new Error('ended'));
    };
    const cancel = clock.after(delayMs, () => {
      abort.removeEventListener('abort', stop);
      resolve();
    });
    if (abort.aborted) stop();
    else abort.addEventListener('abort', stop, { once: true });
  });
}
