// The comparator's end of the tap's link: listens on a Unix socket, turns frames into exchanges and counts what never came.
// Reads as fast as it can and answers nothing: a tap must have no reason to wait for this process.
import type { Server, Socket } from 'node:net';
import { Type } from 'typebox';
import { messageOf } from '../../errors.ts';
import type { RawExchange } from '../../model.ts';
import type { Clock, Log, Source } from '../ports.ts';
import { readAnswerMessage, readRequestMessage } from './http-message.ts';
import type { SourceKind } from './source-kind.ts';
import { createTapEpochs, type HeardStatus, type TapEpochs } from './tap-epochs.ts';
import { createFrameReader, type ExchangeFrame, linkProtocol, type TapFrame } from './tap-frames.ts';
import { listenOnSocket } from './tap-socket.ts';

export interface TapSourceOptions {
  /** The Unix socket that taps name with --link. */
  readonly linkPath: string;
  readonly clock: Clock;
  readonly log: Log;
}

const options = Type.Object({ linkPath: Type.String({ description: 'the Unix socket that taps name with --link' }) });

export const tap: SourceKind<typeof options> = {
  name: 'tap',
  summary: 'copies of live traffic from the in-path relay, both sides of each exchange',
  options,
  create:
    ({ linkPath }) =>
    ({ clock, log }) =>
      createTapSource({ linkPath, clock, log }),
};

export interface TapSource extends Source {
  /** What each tap said of itself last: connections, copies, losses and blind connections by reason, and when. */
  taps(): readonly HeardStatus[];
}

interface TapSourceState {
  readonly log: Log;
  readonly epochs: TapEpochs;
  /** Open links by epoch; the newest one of an epoch is the one that counts. */
  readonly links: Map<Socket, string | null>;
  deliver: (exchange: RawExchange) => void;
  server: Server | null;
  malformed: number;
  corruptFrames: number;
  isPaused: boolean;
}

export function createTapSource({ linkPath, clock, log }: TapSourceOptions): TapSource {
  const state: TapSourceState = {
    log,
    epochs: createTapEpochs(clock),
    links: new Map(),
    deliver: () => undefined,
    server: null,
    malformed: 0,
    corruptFrames: 0,
    isPaused: false,
  };
  return {
    name: 'tap',
    start: async (deliver) => {
      state.deliver = deliver;
      state.server = await listenOnSocket(linkPath, (socket) => accept(state, socket));
      log.info({ linkPath }, 'waiting for taps');
    },
    stop: () => stop(state),
    // A tap without a link relays on and copies nothing; it comes again by itself.
    pause: () => {
      state.isPaused = true;
      for (const socket of state.links.keys()) socket.destroy();
    },
    resume: () => {
      state.isPaused = false;
    },
    losses: () => lossesOf(state),
    seen: () => seenBy(state.epochs.statuses()),
    taps: () => state.epochs.statuses(),
  };
}

function accept(state: TapSourceState, socket: Socket): void {
  if (state.isPaused) {
    socket.destroy();
    return;
  }
  const reader = createFrameReader();
  state.links.set(socket, null);
  socket.on('data', (piece) => {
    if (reader.read(piece, (frame) => take(state, socket, frame))) return;
    refuse(state, socket, 'a frame makes no sense');
  });
  socket.on('error', () => undefined);
  socket.on('close', () => state.links.delete(socket));
}

function take(state: TapSourceState, socket: Socket, frame: TapFrame): void {
  // Frames behind a refused one arrive in the same piece.
  if (socket.destroyed) return;
  const epoch = state.links.get(socket) ?? null;
  if (frame.type === 'hello') {
    greet(state, socket, frame);
  } else if (epoch === null) {
    refuse(state, socket, 'a link begins without saying whose it is');
  } else if (frame.type === 'status') {
    state.epochs.status(epoch, frame);
  } else if (state.epochs.exchange(epoch, frame.serial)) {
    hand(state, epoch, frame);
  } else {
    refuse(state, socket, 'a serial number comes again');
  }
}

function greet(state: TapSourceState, socket: Socket, hello: TapFrame & { type: 'hello' }): void {
  if (hello.protocol !== linkProtocol) {
    refuse(state, socket, `the tap speaks link protocol ${hello.protocol}, this comparator ${linkProtocol}`);
    return;
  }
  for (const [other, epoch] of state.links) {
    // What is unread on a tap's former link counts as lost from now on.
    if (other !== socket && epoch === hello.epoch) other.destroy();
  }
  state.links.set(socket, hello.epoch);
  state.epochs.hello(hello.epoch, hello.serial);
  state.log.info({ epoch: hello.epoch }, 'a tap has connected');
}

function hand(state: TapSourceState, epoch: string, frame: ExchangeFrame): void {
  const exchange = exchangeOf(state, epoch, frame);
  if (exchange !== null) state.deliver(exchange);
}

function exchangeOf(state: TapSourceState, epoch: string, frame: ExchangeFrame): RawExchange | null {
  const { connection, sequence, arrivedAt, latencyMs } = frame;
  const sourceId = `${epoch}-${connection}-${sequence}`;
  try {
    const request = readRequestMessage(frame.request);
    return { sourceId, arrivedAt, latencyMs, request, answer: readAnswerMessage(frame.answer) };
  } catch (error) {
    state.malformed++;
    state.log.debug({ sourceId, reason: messageOf(error) }, 'a copied exchange could not be read');
    return null;
  }
}

function refuse(state: TapSourceState, socket: Socket, reason: string): void {
  state.corruptFrames++;
  state.log.warn({ reason }, 'a tap link is closed');
  socket.destroy();
}

function lossesOf({ epochs, malformed, corruptFrames }: TapSourceState): Record<string, number> {
  const losses: Record<string, number> = { lost_copy: epochs.lostCopies(), malformed, corrupt_frame: corruptFrames };
  for (const [reason, connections] of Object.entries(epochs.blind())) losses[`blind_${reason}`] = connections;
  return losses;
}

/** Over the taps that are remembered, each by its last word. */
function seenBy(statuses: readonly HeardStatus[]): Record<string, number> {
  const seen = { taps: statuses.length, connections: 0, blind: 0, requests: 0, unlisted: 0, sampled: 0, copied: 0 };
  for (const status of statuses) {
    seen.connections += status.connections;
    seen.blind += Object.values(status.blind).reduce((sum, count) => sum + count, 0);
    seen.requests += status.requests;
    seen.unlisted += status.unlisted;
    seen.sampled += status.sampled;
    seen.copied += status.copied;
  }
  return seen;
}

/** Closing the server unlinks its socket file. */
async function stop(state: TapSourceState): Promise<void> {
  const { server } = state;
  state.server = null;
  for (const socket of state.links.keys()) socket.destroy();
  if (server !== null) await new Promise<void>((resolve) => server.close(() => resolve()));
}
