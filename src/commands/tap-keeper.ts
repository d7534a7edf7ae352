// The thread that starts the tap and looks after it. It is a thread for its priority: a process has that of the thread which started it,
// and the comparator's own is low. It is also there at once when the comparator is busy.
import { readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { messageOf, PenumbraError } from '../errors.ts';
import type { Log } from '../io/ports.ts';
import type { TapSource } from '../io/sources/tap.ts';
import { startTapProcess, type TapProcess, type TapProcessOptions } from './tap-process.ts';

export interface KeeperData extends Pick<TapProcessOptions, 'tap' | 'listen' | 'linkPath'> {
  /** The command line of the process, which a thread does not see. */
  readonly entry: string;
  readonly execArgv: readonly string[];
}

export type ToKeeper = { readonly type: 'taps'; readonly count: number } | { readonly type: 'start' | 'stop' };

export type FromKeeper =
  /** Its number in the system; null where that cannot be known. */
  | { readonly type: 'ready'; readonly thread: number | null }
  | { readonly type: 'started' }
  | { readonly type: 'failed'; readonly problem: string; readonly code: PenumbraError['code'] }
  | { readonly type: 'stopped' }
  | { readonly type: 'log'; readonly level: keyof Log; readonly fields: object; readonly text: string };

if (parentPort !== null) keep(parentPort, workerData as KeeperData);

function keep(port: MessagePort, { entry, execArgv, ...options }: KeeperData): void {
  const say = (message: FromKeeper): void => port.postMessage(message);
  process.argv[1] = entry;
  process.execArgv = [...execArgv];
  let taps = 0;
  let started: TapProcess | null = null;
  const write = (level: keyof Log) => (fields: object, text: string) => say({ type: 'log', level, fields, text });
  const log: Log = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  const source = { taps: () => new Array(taps) } as unknown as TapSource;
  const start = async (): Promise<void> => {
    try {
      started = await startTapProcess({ ...options, source, log });
      say({ type: 'started' });
    } catch (thrown) {
      const code = thrown instanceof PenumbraError ? thrown.code : 'INTERNAL';
      say({ type: 'failed', problem: messageOf(thrown), code });
    }
  };
  const stop = async (): Promise<void> => {
    await started?.stop();
    say({ type: 'stopped' });
  };
  port.on('message', (message: ToKeeper) => {
    if (message.type === 'taps') taps = message.count;
    else void (message.type === 'start' ? start : stop)();
  });
  say({ type: 'ready', thread: ownThread() });
}

function ownThread(): number | null {
  try {
    return Number(basename(readlinkSync('/proc/thread-self')));
  } catch {
    return null;
  }
}
