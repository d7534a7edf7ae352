// A shadow on a thread of its own that writes down when each request came: what the comparator's thread is busy with does not move its clock.
// Plain JavaScript in a text, because a thread of Node 20 cannot load TypeScript.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

export interface CountingShadow {
  readonly url: string;
  /** Wall time of every request so far, ready probes too. */
  arrivals(): Promise<readonly number[]>;
  close(): Promise<void>;
}

/** Answers inference after up to 300 ms, so that requests are always in flight. */
const program = `
  const { createServer } = require('node:http');
  const { parentPort } = require('node:worker_threads');
  const arrivals = [];
  const server = createServer((message, reply) => {
    arrivals.push(Date.now());
    message.resume();
    const isProbe = message.method === 'GET';
    const about = { name: 'm', versions: ['v1'], platform: '', inputs: [], model_name: 'm', model_version: 'v1' };
    const outputs = isProbe ? [] : [{ name: 'p', shape: [1, 1], datatype: 'FP64', data: [0.9] }];
    setTimeout(() => reply.end(JSON.stringify({ ...about, outputs })), isProbe ? 0 : 300 * Math.random());
  });
  parentPort.on('message', () => parentPort.postMessage(arrivals));
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

export async function startCountingShadow(): Promise<CountingShadow> {
  const worker = new Worker(program, { eval: true });
  const [port] = (await once(worker, 'message')) as [number];
  return {
    url: `http://127.0.0.1:${port}`,
    arrivals: async () => {
      const answer = once(worker, 'message');
      worker.postMessage('arrivals');
      const [arrivals] = (await answer) as [readonly number[]];
      return arrivals;
    },
    close: async () => void (await worker.terminate()),
  };
}
