// A command as a process group of its own, so that a signal reaches all that it started. None outlives penumbra: it ends them itself, and
// where it cannot (SIGKILL, a hang) its dead man does.
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { deadMan } from './dead-man.ts';

export interface ProcessGroup {
  readonly pid: number;
  readonly child: ChildProcess;
  /** Resolves with "exit code 1" or "SIGKILL" when its first process has ended and what it printed is read. */
  readonly ended: Promise<string>;
  hasEnded(): boolean;
  signal(signal: NodeJS.Signals): void;
  /** SIGTERM, then SIGKILL after `graceMs`, to all of it; resolves when it has ended. */
  stop(graceMs: number): Promise<void>;
}

const lastWordsWithinMs = 500;
const alive = new Set<number>();
let isWatching = false;

/** Starts a program without a shell. Rejects when it cannot be started. */
export async function startGroup(
  command: readonly string[],
  options: Pick<SpawnOptions, 'cwd' | 'env'>,
): Promise<ProcessGroup> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { ...options, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  // Without a listener of its own a failing spawn would end penumbra.
  child.on('error', () => {});
  await Promise.race([once(child, 'spawn'), once(child, 'error').then(([thrown]) => Promise.reject(thrown))]);
  return groupOf(child, child.pid as number);
}

function groupOf(child: ChildProcess, pid: number): ProcessGroup {
  endWithPenumbra();
  alive.add(pid);
  const letGo = deadMan.hold({ group: pid });
  let how: string | null = null;
  const closed = once(child, 'close');
  const ended = once(child, 'exit').then(async ([code, signal]: unknown[]) => {
    const said = signal === null ? `exit code ${String(code)}` : String(signal);
    how = said;
    // Whoever it left behind in its group goes with it.
    signalGroup(pid, 'SIGKILL');
    alive.delete(pid);
    letGo();
    // Its last words are still on their way.
    await Promise.race([closed, new Promise((resume) => setTimeout(resume, lastWordsWithinMs).unref())]);
    return said;
  });
  const signal = (name: NodeJS.Signals): void => {
    if (how === null) signalGroup(pid, name);
  };
  return {
    pid,
    child,
    ended,
    hasEnded: () => how !== null,
    signal,
    stop: async (graceMs) => {
      signal('SIGTERM');
      // A stopped process hears nothing else.
      signal('SIGCONT');
      const timer = setTimeout(() => signal('SIGKILL'), graceMs);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** One that is gone already needs no signal. */
function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {}
}

function endWithPenumbra(): void {
  if (isWatching) return;
  isWatching = true;
  process.once('exit', () => {
    for (const pid of alive) signalGroup(pid, 'SIGKILL');
  });
}
