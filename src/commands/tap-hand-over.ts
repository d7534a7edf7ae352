// Restart without a refused connection: a successor is given the listening socket itself, so that clients who are just
// connecting wait in one and the same queue. Only then does the running tap stop accepting, and drains. A tap that a
// comparator watches over asks it for the successor, which the comparator then watches in its place.
import { type ChildProcess, type SendHandle, spawn } from 'node:child_process';
import type { Server } from 'node:net';

/** Set for a successor alone. */
const mark = 'PENUMBRA_TAP_TAKES_OVER';
const socketWithinMs = 10_000;
const takenOverWithinMs = 20_000;

/** What a tap and the comparator that started it say to each other. */
export const askForSuccessor = 'successor wanted';
export const successorListens = 'successor listens';

/** From the asking for a successor until there is one, or none. */
let isUnderWay = false;

/** `drain` is called once the successor accepts connections. Without one, this tap simply goes on. */
export function handOver(server: Server, drain: () => void): void {
  // The handle under the server, not the server: that one would begin to accept before it is told what for.
  const handle = Reflect.get(server, '_handle') as SendHandle | null;
  // On its way out already.
  if (handle === null || isUnderWay) return;
  isUnderWay = true;
  if (process.connected) askParent(handle, drain);
  else startSuccessor(handle, drain);
}

function askParent(handle: SendHandle, drain: () => void): void {
  const finish = (problem: string | null): void => {
    clearTimeout(timer);
    process.off('message', answered);
    if (problem === null) drain();
    else say(problem);
  };
  const answered = (message: { type?: string; problem?: string }): void => {
    if (message.type === successorListens) finish(message.problem ?? null);
  };
  const timer = setTimeout(() => finish('whoever started this tap started no successor'), takenOverWithinMs);
  process.on('message', answered);
  process.send?.({ type: askForSuccessor }, handle, {}, (error) => {
    if (error !== null) finish(error.message);
  });
}

function startSuccessor(handle: SendHandle, drain: () => void): void {
  const [entry, ...args] = process.argv.slice(1) as [string, ...string[]];
  const successor = spawn(process.execPath, [...process.execArgv, entry, ...args], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: successorEnv(),
    detached: true,
  });
  let isDone = false;
  successor.once('error', (error) => say(error.message));
  successor.once('exit', (code) => {
    if (!isDone) say(`its successor ended with ${code} and this tap goes on`);
  });
  successor.on('message', (message: { type?: string }) => {
    if (message.type !== 'listening') return;
    isDone = true;
    process.stdout.write(`tap handed over to process ${successor.pid}\n`);
    successor.disconnect();
    successor.unref();
    drain();
  });
  give(successor, handle, say);
}

/** The environment in which a tap waits to be given its socket. */
export function successorEnv(): NodeJS.ProcessEnv {
  return { ...process.env, [mark]: '1' };
}

export function give(successor: ChildProcess, handle: SendHandle, failed: (problem: string) => void): void {
  successor.send({ type: 'socket' }, handle, (error) => {
    if (error !== null) failed(error.message);
  });
}

/** The socket that a predecessor hands over; null when there is none. */
export function takeOver(): Promise<object | null> {
  if (process.env[mark] === undefined) return Promise.resolve(null);
  // A successor of its own, or what it may start, is marked anew.
  delete process.env[mark];
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the predecessor handed nothing over')), socketWithinMs);
    process.once('message', (_message, handle) => {
      clearTimeout(timer);
      if (typeof handle === 'object' && handle !== null) resolve(handle);
      else reject(new Error('the predecessor handed over no socket'));
    });
  });
}

function say(problem: string): void {
  isUnderWay = false;
  process.stderr.write(`penumbra tap: not handed over: ${problem}\n`);
}
