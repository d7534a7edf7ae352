// Client and production on a thread of their own, which strike a shared word when they have what was sent to them. The
// relay's thread can so ask, while it is being told of bytes, whether these have arrived already.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

export interface OrderWitness {
  readonly upstream: number;
  /** Has the client ask through this port, so many times one after the other; resolves when it has every answer. */
  ask(port: number, count: number): Promise<void>;
  /** Blocks this thread until the request (or the answer) of so many exchanges has arrived; false when it did not. */
  hasArrived(what: 'request' | 'answer', count: number): boolean;
  close(): Promise<void>;
}

/** Plain JavaScript in a text, because a thread of Node 20 cannot load TypeScript. */
const program = `
  const { connect, createServer } = require('node:net');
  const { parentPort, workerData } = require('node:worker_threads');
  const words = new Int32Array(workerData);
  const strike = (word) => { Atomics.add(words, word, 1); Atomics.notify(words, word); };
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => undefined);
    socket.on('data', () => { strike(0); socket.write('HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok'); });
  });
  parentPort.on('message', ({ port, count }) => {
    const client = connect({ port, host: '127.0.0.1', noDelay: true });
    let left = count;
    const ask = () => client.write('GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n');
    client.on('connect', ask);
    client.on('data', () => {
      strike(1);
      left -= 1;
      if (left > 0) ask();
      else client.destroy();
    });
    client.on('close', () => parentPort.postMessage('asked'));
  });
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

export async function startOrderWitness({ waitMs = 10_000 } = {}): Promise<OrderWitness> {
  const words = new Int32Array(new SharedArrayBuffer(8));
  const worker = new Worker(program, { eval: true, workerData: words.buffer });
  const [upstream] = (await once(worker, 'message')) as [number];
  return {
    upstream,
    ask: async (port, count) => {
      worker.postMessage({ port, count });
      await once(worker, 'message');
    },
    hasArrived: (what, count) => {
      const word = what === 'request' ? 0 : 1;
      const untilMs = performance.now() + waitMs;
      for (;;) {
        const present = Atomics.load(words, word);
        if (present >= count) return true;
        if (Atomics.wait(words, word, present, Math.max(untilMs - performance.now(), 0)) === 'timed-out') return false;
      }
    },
    close: async () => void (await worker.terminate()),
  };
}
