// The thread that sends copies on: takes whole frames out of the ring and writes them to the comparator's Unix socket.
// It may stall, fail or be starved; then the ring fills and the relay drops copies. The link comes back by itself.
import { connect, type Socket } from 'node:net';
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { encodeJsonFrame, isExchangeAt, linkProtocol } from './frame.ts';
import { countBroken, countSent, lastSerial, nextRegion, openRing, type Ring, release, setUp } from './ring.ts';

export interface ShipperData {
  readonly memory: SharedArrayBuffer;
  readonly path: string;
  readonly epoch: string;
}

const firstRetryMs = 100;
const maxRetryMs = 1000;
// Looked into this often while there is something to send, and rarer when there is not. Waiting longer would gather more for
// each write, and the longer that is, and its reading at the other end, the longer a request may have to wait for its core.
const firstPollMs = 2;
const maxPollMs = 32;
const regionBytes = 256 * 1024;
/** The least urgent there is: the relay and production come first. */
const lowPriority = 19;

interface Shipper {
  readonly ring: Ring;
  readonly path: string;
  readonly epoch: string;
  socket: Socket | null;
  isUp: boolean;
  isWriting: boolean;
  isClosing: boolean;
  retryMs: number;
  pollMs: number;
}

if (parentPort !== null) run(workerData as ShipperData);

function run({ memory, path, epoch }: ShipperData): void {
  // On Linux this is the priority of this thread alone; elsewhere it would be the relay's too.
  if (process.platform === 'linux') setPriority(lowPriority);
  const shipper: Shipper = {
    ring: openRing(memory),
    path,
    epoch,
    socket: null,
    isUp: false,
    isWriting: false,
    isClosing: false,
    retryMs: firstRetryMs,
    pollMs: firstPollMs,
  };
  parentPort?.once('message', (flushMs: number) => close(shipper, flushMs));
  open(shipper);
  poll(shipper);
}

function open(shipper: Shipper): void {
  if (shipper.isClosing) return;
  const socket = connect({ path: shipper.path });
  shipper.socket = socket;
  // Nothing is expected from the other end; reading is how its going away is noticed.
  socket.resume();
  socket.on('error', () => undefined);
  socket.once('connect', () => greet(shipper, socket));
  socket.once('end', () => socket.destroy());
  socket.once('close', () => {
    setUp(shipper.ring, false);
    shipper.isUp = false;
    shipper.socket = null;
    if (shipper.isClosing) return;
    setTimeout(open, shipper.retryMs, shipper);
    shipper.retryMs = Math.min(2 * shipper.retryMs, maxRetryMs);
  });
}

function greet(shipper: Shipper, socket: Socket): void {
  const { ring, epoch } = shipper;
  discard(ring);
  shipper.isUp = true;
  shipper.retryMs = firstRetryMs;
  const hello = encodeJsonFrame({ type: 'hello', protocol: linkProtocol, epoch, serial: lastSerial(ring) });
  // Before the comparator can know of this tap: who has seen its hello may count on what comes next being copied.
  setUp(ring, true);
  socket.write(hello);
  // The relay's thread has the counters and says at once how they stand.
  parentPort?.postMessage('greeted');
}

/** What was written for a link that is gone is not for the next one: nobody knows how much of it arrived. */
function discard(ring: Ring): void {
  for (;;) {
    const region = nextRegion(ring, { maxBytes: regionBytes, isCounted: (at) => isExchangeAt(ring, at) });
    if (region === null) return;
    countBroken(ring, region.frames);
    release(ring, region.to);
  }
}

function poll(shipper: Shipper): void {
  const found = send(shipper);
  shipper.pollMs = found ? firstPollMs : Math.min(2 * shipper.pollMs, maxPollMs);
  if (!shipper.isClosing) setTimeout(poll, shipper.pollMs, shipper);
}

/** Writes what is there, piece after piece; the ring's memory is given free when the socket has taken it. */
function send(shipper: Shipper): boolean {
  const { ring, socket } = shipper;
  if (shipper.isWriting) return false;
  if (socket === null || !shipper.isUp) {
    discard(ring);
    return false;
  }
  const region = nextRegion(ring, { maxBytes: regionBytes, isCounted: (at) => isExchangeAt(ring, at) });
  if (region === null) return false;
  shipper.isWriting = true;
  socket.write(ring.bytes.subarray(region.from, region.to), (error) => {
    shipper.isWriting = false;
    if (error) countBroken(ring, region.frames);
    else countSent(ring, region.frames);
    release(ring, region.to);
    if (!send(shipper) && shipper.isClosing) shipper.socket?.end();
  });
  return true;
}

/** Sends what is left, for at most `flushMs`, and ends the thread. */
function close(shipper: Shipper, flushMs: number): void {
  shipper.isClosing = true;
  const { socket } = shipper;
  const end = (): void => {
    discard(shipper.ring);
    process.exit(0);
  };
  if (socket === null || !shipper.isUp) {
    end();
    return;
  }
  setTimeout(end, flushMs);
  socket.once('close', end);
  if (!shipper.isWriting && !send(shipper)) socket.end();
}
