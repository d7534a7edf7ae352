// A live shadow for the benchmark, in a process of its own: answers any request over HTTP/1.1 at once, with an answer of 0.3 KB.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { shadowAnswerTo } from './exchanges.ts';

export interface LiveShadow {
  readonly url: string;
  stop(): Promise<void>;
}

const isChild = process.argv[2] === 'live-shadow';

export async function startLiveShadow(): Promise<LiveShadow> {
  const child: ChildProcess = fork(new URL(import.meta.url), ['live-shadow']);
  const [port] = (await once(child, 'message')) as [number];
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    },
  };
}

const headEnd = Buffer.from('\r\n\r\n');

/** Reads no more of a request than its length; the requests are all of one form. */
function serve(): void {
  const server = createServer({ noDelay: true }, (socket) => {
    let rest: Buffer = Buffer.alloc(0);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      for (;;) {
        const end = rest.indexOf(headEnd);
        if (end < 0) return;
        const length = Number(/content-length: (\d+)/i.exec(rest.toString('latin1', 0, end))?.[1] ?? 0);
        const bodyAt = end + headEnd.length;
        if (rest.length < bodyAt + length) return;
        const { body } = shadowAnswerTo(rest.subarray(bodyAt, bodyAt + length));
        socket.write(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`);
        socket.write(body);
        rest = rest.subarray(bodyAt + length);
      }
    });
  });
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
  process.on('disconnect', () => process.exit(0));
}

if (isChild) serve();
