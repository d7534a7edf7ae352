// A pod that penumbra starts, strikes and stops. Between a kill and the moment at which it says that it is ready it takes no requests,
// unless it is asked to start cold.
import { createServer } from 'node:net';
import { messageOf, PenumbraError } from '../errors.ts';
import { createLogLines, type LogLines } from './log-lines.ts';
import type { Log } from './ports.ts';
import { type ProcessGroup, startGroup } from './process-group.ts';

export interface PodProcess {
  /** Null while none runs. */
  pid(): number | null;
  /** Why nobody is to be asked now; null while requests may be sent. */
  whyClosed(): string | null;
  /** Why it ended by itself, in words; null while it runs, and while it is down for a strike. */
  ending(): string | null;
  kill(signal: 'SIGKILL' | 'SIGTERM', abort: AbortSignal): Promise<void>;
  /** Resolves when it is ready or has ended by itself; without `isReadinessAwaited` once it was started. */
  start(how: { readonly isReadinessAwaited: boolean }, abort: AbortSignal): Promise<void>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Nothing: whoever ends a run closes the pod. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface PodSettings {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Rejects while it is not ready. */
  readonly probe: (signal: AbortSignal) => Promise<unknown>;
}

const probeEveryMs = 50;
const killGraceMs = 10_000;
const stopGraceMs = 3000;

/** The settings may take their time: a port must be found. */
export function createPodProcess(settings: Promise<PodSettings>, { log }: { readonly log: Log }): PodProcess {
  const lines = createLogLines((line) => log.info({ pid: group?.pid, line }, 'a pod says'));
  let group: ProcessGroup | null = null;
  let closed: string | null = 'not_ready';
  let ending: string | null = null;
  let isStopped = false;
  const start: PodProcess['start'] = async ({ isReadinessAwaited }, abort) => {
    const options = await settings;
    if (isStopped || abort.aborted) throw new Error('ended');
    const started = await startOne(options, lines);
    // The run may have ended while it was being started.
    if (isStopped || abort.aborted) {
      await started.stop(stopGraceMs);
      throw new Error('ended');
    }
    group = started;
    ending = null;
    log.info({ pid: started.pid, command: options.command }, 'pod started');
    void started.ended.then((how) => {
      if (group !== started) return;
      group = null;
      ending = `${options.command.join(' ')} ended by itself (${how})${tail(lines)}`;
      log.warn({ problem: ending }, 'a pod ended by itself');
    });
    if (isReadinessAwaited) await untilReady(started, { ...options, abort });
    closed = null;
  };
  return {
    pid: () => group?.pid ?? null,
    whyClosed: () => (ending === null ? closed : 'ended'),
    ending: () => ending,
    start,
    kill: async (signal, abort) => {
      // One that is asked to finish still answers what it has; nothing new is sent to it.
      closed = 'not_ready';
      const struck = group;
      group = null;
      if (struck === null) return;
      const end = (): void => struck.signal('SIGKILL');
      if (signal === 'SIGKILL' || abort.aborted) end();
      abort.addEventListener('abort', end, { once: true });
      await struck.stop(killGraceMs);
      abort.removeEventListener('abort', end);
    },
    pause: async () => group?.signal('SIGSTOP'),
    resume: async () => group?.signal('SIGCONT'),
    restart: async () => {},
    stop: async () => {
      isStopped = true;
      const last = group;
      group = null;
      closed = 'ended';
      await last?.stop(stopGraceMs);
    },
  };
}

function tail(lines: LogLines): string {
  const words = lines.lastWords();
  return words === '' ? '' : `: ${words}`;
}

/** @throws PenumbraError RUN_CANNOT_START */
async function startOne({ command, cwd, env }: PodSettings, lines: LogLines): Promise<ProcessGroup> {
  try {
    const group = await startGroup(command, { cwd, env });
    for (const stream of [group.child.stdout, group.child.stderr]) if (stream !== null) lines.take(stream);
    return group;
  } catch (thrown) {
    const why = `the command ${command.join(' ')} could not be started in ${cwd}: ${messageOf(thrown)}`;
    throw new PenumbraError('RUN_CANNOT_START', why);
  }
}

async function untilReady(
  group: ProcessGroup,
  { probe, abort }: Pick<PodSettings, 'probe'> & { readonly abort: AbortSignal },
): Promise<void> {
  while (!group.hasEnded()) {
    if (abort.aborted) throw new Error('ended');
    try {
      await probe(AbortSignal.any([abort, AbortSignal.timeout(2000)]));
      return;
    } catch {
      await Promise.race([new Promise((resume) => setTimeout(resume, probeEveryMs)), group.ended]);
    }
  }
  await group.ended;
}

/** A port of this machine that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new PenumbraError('INTERNAL', 'a port has no number');
  return address.port;
}
