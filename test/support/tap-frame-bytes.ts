// Frames of the tap's link as bytes, made by the tap's own code.
import { encodeJsonFrame, exchangeFrameBytes, writeExchange } from '../../src/tap/frame.ts';
import { createRing } from '../../src/tap/ring.ts';

export function jsonFrame(header: Parameters<typeof encodeJsonFrame>[0]): Buffer {
  return Buffer.from(encodeJsonFrame(header));
}

export function exchangeFrame(serial: number, request: Uint8Array, answer: Uint8Array): Buffer {
  const bytes = exchangeFrameBytes({ request, answer });
  const ring = createRing(2 * bytes);
  writeExchange(ring, 0, { serial, connection: 4, sequence: 5, arrivedAt: 1000.5, latencyMs: 2, request, answer });
  return Buffer.from(ring.bytes.slice(0, bytes));
}
