// Open-loop load: requests leave at their time whether or not earlier ones have been answered, each on a connection that is
// free, and the time from leaving to the whole answer is kept. Asked over its channel: {port, perSecond, seconds, bodyBytes,
// isDistinct}.
import { connect, type Socket } from 'node:net';
import { requestBody } from './wrk.ts';

interface Question {
  readonly port: number;
  readonly perSecond: number;
  readonly seconds: number;
  readonly bodyBytes: number;
  /** No two requests ask the same: equal ones would be copied to shadows once in a bucket. */
  readonly isDistinct?: boolean;
}

export interface OpenLoopResult {
  readonly sent: number;
  readonly answered: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

const connections = 64;
const settleMs = 100;

interface Line {
  readonly socket: Socket;
  sentMs: number;
  bytes: number;
}

process.on('message', async (question: Question) => process.send?.(await run(question)));
process.send?.({ type: 'ready' });

async function run({ port, perSecond, seconds, bodyBytes, isDistinct = false }: Question): Promise<OpenLoopResult> {
  const first = isDistinct ? firstNumber : 1;
  const body = requestBody(bodyBytes, first);
  const request = Buffer.from(
    `POST /v2/models/m/infer HTTP/1.1\r\nhost: m\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  const latencies: number[] = [];
  const free: Line[] = [];
  let answerBytes = 0;
  const lines = await Promise.all(Array.from({ length: connections }, () => open(port)));
  for (const line of lines) {
    line.socket.on('data', (chunk) => {
      if (answerBytes === 0) answerBytes = lengthOf(chunk);
      line.bytes += chunk.length;
      if (line.bytes < answerBytes) return;
      latencies.push(performance.now() - line.sentMs);
      line.bytes = 0;
      free.push(line);
    });
    free.push(line);
  }
  const startedMs = performance.now();
  let sent = 0;
  await new Promise<void>((resolve) => {
    const tick = (): void => {
      const nowMs = performance.now();
      const due = Math.floor(((nowMs - startedMs) * perSecond) / 1000);
      while (sent < due && free.length > 0) {
        const line = free.shift() as Line;
        line.sentMs = performance.now();
        line.socket.write(isDistinct ? numbered(request, first + sent) : request);
        sent++;
      }
      if (nowMs - startedMs < seconds * 1000) setTimeout(tick, 1);
      else setTimeout(resolve, settleMs);
    };
    tick();
  });
  for (const { socket } of lines) socket.destroy();
  latencies.sort((a, b) => a - b);
  const at = (share: number): number => (latencies[Math.floor(share * latencies.length)] ?? Number.NaN) * 1000;
  return { sent, answered: latencies.length, p50Us: at(0.5), p99Us: at(0.99) };
}

/** With as many digits for the next nine million. */
const firstNumber = 1_000_000;

function numbered(request: Buffer, number: number): Buffer {
  const copy = Buffer.from(request);
  copy.write(String(number), request.indexOf(String(firstNumber)));
  return copy;
}

async function open(port: number): Promise<Line> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('connect', resolve));
  return { socket, sentMs: 0, bytes: 0 };
}

/** Every answer of one server has the same length. */
function lengthOf(chunk: Buffer): number {
  const text = chunk.toString('latin1');
  return text.indexOf('\r\n\r\n') + 4 + Number(/content-length: (\d+)/i.exec(text)?.[1]);
}
