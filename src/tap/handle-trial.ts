// Whether the relay by handles really works on this Node: one conversation with itself, before a client depends on it.
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { relayHandle } from './handle-relay.ts';
import { noObserver } from './observer.ts';
import { acceptHandles, type TcpHandles } from './tcp-handles.ts';

/** Long for a machine that is busy with other things: a tap that starts there would relay by streams for good. */
const withinMs = 10_000;
const host = '127.0.0.1';
/** More than the sockets between the two ends hold, so that writing has to wait and goes on. */
const sentBytes = 4 * 1024 * 1024;

/** Bytes both ways, a writer that has to wait, and goodbyes; false when anything is not as it should be. */
export async function doHandlesWork(handles: TcpHandles): Promise<boolean> {
  const echo = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });
  const relay = createServer();
  try {
    const port = await listen(echo);
    const relayPort = await listen(relay);
    const upstream = { host, port };
    const options = { upstream, observer: noObserver, unreachable: () => undefined, gone: () => undefined };
    if (!acceptHandles(relay, (handle) => void relayHandle(handles, handle, options))) return false;
    return await converse(relayPort);
  } catch {
    return false;
  } finally {
    echo.close();
    relay.close();
  }
}

function converse(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, allowHalfOpen: true });
    const sent = Buffer.alloc(sentBytes, 'penumbra ');
    const parts: Buffer[] = [];
    const settle = (isRight: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(isRight);
    };
    const timer = setTimeout(settle, withinMs, false);
    socket.on('data', (part: Buffer) => parts.push(part));
    socket.once('error', () => settle(false));
    socket.once('end', () => settle(Buffer.concat(parts).equals(sent)));
    socket.end(sent);
  });
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port: 0 }, () => resolve((server.address() as AddressInfo).port));
  });
}
