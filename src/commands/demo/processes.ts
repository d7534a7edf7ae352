// Starts the demo's processes, learns their ports, and ends every one of them, whatever happens.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';

export interface DemoProcess {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
}

export interface Processes {
  /** Runs `penumbra <args>` and resolves when it listens. Rejects with its last words when it ends before that. */
  start(name: string, args: readonly string[]): Promise<DemoProcess>;
  /** Runs `penumbra <args>` to its end; `output` is its standard output. */
  run(args: readonly string[]): Promise<{ exitCode: number; output: string }>;
  /** Why a process ended too early, if one did. */
  failure(): string | null;
  stopAll(): Promise<void>;
}

const startWithinMs = 30_000;
const stopWithinMs = 5000;

/** With `logFolder` every process's output is kept there, in one file each. */
export function createProcesses({ logFolder }: { logFolder?: string | undefined } = {}): Processes {
  const children = new Map<ChildProcess, string>();
  let failure: string | null = null;
  let stopping = false;
  // Last resort: a demo that dies leaves nobody behind.
  process.once('exit', () => {
    for (const child of children.keys()) child.kill('SIGKILL');
  });

  const launch = (name: string, args: readonly string[]): { child: ChildProcess; lastWords: () => string } => {
    const entry = process.argv[1] as string;
    const child = spawn(process.execPath, [...process.execArgv, entry, ...args], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...process.env, NO_COLOR: '1' },
    });
    children.set(child, name);
    let words = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        words = (words + text).slice(-4000);
        if (logFolder !== undefined) appendFileSync(join(logFolder, `${name.replaceAll(' ', '-')}.log`), text);
      });
    }
    child.once('exit', () => children.delete(child));
    return { child, lastWords: () => words.trim() };
  };

  return {
    start: async (name, args) => {
      const { child, lastWords } = launch(name, args);
      const port = await new Promise<number>((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`${name} did not start within 30 s: ${lastWords()}`)),
          startWithinMs,
        );
        child.on('message', (message: { type?: string; port?: number }) => {
          if (message.type !== 'listening' || message.port === undefined) return;
          clearTimeout(timer);
          resolve(message.port);
        });
        child.once('exit', (code, signal) => {
          clearTimeout(timer);
          reject(new Error(`${name} ended at start (${signal ?? code}): ${lastWords()}`));
          if (!stopping) failure ??= `${name} ended (${signal ?? code}): ${lastWords()}`;
        });
      });
      return { name, port, pid: child.pid as number };
    },
    run: async (args) => {
      const { child } = launch(args[0] ?? '', args);
      let output = '';
      child.stdout?.on('data', (text: string) => {
        output += text;
      });
      const [code] = (await once(child, 'close')) as [number | null];
      return { exitCode: code ?? -1, output };
    },
    failure: () => failure,
    stopAll: async () => {
      stopping = true;
      const ended = [...children.keys()].map((child) => {
        const exit = once(child, 'exit');
        child.kill('SIGTERM');
        const timer = setTimeout(() => child.kill('SIGKILL'), stopWithinMs);
        return exit.finally(() => clearTimeout(timer));
      });
      await Promise.all(ended);
    },
  };
}
