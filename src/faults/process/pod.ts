// What a process fault can do to an arm's pod, whoever runs it: penumbra itself, or a command hook.
import type { PodHooks } from '../../model.ts';

export interface Pod {
  /** Resolves when it is gone. All of these reject when it cannot be done, and when `abort` fires. */
  kill(signal: 'SIGKILL' | 'SIGTERM', abort: AbortSignal): Promise<void>;
  /** Resolves when it runs again; with `isReadinessAwaited` when it is ready. */
  start(how: { readonly isReadinessAwaited: boolean }, abort: AbortSignal): Promise<void>;
  pause(abort: AbortSignal): Promise<void>;
  resume(): Promise<void>;
  /** The end of the run: a killed pod is brought back where nobody closes it anyway. */
  restart(): Promise<void>;
}

/** Runs a command to its end; rejects when it fails, takes too long, or is aborted. */
export type RunHook = (
  name: string,
  hook: { readonly command: readonly string[]; readonly abort: AbortSignal | null },
) => Promise<void>;

/** A pod that others start: what has no hook is left to whoever looks after it. */
export function createHookedPod(hooks: PodHooks, run: RunHook): Pod {
  const does = async (name: keyof PodHooks, abort: AbortSignal | null): Promise<void> => {
    const command = hooks[name];
    if (command !== undefined) await run(name, { command, abort });
  };
  return {
    kill: (_signal, abort) => does('kill', abort),
    start: (_how, abort) => does('start', abort),
    pause: (abort) => does('pause', abort),
    resume: () => does('resume', null),
    restart: () => does('start', null),
  };
}
