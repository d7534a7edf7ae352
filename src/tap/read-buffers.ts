// Buffers that connections read into, used again by later connections: a new one for each would be most of the cost of a
// connection that carries one request.

/** One read takes as much as this; of a buffer only the pages that reads have touched take memory. */
const bufferBytes = 65536;
const maxFree = 256;

const free: Uint8Array[] = [];

/** Not a Buffer: cutting a piece out of one takes several times longer. */
export function takeReadBuffer(): Uint8Array {
  return free.pop() ?? new Uint8Array(Buffer.allocUnsafeSlow(bufferBytes).buffer);
}

export function returnReadBuffer(buffer: Uint8Array): void {
  if (free.length < maxFree) free.push(buffer);
}
