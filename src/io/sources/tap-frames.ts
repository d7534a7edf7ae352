// Puts the frames of one tap connection together from whatever pieces arrive. The layout is the one of src/tap/frame.ts,
// which this process may not import; numbers are in this machine's order, as a link never leaves its machine.
import { endianness } from 'node:os';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';

/** The layout this comparator understands. */
export const linkProtocol = 2;

/** Twice the tap's largest --max-body with room for heads; more can only be a broken frame. */
const maxFrameBytes = 40 * 1024 * 1024;
const maxJsonBytes = 65536;
const kinds = { hello: 1, exchange: 2, status: 3 } as const;
/** Where the JSON of a hello or a status begins, and where an exchange's request does. */
const jsonAt = 16;
const requestAt = 56;

const Count = Type.Integer({ minimum: 0 });
const Epoch = Type.String({ pattern: '^[0-9a-f]{16}$' });
const Reasons = Type.Record(Type.String({ maxLength: 40 }), Count, { maxProperties: 64 });

const Hello = Type.Object({ type: Type.Literal('hello'), protocol: Count, epoch: Epoch, serial: Count });

const Status = Type.Object({
  type: Type.Literal('status'),
  serial: Count,
  connections: Count,
  open: Count,
  refused: Count,
  unreachable: Count,
  requests: Count,
  unlisted: Count,
  sampled: Count,
  copied: Count,
  lost: Reasons,
  blind: Reasons,
});

const jsonFrame = Compile(Type.Union([Hello, Status]));

export type TapStatus = Static<typeof Status>;

export interface ExchangeFrame {
  readonly type: 'exchange';
  readonly serial: number;
  readonly connection: number;
  readonly sequence: number;
  readonly arrivedAt: number;
  readonly latencyMs: number;
  readonly request: Buffer;
  readonly answer: Buffer;
}

export type TapFrame = Static<typeof Hello> | TapStatus | ExchangeFrame;

export interface FrameReader {
  /** Takes the next piece; calls `each` for every frame that is whole. False: the bytes make no sense, read no further. */
  read(piece: Buffer, each: (frame: TapFrame) => void): boolean;
}

export function createFrameReader(): FrameReader {
  let pieces: Buffer[] = [];
  let held = 0;
  let needed = 8;
  return {
    read: (piece, each) => {
      pieces.push(piece);
      held += piece.length;
      // Joined only once enough is there, so that a large frame in small pieces stays linear.
      if (held < needed) return true;
      const bytes = pieces.length === 1 ? piece : Buffer.concat(pieces);
      let at = 0;
      needed = 8;
      while (held - at >= needed) {
        const length = readUInt32(bytes, at);
        if (length < jsonAt || length > maxFrameBytes) return false;
        needed = length;
        if (held - at < needed) break;
        const frame = readFrame(bytes.subarray(at, at + length));
        if (frame === null) return false;
        at += length;
        needed = 8;
        each(frame);
      }
      pieces = [bytes.subarray(at)];
      held -= at;
      return true;
    },
  };
}

function readFrame(frame: Buffer): TapFrame | null {
  const kind = readUInt32(frame, 4);
  if (kind === kinds.exchange) return readExchange(frame);
  const jsonBytes = readUInt32(frame, 8);
  if (jsonBytes > maxJsonBytes || jsonAt + jsonBytes > frame.length) return null;
  const value = parsed(frame.toString('utf8', jsonAt, jsonAt + jsonBytes));
  return jsonFrame.Check(value) && kinds[value.type] === kind ? value : null;
}

function readExchange(frame: Buffer): ExchangeFrame | null {
  if (frame.length < requestAt) return null;
  const requestBytes = readUInt32(frame, 48);
  const answerBytes = readUInt32(frame, 52);
  const answerAt = requestAt + aligned(requestBytes);
  if (answerAt + aligned(answerBytes) !== frame.length) return null;
  const serial = readDouble(frame, 8);
  const connection = readDouble(frame, 16);
  const sequence = readDouble(frame, 24);
  const arrivedAt = readDouble(frame, 32);
  const latencyMs = readDouble(frame, 40);
  const areCounts = [serial, connection, sequence].every((count) => Number.isSafeInteger(count) && count >= 0);
  if (!areCounts || !Number.isFinite(arrivedAt) || !(latencyMs >= 0)) return null;
  const request = frame.subarray(requestAt, requestAt + requestBytes);
  const answer = frame.subarray(answerAt, answerAt + answerBytes);
  return { type: 'exchange', serial, connection, sequence, arrivedAt, latencyMs, request, answer };
}

const isLittleEndian = endianness() === 'LE';

function readUInt32(bytes: Buffer, at: number): number {
  return isLittleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
}

function readDouble(bytes: Buffer, at: number): number {
  return isLittleEndian ? bytes.readDoubleLE(at) : bytes.readDoubleBE(at);
}

function aligned(bytes: number): number {
  return (bytes + 7) & -8;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
