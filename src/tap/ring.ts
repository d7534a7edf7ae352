// A ring of whole frames in shared memory, one writer and one reader, neither of which ever waits. The relay's thread
// writes copies into it; the shipper's thread sends them on. A frame that does not fit is not written.

/** Frames begin and end on this boundary: copying into shared memory is several times slower off it. */
export const frameAlign = 8;

/** Words that both threads read and write; `numbers` stay exact up to 2^53. */
const words = { head: 0, tail: 1, isUp: 2 } as const;
const numbers = { serial: 2, copied: 3, linkBroken: 4 } as const;
const controlBytes = 64;
/** Stands where a frame's length would: the next frame is at the ring's beginning. */
const wrapMark = 0;
// An empty ring of which this share is used is written from its beginning again, so that light traffic touches little of it.
// Until the reader has followed, what lies in front of the writer's old place is all the room there is.
const rewindFromShare = 0.25;

export interface Ring {
  readonly memory: SharedArrayBuffer;
  readonly size: number;
  readonly control: Int32Array;
  readonly numbers: Float64Array;
  /** Views of the frames' bytes. */
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  readonly doubles: Float64Array;
  /** The reader's place when a frame last found no room; −1 once one has. The writer's own. */
  fullAt: number;
}

export function createRing(maxBytes: number): Ring {
  const size = Math.max(Math.ceil(maxBytes / frameAlign) * frameAlign, 4096);
  return openRing(new SharedArrayBuffer(controlBytes + size));
}

/** The same ring, seen from another thread. */
export function openRing(memory: SharedArrayBuffer): Ring {
  const size = memory.byteLength - controlBytes;
  return {
    memory,
    size,
    control: new Int32Array(memory, 0, 4),
    numbers: new Float64Array(memory, 0, 8),
    bytes: new Uint8Array(memory, controlBytes),
    words: new Uint32Array(memory, controlBytes),
    doubles: new Float64Array(memory, controlBytes),
    fullAt: -1,
  };
}

/** Where a frame of that many bytes (a multiple of `frameAlign`) may be written, −1 when there is no room. */
export function reserve(ring: Ring, bytes: number): number {
  const head = ring.control[words.head] as number;
  const tail = Atomics.load(ring.control, words.tail);
  const at = placeFor(ring, bytes, { head, tail });
  ring.fullAt = at === -1 ? tail : -1;
  return at;
}

function placeFor(ring: Ring, bytes: number, { head, tail }: { head: number; tail: number }): number {
  if (head < tail) return head + bytes < tail ? head : -1;
  const isEmpty = head === tail;
  const fitsAtEnd = head + bytes + frameAlign <= ring.size;
  if (fitsAtEnd && !(isEmpty && head >= rewindFromShare * ring.size)) return head;
  if (bytes >= tail && fitsAtEnd) return head;
  if (bytes >= tail && !(isEmpty && head > 0)) return -1;
  ring.words[head >>> 2] = wrapMark;
  if (bytes < tail) return 0;
  // Empty, and yet too short on either side of this place: moved to the beginning for the next long frame.
  Atomics.store(ring.control, words.head, 0);
  return -1;
}

/** Whether the last frame found no room in a ring that is mostly used, and the reader has taken nothing since. */
export function isFull(ring: Ring): boolean {
  return (
    ring.fullAt !== -1 && ring.fullAt === Atomics.load(ring.control, words.tail) && 2 * usedBytes(ring) > ring.size
  );
}

/** Hands the frame written at `at` to the reader. */
export function commit(ring: Ring, at: number, bytes: number): void {
  Atomics.store(ring.control, words.head, at + bytes);
}

export interface Region {
  readonly from: number;
  readonly to: number;
  readonly frames: number;
}

/** Whole frames that lie behind one another, about `maxBytes` of them; null when there are none. `isCounted` says which count. */
export function nextRegion(
  ring: Ring,
  { maxBytes, isCounted }: { maxBytes: number; isCounted: (at: number) => boolean },
): Region | null {
  const head = Atomics.load(ring.control, words.head);
  let from = ring.control[words.tail] as number;
  if (from === head) return null;
  if (ring.words[from >>> 2] === wrapMark) {
    from = 0;
    Atomics.store(ring.control, words.tail, 0);
    if (head === 0) return null;
  }
  let to = from;
  let frames = 0;
  while (to !== head && to - from < maxBytes && ring.words[to >>> 2] !== wrapMark) {
    if (isCounted(to)) frames++;
    to += ring.words[to >>> 2] as number;
  }
  return { from, to, frames };
}

/** The reader is done with everything in front of `to`. */
export function release(ring: Ring, to: number): void {
  Atomics.store(ring.control, words.tail, to);
}

export function usedBytes(ring: Ring): number {
  const used = Atomics.load(ring.control, words.head) - Atomics.load(ring.control, words.tail);
  return used < 0 ? used + ring.size : used;
}

/** Whether a comparator is at the other end. */
export const isUp = (ring: Ring): boolean => ring.control[words.isUp] === 1;
export const setUp = (ring: Ring, up: boolean): void => {
  Atomics.store(ring.control, words.isUp, up ? 1 : 0);
};

/** The last serial number given out; only the relay's thread gives them. */
export const lastSerial = (ring: Ring): number => ring.numbers[numbers.serial] as number;
export const nextSerial = (ring: Ring): number => {
  const serial = (ring.numbers[numbers.serial] as number) + 1;
  ring.numbers[numbers.serial] = serial;
  return serial;
};

/** What became of the frames that left the ring; only the shipper's thread counts them. */
export const countSent = (ring: Ring, frames: number): void => {
  ring.numbers[numbers.copied] = sent(ring) + frames;
};
export const countBroken = (ring: Ring, frames: number): void => {
  ring.numbers[numbers.linkBroken] = broken(ring) + frames;
};
export const sent = (ring: Ring): number => ring.numbers[numbers.copied] as number;
export const broken = (ring: Ring): number => ring.numbers[numbers.linkBroken] as number;
