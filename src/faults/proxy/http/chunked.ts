// Follows a chunked body (RFC 9112 §7.1) only far enough to know where it ends; extensions and trailers go by unread.
// It also tells which bytes are data, so that a fault can damage them and leave the framing whole.

export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface ChunkedBody {
  /** Follows the bytes; how many of them belong to the body, or −1 when it is not a chunked body. */
  follow(bytes: Uint8Array): number;
  readonly isDone: boolean;
  /** Where data lay in the bytes last followed. */
  readonly data: readonly Span[];
}

type Phase =
  | 'size'
  | 'extension'
  | 'size-lf'
  | 'data'
  | 'data-cr'
  | 'data-lf'
  | 'trailer'
  | 'trailer-lf'
  | 'done'
  | 'bad';

interface State {
  phase: Phase;
  left: number;
  digits: number;
  /** Bytes of the trailer line so far: an empty line ends the body. */
  lineBytes: number;
  data: Span[];
}

const [cr, lf, semicolon] = [13, 10, 59];
/** Twelve hexadecimal digits are 2^48 bytes: more is nobody's chunk. */
const maxDigits = 12;

export function createChunkedBody(): ChunkedBody {
  const state: State = { phase: 'size', left: 0, digits: 0, lineBytes: 0, data: [] };
  return {
    follow: (bytes) => {
      state.data = [];
      let at = 0;
      while (at < bytes.length && state.phase !== 'done' && state.phase !== 'bad') at = step(state, bytes, at);
      return state.phase === 'bad' ? -1 : at;
    },
    get isDone() {
      return state.phase === 'done';
    },
    get data() {
      return state.data;
    },
  };
}

function step(state: State, bytes: Uint8Array, at: number): number {
  const byte = bytes[at] ?? 0;
  switch (state.phase) {
    case 'size':
      return readSize(state, byte, at);
    case 'extension':
      if (byte === cr) state.phase = 'size-lf';
      else if (byte === lf) state.phase = 'bad';
      return at + 1;
    case 'size-lf':
      state.phase = byte !== lf ? 'bad' : state.left === 0 ? 'trailer' : 'data';
      state.lineBytes = 0;
      return at + 1;
    case 'data': {
      const to = Math.min(at + state.left, bytes.length);
      state.data.push({ from: at, to });
      state.left -= to - at;
      if (state.left === 0) state.phase = 'data-cr';
      return to;
    }
    case 'data-cr':
      state.phase = byte === cr ? 'data-lf' : 'bad';
      return at + 1;
    case 'data-lf':
      state.phase = byte === lf ? 'size' : 'bad';
      state.digits = 0;
      return at + 1;
    default:
      return readTrailer(state, byte, at);
  }
}

function readSize(state: State, byte: number, at: number): number {
  const digit = hexOf(byte);
  if (digit >= 0 && state.digits < maxDigits) {
    state.left = state.left * 16 + digit;
    state.digits++;
  } else if (state.digits === 0) state.phase = 'bad';
  else if (byte === cr) state.phase = 'size-lf';
  else if (byte === semicolon || byte === 32 || byte === 9) state.phase = 'extension';
  else state.phase = 'bad';
  return at + 1;
}

function readTrailer(state: State, byte: number, at: number): number {
  if (state.phase === 'trailer-lf') {
    if (byte !== lf) state.phase = 'bad';
    else state.phase = state.lineBytes === 0 ? 'done' : 'trailer';
    state.lineBytes = 0;
  } else if (byte === cr) state.phase = 'trailer-lf';
  else if (byte === lf) state.phase = 'bad';
  else state.lineBytes++;
  return at + 1;
}

function hexOf(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
