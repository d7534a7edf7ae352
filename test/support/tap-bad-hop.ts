// A hop with a planted bug, to show that the judge of production's bytes can say no.
import { connect, createServer, type Server } from 'node:net';
import { listenOnFreePort } from './raw-sockets.ts';

export type Bug =
  | 'alters an answer'
  | 'alters a request'
  | 'sends a request again'
  | 'cuts an answer'
  | 'falls with its copying code at an answer';

/** Every hundredth piece is treated as the bug says. */
export async function startBadHop(upstreamPort: number, bug: Bug): Promise<{ port: number; server: Server }> {
  let pieces = 0;
  const isDue = (): boolean => ++pieces % 100 === 0;
  const altered = (piece: Buffer): Buffer => {
    const copy = Buffer.from(piece);
    copy[copy.length - 1] = (copy[copy.length - 1] ?? 0) ^ 1;
    return copy;
  };
  const server = createServer((client) => {
    const upstream = connect({ port: upstreamPort, host: '127.0.0.1' });
    client.on('data', (piece: Buffer) => {
      const isHit = bug.includes('request') && isDue();
      upstream.write(isHit && bug === 'alters a request' ? altered(piece) : piece);
      if (isHit && bug === 'sends a request again') upstream.write(piece);
    });
    upstream.on('data', (piece: Buffer) => {
      const isHit = bug.includes('answer') && isDue();
      if (isHit && bug === 'cuts an answer') {
        client.destroy();
      } else if (isHit && bug === 'falls with its copying code at an answer') {
        client.write(piece);
        upstream.destroy();
      } else {
        client.write(isHit ? altered(piece) : piece);
      }
    });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on('error', () => undefined);
      one.on('close', () => other.destroy());
    }
  });
  return { port: await listenOnFreePort(server), server };
}
