// One frame of the link: length of the rest (32 bits, big endian), length of the JSON header (32 bits), the header, and for
// an exchange the request's and the answer's bytes as they were on the wire (interim answers left out).

/** Raised when a frame changes so that an older comparator would misread it. */
export const linkProtocol = 1;

/** First frame on every link. `serial`: the last one given out so far. */
export interface HelloHeader {
  readonly type: 'hello';
  readonly protocol: number;
  readonly epoch: string;
  readonly serial: number;
}

export interface ExchangeHeader {
  readonly type: 'exchange';
  readonly epoch: string;
  readonly connection: number;
  /** The request's number on its connection, from 1; not every one is sampled. */
  readonly sequence: number;
  /** Counts this epoch's sampled exchanges as their fate is decided, sent or lost: a gap is a lost copy. */
  readonly serial: number;
  readonly arrivedAt: number;
  readonly latencyMs: number;
  readonly requestBytes: number;
  readonly answerBytes: number;
}

export interface StatusHeader {
  readonly type: 'status';
  readonly epoch: string;
  readonly serial: number;
  readonly connections: number;
  readonly open: number;
  readonly refused: number;
  readonly unreachable: number;
  readonly requests: number;
  readonly sampled: number;
  readonly copied: number;
  readonly lost: Readonly<Record<string, number>>;
  readonly blind: Readonly<Record<string, number>>;
}

/** The beginning of a frame; `payloadBytes` will follow it. */
export function encodeFrameStart(header: HelloHeader | ExchangeHeader | StatusHeader, payloadBytes = 0): Buffer {
  const json = Buffer.from(JSON.stringify(header));
  const start = Buffer.allocUnsafe(8 + json.length);
  start.writeUInt32BE(4 + json.length + payloadBytes, 0);
  start.writeUInt32BE(json.length, 4);
  start.set(json, 8);
  return start;
}
