// The ring against a plain list: what went in comes out once, whole, in order; what does not fit is refused and harms nothing.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exchangeFrameBytes, isExchangeAt, writeExchange } from '../../../src/tap/frame.ts';
import {
  commit,
  createRing,
  isFull,
  nextRegion,
  type Ring,
  release,
  reserve,
  usedBytes,
} from '../../../src/tap/ring.ts';

const none = new Uint8Array(0);
const all = { maxBytes: Number.MAX_SAFE_INTEGER, isCounted: () => true };

function write(ring: Ring, serial: number, bodyBytes: number): boolean {
  const request = new Uint8Array(bodyBytes).fill(serial);
  const bytes = exchangeFrameBytes({ request, answer: none });
  const at = reserve(ring, bytes);
  if (at === -1) return false;
  writeExchange(ring, at, { serial, connection: 1, sequence: 1, arrivedAt: 1, latencyMs: 1, request, answer: none });
  commit(ring, at, bytes);
  return true;
}

/** The serials of the frames of one region, each checked for its bytes. */
function read(ring: Ring, from: number, to: number): number[] {
  const serials: number[] = [];
  for (let at = from; at < to; at += ring.words[at >>> 2] as number) {
    const serial = ring.doubles[(at >>> 3) + 1] as number;
    const bytes = ring.words[(at >>> 2) + 12] as number;
    expect(ring.bytes.subarray(at + 56, at + 56 + bytes).every((byte) => byte === serial % 256)).toBe(true);
    serials.push(serial);
  }
  return serials;
}

describe('the ring', () => {
  it('gives every frame that went in once and in order, over many turns and whatever the reader does', () => {
    const step = fc.oneof(
      fc.record({ write: fc.integer({ min: 0, max: 1500 }) }),
      fc.record({ read: fc.integer({ min: 1, max: 3000 }) }),
    );
    let turns = 0;
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300, size: 'max' }), (steps) => {
        const ring = createRing(4096);
        const written: number[] = [];
        const got: number[] = [];
        let serial = 0;
        for (const one of steps) {
          if ('write' in one) {
            serial++;
            if (write(ring, serial, one.write)) written.push(serial);
          } else {
            const region = nextRegion(ring, { maxBytes: one.read, isCounted: (at) => isExchangeAt(ring, at) });
            if (region === null) continue;
            const serials = read(ring, region.from, region.to);
            expect(region.frames).toBe(serials.length);
            got.push(...serials);
            release(ring, region.to);
            turns++;
          }
          expect(usedBytes(ring)).toBeLessThanOrEqual(ring.size);
          if (isFull(ring)) expect(usedBytes(ring)).toBeGreaterThan(ring.size / 2);
        }
        for (let region = nextRegion(ring, all); region !== null; region = nextRegion(ring, all)) {
          got.push(...read(ring, region.from, region.to));
          release(ring, region.to);
        }
        expect(got).toEqual(written);
        expect([usedBytes(ring), isFull(ring)]).toEqual([0, false]);
      }),
      { numRuns: 300 },
    );
    expect(turns).toBeGreaterThan(1000);
  });

  it('is full from the first frame without room until the reader takes something', () => {
    const ring = createRing(4096);
    let serial = 0;
    do {
      expect(isFull(ring)).toBe(false);
      serial++;
    } while (write(ring, serial, 440));
    expect(isFull(ring)).toBe(true);
    const first = nextRegion(ring, { ...all, maxBytes: 1 });
    release(ring, first?.to ?? 0);
    expect(isFull(ring)).toBe(false);
  });

  it('is not full for a frame that is too long for it', () => {
    const ring = createRing(4096);
    expect([write(ring, 1, 440), write(ring, 2, 5000), isFull(ring)]).toEqual([true, false, false]);
  });

  it('takes again what fits once the reader has made room, and nothing before', () => {
    const ring = createRing(4096);
    let taken = 0;
    while (write(ring, taken + 1, 440)) taken++;
    expect(taken).toBe(8);
    expect(write(ring, 99, 440)).toBe(false);
    const region = nextRegion(ring, { ...all, maxBytes: 1 });
    release(ring, region?.to ?? 0);
    // What is behind the writer's place is one frame short of room for itself and the mark.
    const second = nextRegion(ring, { ...all, maxBytes: 1 });
    release(ring, second?.to ?? 0);
    expect(write(ring, 9, 440)).toBe(true);
  });

  it('has room for a frame of nearly its size again and again', () => {
    const ring = createRing(65536 * 4);
    let taken = 0;
    for (let turn = 0; turn < 20; turn++) {
      if (write(ring, turn, 150_000)) taken++;
      for (let region = nextRegion(ring, all); region !== null; region = nextRegion(ring, all))
        release(ring, region.to);
    }
    expect(taken).toBeGreaterThanOrEqual(10);
  });

  it('refuses a frame larger than itself', () => {
    const ring = createRing(4096);
    expect(write(ring, 1, 5000)).toBe(false);
    expect(write(ring, 2, 100)).toBe(true);
  });
});
