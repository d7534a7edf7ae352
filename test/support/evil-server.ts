// A TCP server that answers HTTP requests with whatever a test wants, bad manners included. It parses nothing:
// the behaviour is handed the socket once a request head has arrived.
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { freePort } from './free-port.ts';

export interface EvilServer {
  readonly url: string;
  /** Every byte received so far, as text. */
  received(): string;
  /** Sockets open right now. */
  openSockets(): number;
  /** Connections accepted so far. */
  accepted(): number;
  close(): Promise<void>;
}

export type Behaviour = (socket: Socket) => void;

export async function startEvilServer(behave: Behaviour): Promise<EvilServer> {
  let text = '';
  let accepted = 0;
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    accepted++;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (chunk.includes('\r\n\r\n')) behave(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return {
    url: `http://127.0.0.1:${port}`,
    received: () => text,
    openSockets: () => sockets.size,
    accepted: () => accepted,
    close,
  };
}

/** Answers properly with this status and body. */
export function answering(status: number, body: string, headers = ''): Behaviour {
  const head = `HTTP/1.1 ${status} X\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${headers}\r\n`;
  return (socket) => socket.write(head + body);
}

/** Sends these bytes as they are, then closes when told to. */
export function sending(bytes: string, options: { thenClose?: boolean } = {}): Behaviour {
  return (socket) => (options.thenClose ? socket.end(bytes) : socket.write(bytes));
}

/** A port on which nobody listens. */
export async function unusedUrl(): Promise<string> {
  return `http://127.0.0.1:${await freePort()}`;
}
