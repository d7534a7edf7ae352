// Requests and answers that are a function of a number, in every framing HTTP/1.1 has: both ends can make them, and neither
// needs a parser that could have the same mistake as the tap's.
import { createHash } from 'node:crypto';
import { createRandom } from './tap-random.ts';

const fakes = [
  'GET /fake HTTP/1.1\r\nhost: x\r\n\r\n',
  'HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc',
  '0\r\n\r\n',
  'content-length: 7\r\n',
  '\u0000\u00ff\n\r',
  'x'.repeat(500),
];

/** Every one names its seed in its first header line. */
export function requestOf(seed: number): Buffer {
  const random = createRandom(seed);
  const method = methodOf(seed);
  const head = `${method} /v2/models/m/infer?seed=${seed} HTTP/1.1\r\nx-seed: ${seed}\r\nHost: m\r\n`;
  if (method !== 'POST') return Buffer.from(`${head}\r\n`, 'latin1');
  const body = bodyOf(random);
  return Buffer.concat([Buffer.from(head, 'latin1'), framed(body, random.below(3) === 0)]);
}

function methodOf(seed: number): 'POST' | 'GET' | 'HEAD' {
  return seed % 11 === 0 ? 'HEAD' : seed % 7 === 0 ? 'GET' : 'POST';
}

/** Whether production closes after it. */
export function endsConnection(seed: number): boolean {
  return methodOf(seed) === 'POST' && seed % 97 === 0;
}

export function answerOf(seed: number): Buffer {
  const random = createRandom(seed ^ 0x5bd1e995);
  const cookies = 'Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n';
  const head = (status: string): string => `HTTP/1.1 ${status}\r\nx-seed: ${seed}\r\n${seed % 5 === 0 ? cookies : ''}`;
  const interim = seed % 13 === 0 ? 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n' : '';
  if (methodOf(seed) === 'HEAD') return Buffer.from(`${interim}${head('200 OK')}Content-Length: 777\r\n\r\n`, 'latin1');
  if (seed % 17 === 0) return Buffer.from(`${interim}${head('204 No Content')}\r\n`, 'latin1');
  if (seed % 19 === 0) return Buffer.from(`${interim}${head('304 Not Modified')}Content-Length: 9\r\n\r\n`, 'latin1');
  const body = bodyOf(random);
  const status = seed % 23 === 0 ? '503 Service Unavailable' : '200 OK';
  const start = Buffer.from(`${interim}${head(status)}`, 'latin1');
  if (endsConnection(seed)) return Buffer.concat([start, Buffer.from('Connection: close\r\n\r\n'), body]);
  return Buffer.concat([start, framed(body, random.below(2) === 0)]);
}

function bodyOf(random: ReturnType<typeof createRandom>): Buffer {
  const parts = Array.from({ length: random.below(8) }, () => fakes[random.below(fakes.length)] ?? '');
  return Buffer.from(parts.join(''), 'latin1');
}

/** The rest of the head, and the body. */
function framed(body: Buffer, isChunked: boolean): Buffer {
  if (!isChunked) return Buffer.concat([Buffer.from(`Content-Length: ${body.length}\r\n\r\n`), body]);
  const parts: Buffer[] = [Buffer.from('Transfer-Encoding: chunked\r\n\r\n')];
  for (let at = 0; at < body.length; at += 300) {
    const piece = body.subarray(at, at + 300);
    parts.push(Buffer.from(`${piece.length.toString(16)};a=b\r\n`), piece, Buffer.from('\r\n'));
  }
  return Buffer.concat([...parts, Buffer.from('0\r\nDigest: abc\r\n\r\n')]);
}

export function shaOf(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex');
}
