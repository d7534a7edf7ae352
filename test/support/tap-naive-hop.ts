// What the tap must not be: a hop that asks the shadow from within the path, each time over a connection of its own, without
// a bound. Planted to show that the promises about hung shadows can be broken. Usage: UPSTREAM_PORT SHADOW_PORT
import { connect, createServer } from 'node:net';
import { listenOnFreePort } from './raw-sockets.ts';

const [upstreamPort, shadowPort] = process.argv.slice(2).map(Number) as [number, number];
const server = createServer((client) => {
  const upstream = connect({ port: upstreamPort, host: '127.0.0.1' });
  client.on('data', (piece: Buffer) => {
    upstream.write(piece);
    const shadow = connect({ port: shadowPort, host: '127.0.0.1' });
    shadow.on('error', () => undefined);
    shadow.write(piece);
  });
  upstream.on('data', (piece: Buffer) => client.write(piece));
  for (const [one, other] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    one.on('error', () => undefined);
    one.on('close', () => other.destroy());
  }
});
server.on('error', () => undefined);
process.send?.({ type: 'listening', port: await listenOnFreePort(server) });
