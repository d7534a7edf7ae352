// Processes of the benchmark: what is measured has one core for itself and its own off-path work, everything else the other.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { cpus } from 'node:os';

export const proxyCore = 0;
export const loadCore = cpus().length > 1 ? 1 : 0;

export interface Pin {
  readonly core: number;
  /** 0: ordinary; above: less urgent. */
  readonly nice?: number;
}

export function pinned(program: string, args: readonly string[], { core, nice = 0 }: Pin) {
  const bound = ['-c', String(core), program, ...args];
  return nice === 0
    ? { command: 'taskset', args: bound }
    : { command: 'nice', args: ['-n', String(nice), 'taskset', ...bound] };
}

const started: ChildProcess[] = [];

export function start(program: string, args: readonly string[], pin: Pin): ChildProcess {
  const { command, args: all } = pinned(program, args, pin);
  const child = spawn(command, all, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  started.push(child);
  return child;
}

/** A module of this folder as a Node process. */
export function startNode(file: URL | string, args: readonly string[], pin: Pin): ChildProcess {
  return start(process.execPath, [...process.execArgv, typeof file === 'string' ? file : file.pathname, ...args], pin);
}

/** Asks a child something over its channel and waits for the next thing it says. */
export async function ask<Answer>(child: ChildProcess, question: object): Promise<Answer> {
  const answer = once(child, 'message');
  child.send(question);
  return (await answer)[0] as Answer;
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGCONT');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 3000);
  await ended;
  clearTimeout(timer);
}

export async function stopAll(): Promise<void> {
  await Promise.all(started.map(stop));
}

/** Resolves once something listens there. */
export async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    const isThere = await new Promise<boolean>((resolve) => {
      const socket = connect({ port, host: '127.0.0.1' });
      socket.once('connect', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
    if (isThere) return;
    await new Promise((resume) => setTimeout(resume, 20));
  }
  throw new Error(`nothing listens on port ${port}`);
}
