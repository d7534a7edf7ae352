// The tap as a process of its own, started beside the comparator. It outlives a crash of the comparator on purpose, so a
// restarted comparator first looks whether its tap is still there. A tap that dies is started again at once: without it
// production cannot be reached. A tap that wants a successor gets one, which is then looked after in its place.
import { type ChildProcess, type SendHandle, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TapConfig } from '../config/effective.ts';
import { messageOf, PenumbraError } from '../errors.ts';
import type { Log } from '../io/ports.ts';
import type { TapSource } from '../io/sources/tap.ts';
import { askForSuccessor, give, successorEnv, successorListens } from './tap-hand-over.ts';

export interface TapProcess {
  /** Drains and ends the tap, if it is ours; one that was found running relays on. */
  stop(): Promise<void>;
}

export interface TapProcessOptions {
  readonly tap: TapConfig;
  readonly listen: string;
  readonly linkPath: string;
  readonly source: TapSource;
  readonly log: Log;
}

interface StartedTap {
  readonly child: ChildProcess;
  /** Null: it ended before it listened. */
  readonly port: number | null;
  readonly lastWords: string;
}

const adoptWithinMs = 5000;
/** Soon: production cannot be reached. Between tries that fail the time doubles, up to the longest. */
const restartAfterMs = 50;
const longestRestartMs = 5000;
/** The tap itself cuts what is still under way after 10 s; it is not waited for that long. */
const stopWithinMs = 8000;

/** Throws ADDRESS_IN_USE when something that is not our tap listens there. */
export async function startTapProcess(options: TapProcessOptions): Promise<TapProcess> {
  const { listen, log } = options;
  const first = await startTap(options);
  if (first.port !== null) return keepRunning(options, first.child);
  if (await hasTap(options.source)) {
    const hint = 'it keeps its old settings and outlives this comparator; end it by SIGTERM to have it replaced';
    log.warn({ listen, hint }, 'the tap of an earlier comparator is still running and is used on');
    return { stop: async () => {} };
  }
  throw new PenumbraError('ADDRESS_IN_USE', `the tap could not start: ${first.lastWords}`);
}

/** As `startTap`, and what it throws (no memory, no descriptor) is one more way not to start: the one who looks after the tap must not end of it. */
async function tryStart(
  options: TapProcessOptions,
  socket: SendHandle | null = null,
): Promise<StartedTap | NotStarted> {
  try {
    return await startTap(options, socket);
  } catch (thrown) {
    return { child: null, port: null, lastWords: messageOf(thrown) };
  }
}

interface NotStarted {
  readonly child: null;
  readonly port: null;
  readonly lastWords: string;
}

/** Resolves when it listens, or ended without; with `socket`, on that instead of on one of its own. */
async function startTap(options: TapProcessOptions, socket: SendHandle | null = null): Promise<StartedTap> {
  const child = spawnTap(options, { isSuccessor: socket !== null });
  let words = '';
  if (socket !== null) {
    give(child, socket, (problem) => {
      words += problem;
      child.kill('SIGKILL');
    });
  }
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-1000);
  });
  const port = await new Promise<number | null>((resolve) => {
    child.once('message', (message: { port: number }) => resolve(message.port));
    child.once('error', () => resolve(null));
    child.once('close', () => resolve(null));
  });
  if (port !== null) options.log.info({ listen: options.listen, port, pid: child.pid }, 'tap started');
  return { child, port, lastWords: words.trim() };
}

function keepRunning(options: TapProcessOptions, first: ChildProcess): TapProcess {
  let current = first;
  let isStopping = false;
  /** Settled when nothing is being started. */
  let starting: Promise<void> = Promise.resolve();
  const watch = (child: ChildProcess): void => {
    current = child;
    child.once('exit', (code, signal) => {
      if (isStopping || child !== current) return;
      options.log.error({ code, signal }, 'the tap ended: production cannot be reached through it until it is back');
      restartLater(restartAfterMs);
    });
    child.on('message', (message: { type?: string }, socket) => {
      if (message.type === askForSuccessor && socket !== undefined) starting = succeed(child, socket as SendHandle);
    });
  };
  const restartLater = (afterMs: number): void => {
    setTimeout(() => {
      starting = restart(afterMs);
    }, afterMs);
  };
  const restart = async (afterMs: number): Promise<void> => {
    // Or one that it was handing over to has taken its place.
    if (isStopping || isRunning(current)) return;
    const { child, port, lastWords } = await tryStart(options);
    if (child === null || port === null) {
      options.log.error({ problem: lastWords }, 'the tap could not be started again');
      restartLater(Math.min(2 * afterMs, longestRestartMs));
      return;
    }
    watch(child);
  };
  const succeed = async (predecessor: ChildProcess, socket: SendHandle): Promise<void> => {
    if (isStopping || predecessor !== current) return;
    const { child, port, lastWords } = await tryStart(options, socket);
    closeHandle(socket);
    if (child === null || port === null) {
      options.log.error({ problem: lastWords }, 'the tap goes on: its successor could not be started');
      tell(predecessor, { type: successorListens, problem: lastWords });
      return;
    }
    watch(child);
    options.log.info({ from: predecessor.pid, to: child.pid }, 'the tap has handed over to its successor');
    tell(predecessor, { type: successorListens });
  };
  watch(first);
  return {
    stop: async () => {
      isStopping = true;
      // One that is just being started must not be left behind.
      await starting;
      await stopTap(current);
    },
  };
}

/** One that has ended needs no answer. */
function tell(tap: ChildProcess, message: object): void {
  if (tap.connected) tap.send(message, () => undefined);
}

/** This process's own reference to the socket that it has passed on; as long as one is open, nobody is refused. */
function closeHandle(socket: SendHandle): void {
  const close: unknown = Reflect.get(socket ?? {}, 'close');
  if (typeof close === 'function') close.call(socket);
}

function spawnTap(
  { tap, listen, linkPath }: TapProcessOptions,
  { isSuccessor }: { isSuccessor: boolean },
): ChildProcess {
  const entry = process.argv[1] as string;
  const flags = ['--listen', listen, '--upstream', tap.upstream, '--link', linkPath, '--share', String(tap.share)];
  const sizes = ['--max-copy-bytes', String(tap.maxCopyBytes), '--max-body', String(tap.maxBodyBytes)];
  // Detached: an interrupt typed at a terminal is for the comparator, which then lets the tap drain.
  const listed = [
    ...tap.methods.flatMap((each) => ['--method', each]),
    ...tap.routes.flatMap((each) => ['--route', each]),
  ];
  return spawn(process.execPath, [...process.execArgv, entry, 'tap', ...flags, ...sizes, ...listed], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: isSuccessor ? successorEnv() : process.env,
    detached: true,
  });
}

const isRunning = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode === null && signalCode === null;

async function stopTap(child: ChildProcess): Promise<void> {
  if (!isRunning(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await Promise.race([ended, new Promise((resume) => setTimeout(resume, stopWithinMs).unref())]);
}

/** Whether a tap finds this comparator by itself soon: taps reconnect within seconds. */
async function hasTap(source: TapSource): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < adoptWithinMs; waitedMs += 100) {
    if (source.taps().length > 0) return true;
    await new Promise((resume) => setTimeout(resume, 100));
  }
  return false;
}
