// Puts the frames of one tap connection together from whatever pieces arrive. The layout is the one of src/tap/frame.ts,
// which this process may not import: lengths, JSON header, request bytes, answer bytes.
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';

/** The layout this comparator understands. */
export const linkProtocol = 1;

/** Twice the tap's largest --max-body with room for heads; more can only be a broken frame. */
const maxFrameBytes = 40 * 1024 * 1024;
const maxHeaderBytes = 65536;

const Count = Type.Integer({ minimum: 0 });
const Epoch = Type.String({ pattern: '^[0-9a-f]{16}$' });
const Reasons = Type.Record(Type.String({ maxLength: 40 }), Count, { maxProperties: 64 });

const Hello = Type.Object({ type: Type.Literal('hello'), protocol: Count, epoch: Epoch, serial: Count });

const Exchange = Type.Object({
  type: Type.Literal('exchange'),
  epoch: Epoch,
  connection: Count,
  sequence: Count,
  serial: Count,
  arrivedAt: Type.Number(),
  latencyMs: Type.Number({ minimum: 0 }),
  requestBytes: Count,
  answerBytes: Count,
});

const Status = Type.Object({
  type: Type.Literal('status'),
  epoch: Epoch,
  serial: Count,
  connections: Count,
  open: Count,
  refused: Count,
  unreachable: Count,
  requests: Count,
  sampled: Count,
  copied: Count,
  lost: Reasons,
  blind: Reasons,
});

const header = Compile(Type.Union([Hello, Exchange, Status]));

export type ExchangeHeader = Static<typeof Exchange>;
export type TapStatus = Static<typeof Status>;

export type TapFrame =
  | Static<typeof Hello>
  | TapStatus
  | (ExchangeHeader & { readonly request: Buffer; readonly answer: Buffer });

export interface FrameReader {
  /** Takes the next piece; calls `each` for every frame that is whole. False: the bytes make no sense, read no further. */
  read(piece: Buffer, each: (frame: TapFrame) => void): boolean;
}

export function createFrameReader(): FrameReader {
  let pieces: Buffer[] = [];
  let held = 0;
  let needed = 4;
  return {
    read: (piece, each) => {
      pieces.push(piece);
      held += piece.length;
      // Joined only once enough is there, so that a large frame in small pieces stays linear.
      while (held >= needed) {
        const bytes = pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
        const length = bytes.readUInt32BE(0);
        if (length < 4 || length > maxFrameBytes) return false;
        needed = 4 + length;
        pieces = [bytes];
        if (held < needed) break;
        const frame = readFrame(bytes.subarray(4, needed));
        if (frame === null) return false;
        pieces = [bytes.subarray(needed)];
        held -= needed;
        needed = 4;
        each(frame);
      }
      return true;
    },
  };
}

function readFrame(frame: Buffer): TapFrame | null {
  const headerBytes = frame.readUInt32BE(0);
  const payloadAt = 4 + headerBytes;
  if (headerBytes > maxHeaderBytes || payloadAt > frame.length) return null;
  const value = parsed(frame.toString('utf8', 4, payloadAt));
  if (!header.Check(value)) return null;
  const payload = frame.subarray(payloadAt);
  if (value.type !== 'exchange') return payload.length === 0 ? value : null;
  if (value.requestBytes + value.answerBytes !== payload.length) return null;
  return {
    ...value,
    request: payload.subarray(0, value.requestBytes),
    answer: payload.subarray(value.requestBytes),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
