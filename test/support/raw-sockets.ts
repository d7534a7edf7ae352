// Scripted TCP ends that write down everything they see: the same script run direct and through the tap must read the same.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** What one end of a connection saw: the bytes, and whether the other end left by FIN or by RST. */
export interface Transcript {
  bytes: string;
  end: 'fin' | 'reset' | null;
}

export interface End {
  readonly socket: Socket;
  readonly transcript: Transcript;
  /** Resolves once this text (or this many bytes) has arrived; rejects when the connection ends without. */
  saw(expected: string | number): Promise<void>;
  /** Resolves once the other end has left. */
  left(): Promise<void>;
  write(text: string | Uint8Array): Promise<void>;
  /** Each byte in a segment of its own, as far as that can be. */
  writeBytewise(text: string): Promise<void>;
}

export function endOf(socket: Socket): End {
  const transcript: Transcript = { bytes: '', end: null };
  const watchers = new Set<() => void>();
  const changed = (): void => {
    for (const check of [...watchers]) check();
  };
  socket.setNoDelay(true);
  socket.on('data', (chunk: Buffer) => {
    transcript.bytes += chunk.toString('latin1');
    changed();
  });
  socket.on('end', () => {
    transcript.end ??= 'fin';
    changed();
  });
  socket.on('error', () => {
    transcript.end ??= 'reset';
    changed();
  });
  const until = (isDone: () => boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        if (!isDone() && transcript.end === null) return;
        watchers.delete(check);
        if (isDone()) resolve();
        else reject(new Error(`ended by ${transcript.end} after ${JSON.stringify(transcript.bytes.slice(-200))}`));
      };
      watchers.add(check);
      check();
    });
  const write = async (text: string | Uint8Array): Promise<void> => {
    const bytes = typeof text === 'string' ? Buffer.from(text, 'latin1') : text;
    if (!socket.write(bytes)) await once(socket, 'drain');
  };
  return {
    socket,
    transcript,
    saw: (expected) =>
      until(() =>
        typeof expected === 'number' ? transcript.bytes.length >= expected : transcript.bytes.includes(expected),
      ),
    left: () => until(() => transcript.end !== null),
    write,
    writeBytewise: async (text) => {
      for (const letter of text) {
        await write(letter);
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}

export async function listenOnFreePort(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

export interface RawServer {
  readonly port: number;
  /** The ends of the connections so far, oldest first. */
  readonly ends: End[];
  close(): Promise<void>;
}

/** Runs the script for each connection. */
export async function startRawServer(script: (end: End) => Promise<void>): Promise<RawServer> {
  const ends: End[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const end = endOf(socket);
    ends.push(end);
    script(end).catch(() => socket.destroy());
  });
  const port = await listenOnFreePort(server);
  return {
    port,
    ends,
    close: async () => {
      for (const { socket } of ends) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

export async function openRawClient(port: number): Promise<End> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const end = endOf(socket);
  await once(socket, 'connect');
  return end;
}
