// The tap as a process of its own, started beside the comparator. It outlives a crash of the comparator on purpose, so a
// restarted comparator first looks whether its tap is still there.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TapConfig } from '../config/effective.ts';
import { PenumbraError } from '../errors.ts';
import type { Log } from '../io/ports.ts';
import type { TapSource } from '../io/sources/tap.ts';

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

const adoptWithinMs = 5000;

/** Throws ADDRESS_IN_USE when something that is not our tap listens there. */
export async function startTapProcess(options: TapProcessOptions): Promise<TapProcess> {
  const { listen, log } = options;
  const child = spawnTap(options);
  let words = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-1000);
  });
  const listening = new Promise<boolean>((resolve) => {
    child.once('message', () => resolve(true));
    child.once('exit', () => resolve(false));
  });
  if (await listening) {
    log.info({ listen, pid: child.pid }, 'tap started');
    child.on('exit', (code, signal) =>
      log.error({ code, signal }, 'the tap ended: production is not reachable through it'),
    );
    return { stop: () => stopTap(child) };
  }
  if (await hasTap(options.source)) {
    log.info({ listen }, 'the tap of an earlier comparator is still running and is used on');
    return { stop: async () => {} };
  }
  throw new PenumbraError('ADDRESS_IN_USE', `the tap could not start: ${words.trim()}`);
}

function spawnTap({ tap, listen, linkPath }: TapProcessOptions): ChildProcess {
  const entry = process.argv[1] as string;
  const flags = ['--listen', listen, '--upstream', tap.upstream, '--link', linkPath, '--share', String(tap.share)];
  const copies = ['--max-copy-bytes', String(tap.maxCopyBytes)];
  return spawn(process.execPath, [...process.execArgv, entry, 'tap', ...flags, ...copies], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    detached: true,
  });
}

async function stopTap(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.removeAllListeners('exit');
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

/** Whether a tap finds this comparator by itself soon: taps reconnect within seconds. */
async function hasTap(source: TapSource): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < adoptWithinMs; waitedMs += 100) {
    if (source.taps().length > 0) return true;
    await new Promise((resume) => setTimeout(resume, 100));
  }
  return false;
}
