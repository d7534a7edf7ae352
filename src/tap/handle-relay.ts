// The only part of penumbra that production depends on: two TCP handles, bytes verbatim both ways. Write first, tell second.
// Each side reads into one buffer and reads no more until the other side has taken it, so a slow reader slows its writer
// down. Half-close is passed on as half-close, a reset as a reset.
import { createSide, type Pair, type Side, writeRequestOf } from './handle-side.ts';
import { returnReadBuffer } from './read-buffers.ts';
import { keepAliveAfterSeconds, type Relayed, type RelayOptions } from './relayed.ts';
import { endOfStream, type Request, type TcpHandle, type TcpHandles } from './tcp-handles.ts';
import { connectTo } from './upstream-connect.ts';

/** Takes over the accepted handle and opens one connection upstream for it. */
export function relayHandle(handles: TcpHandles, accepted: TcpHandle, options: RelayOptions): Relayed {
  const pair: Pair = { handles, options, onRead, onWritten, openSides: 2, connectingSinceMs: performance.now() };
  const client = createSide(pair, accepted as TcpHandle<Side>, { isClient: true });
  const upstream = createSide(pair, handles.open<Side>(), { isClient: false });
  client.other = upstream;
  upstream.other = client;
  connectTo(upstream, options.upstream, (status) => connected({ client, upstream }, status));
  return relayedOf(client, upstream);
}

function connected({ client, upstream }: { client: Side; upstream: Side }, status: number): void {
  const { pair } = client;
  pair.connectingSinceMs = null;
  if (upstream.isClosed || client.isClosed) return;
  if (status !== 0) {
    pair.options.unreachable();
    close(upstream);
    reset(client);
    return;
  }
  upstream.handle.readStart();
  client.handle.readStart();
}

function onRead(this: TcpHandle<Side>): void {
  const from = this.side as Side;
  const bytes = from.pair.handles.bytesRead();
  if (bytes > 0) pass(from, bytes);
  else if (bytes === endOfStream) passEnd(from);
  else if (bytes < 0) fail(from);
}

function pass(from: Side, bytes: number): void {
  const to = from.other;
  if (to.isEnding || to.isClosed) {
    // What comes in spite of a goodbye cannot be delivered any more; its sender has to know.
    fail(to);
    return;
  }
  if (from.view.length !== bytes) from.view = from.buffer.subarray(0, bytes);
  const { view } = from;
  const { request } = to;
  if (to.handle.writeBuffer(request, view) !== 0) {
    fail(to);
    return;
  }
  if (from.pair.handles.wasAsync()) {
    request.side = to;
    request.bytes = view;
    to.request = writeRequestOf(from.pair);
    to.isWriting = true;
    from.handle.readStop();
  }
  const { observer } = from.pair.options;
  if (from.isClient) observer.request(view);
  else observer.answer(view);
}

function onWritten(this: Request<Side>, status: number): void {
  const to = this.side as Side;
  to.isWriting = false;
  if (to.isClosed) return;
  const from = to.other;
  if (status < 0) fail(to);
  else if (!from.isReadOver && !from.isClosed) from.handle.readStart();
}

function passEnd(from: Side): void {
  from.isReadOver = true;
  const to = from.other;
  end(to);
  if (!from.isClient) from.pair.options.observer.answerEnd();
  closeIfOver(from);
}

/** What is still being written goes out first. */
function end(side: Side): void {
  if (side.isEnding || side.isClosed) return;
  side.isEnding = true;
  const request = side.pair.handles.shutdownRequest<Side>();
  request.side = side;
  request.oncomplete = onEnded;
  if (side.handle.shutdown(request) !== 0) fail(side);
}

function onEnded(this: Request<Side>): void {
  const side = this.side as Side;
  side.isWriteOver = true;
  closeIfOver(side);
}

function closeIfOver(side: Side): void {
  if (side.isReadOver && side.isWriteOver) close(side);
}

/** This side's connection is broken: its other side ends as it did, abruptly. */
function fail(side: Side): void {
  reset(side);
  reset(side.other);
}

/** Ends a connection as its peer ended: abruptly, with RST. */
function reset(side: Side): void {
  if (side.isClosed) return;
  const isShuttingDown = side.isEnding && !side.isWriteOver;
  // During a shutdown the kernel refuses the option that makes the RST.
  if (!isShuttingDown && side.handle.reset(() => closed(side)) === 0) side.isClosed = true;
  else close(side);
}

function close(side: Side): void {
  if (side.isClosed) return;
  side.isClosed = true;
  side.handle.close(() => closed(side));
}

function closed({ pair, other, buffer }: Side): void {
  pair.openSides--;
  if (pair.openSides > 0) return;
  // Not before: what one side has read the other may still have been writing.
  returnReadBuffer(buffer);
  returnReadBuffer(other.buffer);
  pair.options.observer.close();
  pair.options.gone();
}

function relayedOf(client: Side, upstream: Side): Relayed {
  const { pair } = client;
  return {
    connectingSinceMs: () => pair.connectingSinceMs,
    observer: pair.options.observer,
    isQuiet: () => !client.isWriting && !upstream.isWriting,
    end: () => {
      end(client);
      end(upstream);
    },
    cut: () => fail(upstream),
    keepAlive: () => {
      if (!client.isClosed) client.handle.setKeepAlive(true, keepAliveAfterSeconds);
      if (!upstream.isClosed) upstream.handle.setKeepAlive(true, keepAliveAfterSeconds);
    },
  };
}
