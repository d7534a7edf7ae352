// A shadow arm that penumbra starts itself: a command that listens on a port, asked over HTTP. Only shadows are started this way;
// production never is. It lives as long as the arm is open.
import { Type } from 'typebox';
import type { Kind } from '../../core/kind.ts';
import { PenumbraError } from '../../errors.ts';
import { aborted, pastDeadline } from '../http-failures.ts';
import { createPodProcess, freePort, type PodProcess, type PodSettings } from '../pod-process.ts';
import type { Log, Target, TargetCall, TargetReply } from '../ports.ts';

const options = Type.Object(
  {
    command: Type.Array(Type.String(), { minItems: 1, description: 'The program and its arguments; no shell' }),
    url: Type.String({
      default: 'http://127.0.0.1:{port}',
      description: 'Where it listens; {port} is a free port that penumbra chooses, here, in command and in env',
    }),
    ready: Type.Union([Type.String(), Type.Null()], {
      default: null,
      description: 'The path that answers 2xx when it is ready; the protocol’s own unless given',
    }),
    env: Type.Record(Type.String(), Type.String(), { default: {}, description: 'Added to its environment' }),
    cwd: Type.String({ default: '.', description: 'Where it is started' }),
    version: Type.Union([Type.String(), Type.Null()], { default: null, description: 'Declared version' }),
  },
  { additionalProperties: false },
);

export interface CommandTargetDeps {
  /** How a pod is asked once its address is known. */
  readonly openHttp: (at: { url: string; readyPath: string | null; version: string | null }) => Target;
  readonly log: Log;
  /** What the pod may see of penumbra's own environment is chosen here. */
  readonly processEnv: Readonly<Record<string, string | undefined>>;
}

export interface CommandTargetOptions extends CommandTargetDeps {
  readonly command: readonly string[];
  readonly url?: string;
  readonly ready?: string | null;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly version?: string | null;
}

export interface CommandTarget extends Target {
  readonly pod: PodProcess;
  /** Resolves when it is ready, or has had a while for that. @throws PenumbraError RUN_CANNOT_START when it ended before */
  started(): Promise<void>;
}

export const commandTarget: Kind<typeof options, (deps: CommandTargetDeps) => Target> = {
  name: 'command',
  summary: 'A pod that penumbra starts, asks over HTTP, and stops',
  options,
  create: (given) => (deps) => createCommandTarget({ ...given, ...deps }),
};

/** The pod behind a target, where penumbra started it. */
export function podOf(target: Target): PodProcess | null {
  return 'pod' in target ? (target as CommandTarget).pod : null;
}

/** Opening an arm waits this long for its pod; after that the run's own `readyTimeout` rules. */
const startWithinMs = 5000;

interface Opened extends PodSettings {
  readonly http: Target;
}

/** Starts the command at once. */
export function createCommandTarget(given: CommandTargetOptions): CommandTarget {
  const closing = new AbortController();
  const opening = open(given);
  const pod = createPodProcess(opening, given);
  const firstStart = pod.start({ isReadinessAwaited: true }, closing.signal);
  let isStarting = true;
  firstStart
    .catch(() => {})
    .finally(() => {
      isStarting = false;
    });
  const closed: TargetReply = { status: 'unavailable', reason: 'ended', latencyMs: 0, answer: null };

  async function call(asked: TargetCall): Promise<TargetReply> {
    const startedAt = performance.now();
    const early = isStarting ? await beforeDeadline(firstStart, asked) : null;
    const waitedMs = performance.now() - startedAt;
    if (early !== null) return { ...early, latencyMs: waitedMs, answer: null };
    const opened = await opening.catch(() => null);
    const why = closing.signal.aborted || opened === null ? 'ended' : pod.whyClosed();
    if (opened === null || why !== null) return { ...closed, reason: why, latencyMs: waitedMs };
    const reply = await opened.http.call({ ...asked, deadlineMs: asked.deadlineMs - waitedMs });
    return { ...reply, latencyMs: reply.latencyMs + waitedMs };
  }

  return {
    name: 'command',
    inProcess: false,
    pod,
    started: async () => {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, startWithinMs);
      });
      await Promise.race([firstStart, late]).finally(() => clearTimeout(timer));
      refuseEnded(pod);
    },
    ready: async (signal) => {
      const { http } = await opening;
      await Promise.race([firstStart, aborting(signal)]);
      refuseEnded(pod);
      return http.ready(signal);
    },
    call,
    close: async () => {
      closing.abort();
      const opened = await opening.catch(() => null);
      await firstStart.catch(() => {});
      await pod.stop();
      await opened?.http.close();
    },
  };
}

async function open(given: CommandTargetOptions): Promise<Opened> {
  const {
    url = 'http://127.0.0.1:{port}',
    command,
    env = {},
    cwd = '.',
    ready = null,
    version = null,
    openHttp,
  } = given;
  const port = url.includes('{port}') ? await freePort() : Number(new URL(url).port || 80);
  const put = (text: string): string => text.replaceAll('{port}', String(port));
  const own = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, put(value)]));
  const http = openHttp({ url: put(url), readyPath: ready, version });
  const whole = { ...inherited(given.processEnv), PORT: String(port), ...own };
  return { command: command.map(put), cwd, env: whole, probe: http.ready, http };
}

function aborting(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = (): void => reject(new PenumbraError('OVERLOADED', 'the pod is not ready yet'));
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}

const inheritedNames = /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_\w+|TZ|TMPDIR|TMP|TEMP|SystemRoot)$/;

/** Penumbra's own secrets are none of a pod's business. */
function inherited(env: CommandTargetDeps['processEnv']): Record<string, string> {
  const entries = Object.entries(env).filter(([name, value]) => inheritedNames.test(name) && value !== undefined);
  return Object.fromEntries(entries) as Record<string, string>;
}

function refuseEnded(pod: PodProcess): void {
  const why = pod.ending();
  if (why !== null) throw new PenumbraError('RUN_CANNOT_START', why);
}

/** Null when it has started in time. */
function beforeDeadline(
  started: Promise<void>,
  { deadlineMs, signal }: TargetCall,
): Promise<typeof aborted | typeof pastDeadline | null> {
  if (signal.aborted) return Promise.resolve(aborted);
  return new Promise((resolve) => {
    const end = (ending: typeof aborted | typeof pastDeadline | null): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      resolve(ending);
    };
    const onAbort = (): void => end(aborted);
    const timer = setTimeout(() => end(pastDeadline), deadlineMs);
    signal.addEventListener('abort', onAbort, { once: true });
    started.then(
      () => end(null),
      () => end(null),
    );
  });
}
