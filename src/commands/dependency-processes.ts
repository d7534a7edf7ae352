// The fault proxies in front of the config's dependencies, each a process of its own beside the comparator: what breaks things on
// purpose shares no memory with what judges. One that dies is started again, since the shadow pods reach their dependency through
// it; whichever run relied on its faults is aborted. They end with the comparator, also when it is killed.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type ControlPlace, createHttpControl, type DependencyControl } from '../app/dependencies/control.ts';
import type { DependencyConfig, EffectiveConfig } from '../config/effective.ts';
import { type Environment, readSecret } from '../config/secrets.ts';
import { PenumbraError } from '../errors.ts';
import { parseListenAddress } from '../io/listen-address.ts';
import type { Log } from '../io/ports.ts';

export interface DependencyProcesses {
  readonly controls: readonly DependencyControl[];
  /** Resolves when all of them listen. @throws ADDRESS_IN_USE with the last words of the one that does not */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface DependencyProcessOptions {
  /** The config's file, which the proxies read themselves. */
  readonly file: string;
  readonly env: Environment;
  readonly log: Log;
}

interface Supervised {
  readonly control: DependencyControl;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export function createDependencyProcesses(
  { dependencies = [] }: EffectiveConfig,
  options: DependencyProcessOptions,
): DependencyProcesses {
  const all = dependencies.map((one) =>
    one.runs === 'elsewhere' ? runsElsewhere(one, options) : supervise(one, options),
  );
  const stop = async (): Promise<void> => {
    await Promise.all(all.map((one) => one.stop()));
  };
  return {
    controls: all.map(({ control }) => control),
    start: async () => {
      try {
        await Promise.all(all.map((one) => one.start()));
      } catch (thrown) {
        await stop();
        throw thrown;
      }
    },
    stop,
  };
}

function runsElsewhere(
  { name, protocol, control, tokenFrom }: DependencyConfig,
  { env }: DependencyProcessOptions,
): Supervised {
  const place = placeOf({ control, port: null, token: tokenOf(tokenFrom, env), incarnation: 0 });
  const nothing = async (): Promise<void> => {};
  return { control: createHttpControl({ name, protocol, place: () => place }), start: nothing, stop: nothing };
}

/** The old one may still be closing when its comparator was just restarted. */
const startWithinMs = 5000;
const restartAfterMs = 250;
/** Between tries to start it again, which double up to this. */
const longestRestartMs = 5000;
const stopWithinMs = 3000;

function supervise(dependency: DependencyConfig, options: DependencyProcessOptions): Supervised {
  const { name, protocol, listen } = dependency;
  const { log } = options;
  const token = tokenOf(dependency.tokenFrom, options.env);
  let running: { readonly child: ChildProcess; readonly place: ControlPlace } | null = null;
  let incarnation = 0;
  let isStopping = false;
  let starting: Promise<unknown> = Promise.resolve();
  /** The last words of one that ended before it listened; null when it runs. */
  const tryStart = async (): Promise<string | null> => {
    const started = await startProxy(dependency, options);
    if (started.ports === null) return started.lastWords;
    const place = placeOf({ ...dependency, port: started.ports.controlPort, token, incarnation: ++incarnation });
    running = { child: started.child, place };
    log.info({ dependency: name, listen, port: started.ports.port, pid: started.child.pid }, 'fault proxy started');
    started.child.once('exit', (code, signal) => {
      running = null;
      if (isStopping) return;
      log.error(
        { dependency: name, code, signal },
        'a fault proxy ended: shadow pods cannot reach the dependency through it',
      );
      restartLater(restartAfterMs);
    });
    return null;
  };
  const restart = async (afterMs: number): Promise<void> => {
    if (isStopping) return;
    const problem = await tryStart();
    if (problem === null) return;
    log.error({ dependency: name, problem }, 'a fault proxy could not be started again');
    restartLater(Math.min(2 * afterMs, longestRestartMs));
  };
  const restartLater = (afterMs: number): void => {
    setTimeout(() => {
      starting = restart(afterMs);
    }, afterMs).unref();
  };
  return {
    control: createHttpControl({ name, protocol, place: () => running?.place ?? null }),
    start: async () => {
      const giveUpAtMs = performance.now() + startWithinMs;
      for (;;) {
        const problem = await tryStart();
        if (problem === null) return;
        if (performance.now() > giveUpAtMs || !problem.includes('in use'))
          throw new PenumbraError('ADDRESS_IN_USE', `the fault proxy of ${name} could not start: ${problem}`);
        await new Promise((resume) => setTimeout(resume, restartAfterMs));
      }
    },
    stop: async () => {
      isStopping = true;
      // One that is just being started again must not be left behind.
      await starting;
      if (running !== null) await stopProxy(running.child);
    },
  };
}

interface StartedProxy {
  readonly child: ChildProcess;
  /** Null: it ended before it listened. */
  readonly ports: { readonly port: number; readonly controlPort: number } | null;
  readonly lastWords: string;
}

async function startProxy(
  { name, control }: DependencyConfig,
  { file }: DependencyProcessOptions,
): Promise<StartedProxy> {
  const own = control === null ? ['--control', '127.0.0.1:0'] : [];
  const args = ['fault-proxy', '--config', file, '--dependency', name, ...own];
  // Detached: an interrupt typed at a terminal is for the comparator, which first lets its runs end.
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1] as string, ...args], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    detached: true,
  });
  let words = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-1000);
  });
  const ports = await new Promise<StartedProxy['ports']>((resolve) => {
    child.once('message', (message: { port: number; controlPort: number }) => resolve(message));
    child.once('error', () => resolve(null));
    child.once('close', () => resolve(null));
  });
  return { child, ports, lastWords: words.trim() };
}

async function stopProxy(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await Promise.race([ended, new Promise((resume) => setTimeout(resume, stopWithinMs).unref())]);
}

function tokenOf(from: DependencyConfig['tokenFrom'], env: Environment): string | null {
  return from === null ? null : readSecret(from, { env });
}

interface PlaceParts {
  readonly control: string | null;
  /** Where it really listens; null: as the config says. */
  readonly port: number | null;
  readonly token: string | null;
  readonly incarnation: number;
}

/** What listens on every address is asked on this machine's own. */
function placeOf({ control, port, token, incarnation }: PlaceParts): ControlPlace {
  const { host, port: said } = parseListenAddress(control ?? '127.0.0.1:0');
  const reached = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return {
    url: `http://${reached.includes(':') ? `[${reached}]` : reached}:${port ?? said}`,
    token,
    incarnation,
  };
}
