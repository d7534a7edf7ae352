// One frame of the link, as it lies in the ring and goes over the socket: all numbers in this machine's order, everything on
// 8-byte boundaries. A link never leaves its machine.
//   0 length of the whole frame (32 bits)   4 kind (32 bits)
//   hello, status:  8 length of the JSON (64 bits)   16 JSON
//   exchange:       8 serial  16 connection  24 sequence  32 arrivedAt  40 latencyMs (64-bit floats)
//                  48 length of the request, 52 of the answer (32 bits)   56 request, then the answer, each padded to 8
// The bytes of request and answer are as they were on the wire, interim answers left out.
import { frameAlign, type Ring } from './ring.ts';

/** Raised when a frame changes so that an older comparator would misread it. */
export const linkProtocol = 2;

const frameKind = { hello: 1, exchange: 2, status: 3 } as const;

const jsonAt = 16;
const exchangeBytes = 56;

/** First frame on every link. `serial`: the last one given out so far. */
export interface HelloHeader {
  readonly type: 'hello';
  readonly protocol: number;
  readonly epoch: string;
  readonly serial: number;
}

export interface StatusHeader {
  readonly type: 'status';
  readonly serial: number;
  readonly connections: number;
  readonly open: number;
  readonly refused: number;
  readonly unreachable: number;
  readonly requests: number;
  readonly unlisted: number;
  readonly sampled: number;
  readonly copied: number;
  readonly lost: Readonly<Record<string, number>>;
  readonly blind: Readonly<Record<string, number>>;
}

export interface ExchangeFrame {
  /** Counts this epoch's sampled exchanges as their fate is decided, sent or lost: a gap is a lost copy. */
  readonly serial: number;
  readonly connection: number;
  /** The request's number on its connection, from 1; not every one is sampled. */
  readonly sequence: number;
  readonly arrivedAt: number;
  readonly latencyMs: number;
  readonly request: Uint8Array;
  readonly answer: Uint8Array;
}

/** A hello or a status, with its length in front. */
export function encodeJsonFrame(header: HelloHeader | StatusHeader): Uint8Array {
  const json = Buffer.from(JSON.stringify(header));
  const bytes = new Uint8Array(aligned(jsonAt + json.length));
  const start = new Uint32Array(bytes.buffer, 0, 4);
  start[0] = bytes.length;
  start[1] = frameKind[header.type];
  start[2] = json.length;
  bytes.set(json, jsonAt);
  return bytes;
}

export function exchangeFrameBytes({ request, answer }: { request: Uint8Array; answer: Uint8Array }): number {
  return exchangeBytes + aligned(request.length) + aligned(answer.length);
}

/** Writes the frame where room for it has been reserved. */
export function writeExchange(ring: Ring, at: number, frame: ExchangeFrame): void {
  const { request, answer } = frame;
  const word = at >>> 2;
  const double = at >>> 3;
  ring.words[word] = exchangeFrameBytes(frame);
  ring.words[word + 1] = frameKind.exchange;
  ring.doubles[double + 1] = frame.serial;
  ring.doubles[double + 2] = frame.connection;
  ring.doubles[double + 3] = frame.sequence;
  ring.doubles[double + 4] = frame.arrivedAt;
  ring.doubles[double + 5] = frame.latencyMs;
  ring.words[word + 12] = request.length;
  ring.words[word + 13] = answer.length;
  ring.bytes.set(request, at + exchangeBytes);
  ring.bytes.set(answer, at + exchangeBytes + aligned(request.length));
}

export function isExchangeAt(ring: Ring, at: number): boolean {
  return ring.words[(at >>> 2) + 1] === frameKind.exchange;
}

function aligned(bytes: number): number {
  return (bytes + frameAlign - 1) & -frameAlign;
}
