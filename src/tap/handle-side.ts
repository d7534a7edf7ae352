// One of the two connections of a relayed pair: its handle, its read buffer and how far its two directions have come.
import { takeReadBuffer } from './read-buffers.ts';
import type { RelayOptions } from './relayed.ts';
import type { ReadCallback, Request, TcpHandle, TcpHandles } from './tcp-handles.ts';

export interface Side {
  readonly pair: Pair;
  readonly isClient: boolean;
  handle: TcpHandle<Side>;
  /** The other connection of the pair; itself for the moment in which that is being made. */
  other: Side;
  readonly buffer: Uint8Array;
  /** The part of the buffer that the last read filled. */
  view: Uint8Array;
  /** For the next write; a write that goes on keeps its own. */
  request: Request<Side>;
  isWriting: boolean;
  isReadOver: boolean;
  /** No more will be written: the peer was, or is being, told so. */
  isEnding: boolean;
  isWriteOver: boolean;
  isClosed: boolean;
}

/** What both sides share. */
export interface Pair {
  readonly handles: TcpHandles;
  readonly options: RelayOptions;
  readonly onRead: ReadCallback<Side>;
  readonly onWritten: (this: Request<Side>, status: number) => void;
  openSides: number;
  connectingSinceMs: number | null;
}

export function createSide(pair: Pair, handle: TcpHandle<Side>, { isClient }: { isClient: boolean }): Side {
  const buffer = takeReadBuffer();
  const side = {
    pair,
    isClient,
    handle,
    buffer,
    view: buffer,
    request: writeRequestOf(pair),
    isWriting: false,
    isReadOver: false,
    isEnding: false,
    isWriteOver: false,
    isClosed: false,
  } as Side;
  side.other = side;
  attach(side, handle);
  return side;
}

/** A handle that could not connect is of no more use; a fresh one takes its place. */
export function renewHandle(side: Side): void {
  side.handle.close();
  attach(side, side.pair.handles.open<Side>());
}

export function writeRequestOf({ handles, onWritten }: Pair): Request<Side> {
  const request = handles.writeRequest<Side>();
  request.oncomplete = onWritten;
  return request;
}

function attach(side: Side, handle: TcpHandle<Side>): void {
  side.handle = handle;
  handle.side = side;
  handle.onread = side.pair.onRead;
  handle.useUserBuffer(side.buffer);
  // Kept by libuv for a socket that is only made by connecting.
  handle.setNoDelay(true);
}
