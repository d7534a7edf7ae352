// Restart without a refused connection: the running tap starts its successor and gives it the listening socket itself, so
// that clients who are just connecting wait in one and the same queue. Only then does it stop accepting and drains.
import { spawn } from 'node:child_process';
import type { Server } from 'node:net';

/** Set for the successor alone. */
const mark = 'PENUMBRA_TAP_TAKES_OVER';
const socketWithinMs = 10_000;

/** `drained` is called once the successor accepts connections. Without one, this tap simply goes on. */
export function handOver(server: Server, drain: () => void): void {
  if (process.connected) {
    say('it was started by a comparator, which would not know its successor; restart the comparator instead');
    return;
  }
  const { [mark]: _, ...env } = process.env;
  const [entry, ...args] = process.argv.slice(1) as [string, ...string[]];
  const successor = spawn(process.execPath, [...process.execArgv, entry, ...args], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...env, [mark]: '1' },
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
  // The handle under the server, not the server: that one would begin to accept before it is told what for.
  const handle = Reflect.get(server, '_handle');
  successor.send({ type: 'socket' }, handle, (error) => {
    if (error !== null) say(error.message);
  });
}

/** The socket that a predecessor hands over; null when there is none. */
export function takeOver(): Promise<object | null> {
  if (process.env[mark] === undefined) return Promise.resolve(null);
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
  process.stderr.write(`penumbra tap: not handed over: ${problem}\n`);
}
