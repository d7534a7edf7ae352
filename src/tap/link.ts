// The way to the comparator: a Unix socket that is written to when it is there and has room, and never waited for.
// Comparator absent, stopped, killed or new: the link comes back by itself.
import { connect, type Socket } from 'node:net';

const firstRetryMs = 100;
const maxRetryMs = 2000;
/** Bounds the bookkeeping of many small frames; their bytes are bounded by the budget. */
const maxQueuedFrames = 8192;

export interface Link {
  isUp(): boolean;
  /** Queues one frame and returns true, or takes nothing. `done` tells once whether the whole frame left this process. */
  send(parts: readonly Buffer[], done: (isSent: boolean) => void): boolean;
  /** Sends what is queued, for at most `flushMs`, and stays down. */
  close(flushMs: number): Promise<void>;
}

interface LinkState {
  readonly path: string;
  readonly hello: () => Buffer;
  socket: Socket | null;
  isUp: boolean;
  isClosed: boolean;
  queuedFrames: number;
  retryMs: number;
  timer: NodeJS.Timeout | null;
}

/** `hello` makes the first bytes of each new connection. */
export function createLink({ path, hello }: { path: string; hello: () => Buffer }): Link {
  const state: LinkState = {
    path,
    hello,
    socket: null,
    isUp: false,
    isClosed: false,
    queuedFrames: 0,
    retryMs: firstRetryMs,
    timer: null,
  };
  open(state);
  return {
    isUp: () => state.isUp,
    send: (parts, done) => send(state, parts, done),
    close: (flushMs) => close(state, flushMs),
  };
}

function open(state: LinkState): void {
  const socket = connect({ path: state.path });
  state.socket = socket;
  // Nothing is expected from the other end; reading is how its going away is noticed.
  socket.resume();
  socket.on('error', () => undefined);
  socket.once('connect', () => {
    state.isUp = true;
    state.retryMs = firstRetryMs;
    socket.write(state.hello());
  });
  socket.once('end', () => socket.destroy());
  socket.once('close', () => {
    state.isUp = false;
    state.socket = null;
    if (state.isClosed) return;
    state.timer = setTimeout(() => open(state), state.retryMs);
    state.timer.unref();
    state.retryMs = Math.min(2 * state.retryMs, maxRetryMs);
  });
}

function send(state: LinkState, parts: readonly Buffer[], done: (isSent: boolean) => void): boolean {
  const { socket } = state;
  if (socket === null || !state.isUp || !socket.writable || state.queuedFrames >= maxQueuedFrames) return false;
  state.queuedFrames++;
  socket.cork();
  const last = parts.length - 1;
  for (let index = 0; index < last; index++) socket.write(parts[index] ?? '');
  socket.write(parts[last] ?? '', (error) => {
    state.queuedFrames--;
    done(error === null || error === undefined);
  });
  process.nextTick(() => socket.uncork());
  return true;
}

async function close(state: LinkState, flushMs: number): Promise<void> {
  state.isClosed = true;
  if (state.timer !== null) clearTimeout(state.timer);
  const { socket } = state;
  if (socket === null) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => socket.destroy(), flushMs);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    if (state.isUp) socket.end(() => socket.destroy());
    else socket.destroy();
  });
  state.isUp = false;
}
