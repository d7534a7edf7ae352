// The TCP handles under Node's sockets, which read into a buffer of ours and write without a stream in between: half the
// relay's work, and most of a connection's start, is streams. They are not a public interface, so they are looked at before
// use (`findTcpHandles`) and tried out (handle-trial.ts); without them the relay uses streams.
import type { Server } from 'node:net';

/** Called with the handle as `this`; how many bytes were read, or an error below 0, lies in `state`. */
export type ReadCallback<Side> = (this: TcpHandle<Side>) => void;

export interface TcpHandle<Side = unknown> {
  /** Ours: what the handle belongs to. */
  side?: Side;
  onread: ReadCallback<Side>;
  useUserBuffer(buffer: Uint8Array): void;
  readStart(): number;
  readStop(): number;
  /** 0, or an error below 0. What could not be written at once is asynchronous: see `wasAsync`. */
  writeBuffer(request: Request<Side>, bytes: Uint8Array): number;
  shutdown(request: Request<Side>): number;
  connect(request: Request<Side>, address: string, port: number): number;
  connect6(request: Request<Side>, address: string, port: number): number;
  close(closed?: () => void): void;
  /** Closes with RST; an error when that is not possible any more. */
  reset(closed?: () => void): number;
  setNoDelay(isOn: boolean): number;
  setKeepAlive(isOn: boolean, afterSeconds: number): number;
}

/** Something asked of a handle; `oncomplete` is called once it is done, with an error below 0 or 0. */
export interface Request<Side = unknown> {
  side?: Side;
  /** Kept from the collector while they are being written. */
  bytes?: Uint8Array;
  oncomplete: (this: Request<Side>, status: number) => void;
}

export interface TcpHandles {
  open<Side>(): TcpHandle<Side>;
  connectRequest<Side>(): Request<Side>;
  writeRequest<Side>(): Request<Side>;
  shutdownRequest<Side>(): Request<Side>;
  /** Bytes of the read that called, or an error below 0. */
  bytesRead(): number;
  /** Whether the write just begun goes on and needs its bytes still. */
  wasAsync(): boolean;
}

/** An end of the stream, as libuv says it on every system. */
export const endOfStream = -4095;

interface AcceptingHandle {
  onconnection: (status: number, handle: TcpHandle | undefined) => void;
}

const methods = [
  'useUserBuffer',
  'readStart',
  'readStop',
  'writeBuffer',
  'shutdown',
  'connect',
  'connect6',
  'close',
  'reset',
  'setNoDelay',
  'setKeepAlive',
];

/** Null when this Node does not have them in the form that is known. */
export function findTcpHandles(): TcpHandles | null {
  try {
    return readHandles();
  } catch {
    return null;
  }
}

function readHandles(): TcpHandles | null {
  const binding = Reflect.get(process, 'binding') as ((name: string) => Record<string, unknown>) | undefined;
  if (typeof binding !== 'function') return null;
  const tcp = binding.call(process, 'tcp_wrap');
  const stream = binding.call(process, 'stream_wrap');
  const Tcp = tcp.TCP as new (type: number) => TcpHandle<unknown>;
  const Connect = tcp.TCPConnectWrap as new () => Request<unknown>;
  const { SOCKET } = tcp.constants as { SOCKET: number };
  const Write = stream.WriteWrap as new () => Request<unknown>;
  const Shutdown = stream.ShutdownWrap as new () => Request<unknown>;
  const state = stream.streamBaseState as Int32Array;
  const read = stream.kReadBytesOrError as number;
  const async = stream.kLastWriteWasAsync as number;
  const isKnown =
    [Tcp, Connect, Write, Shutdown].every((made) => typeof made === 'function') &&
    [SOCKET, read, async, state[read], state[async]].every((number) => typeof number === 'number') &&
    methods.every((name) => typeof Reflect.get(Tcp.prototype, name) === 'function');
  if (!isKnown) return null;
  return {
    open: <Side>() => new Tcp(SOCKET) as TcpHandle<Side>,
    connectRequest: <Side>() => new Connect() as Request<Side>,
    writeRequest: <Side>() => new Write() as Request<Side>,
    shutdownRequest: <Side>() => new Shutdown() as Request<Side>,
    bytesRead: () => state[read] as number,
    wasAsync: () => state[async] !== 0,
  };
}

/** Gives each accepted handle to `accept`, instead of a socket to the server; false when this server cannot. */
export function acceptHandles(server: Server, accept: (handle: TcpHandle) => void): boolean {
  const handle = Reflect.get(server, '_handle') as AcceptingHandle | null;
  if (handle === null || typeof handle?.onconnection !== 'function') return false;
  handle.onconnection = (status, client) => {
    // A failed accept (no file descriptors left) must not end the relay; the client is left in the queue or refused.
    if (status === 0 && client !== undefined) accept(client);
  };
  return true;
}
