// A port for processes that must be told theirs, which nobody else takes before they listen: it lies below those that a kernel gives
// to whoever asks for any, and two test runners seldom walk through the same stretch.
import { once } from 'node:events';
import { createServer } from 'node:net';

const [lowest, count] = [12_000, 20_000];
let next = (process.pid * 211) % count;

export async function freePort(): Promise<number> {
  for (let tries = 0; tries < count; tries++) {
    const port = lowest + next;
    next = (next + 1) % count;
    if (await isFree(port)) return port;
  }
  throw new Error(`no port from ${lowest} to ${lowest + count} is free`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
