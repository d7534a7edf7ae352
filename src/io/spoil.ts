// Does to a copy's bytes what a transport fault says: shorter, other, or a stream that breaks off or stalls.
import { Readable } from 'node:stream';
import { randomFor } from '../core/random.ts';
import type { TransportFault } from '../model.ts';

/** What is sent: bytes, or a stream whose length the headers must name. */
export interface Spoilt {
  readonly body: Uint8Array | Readable;
  readonly contentLength: number;
}

/** The body as it will be sent. The given one is left as it is. */
export function spoil(body: Uint8Array, fault: TransportFault): Spoilt {
  switch (fault.type) {
    case 'truncate': {
      const kept = body.subarray(0, Math.floor(body.length * fault.keepShare));
      return { body: kept, contentLength: kept.length };
    }
    case 'garble':
      return { body: garbled(body, fault), contentLength: body.length };
    case 'abort':
      return { body: Readable.from(broken(partOf(body, fault.afterShare))), contentLength: body.length };
    case 'hang':
      return { body: stalled(partOf(body, fault.afterShare)), contentLength: body.length };
  }
}

/** At least one byte stays unsent. */
function partOf(body: Uint8Array, share: number): Buffer {
  return Buffer.from(body.subarray(0, Math.min(Math.floor(body.length * share), Math.max(0, body.length - 1))));
}

function garbled(body: Uint8Array, { bytes, seed }: { bytes: number; seed: string }): Uint8Array {
  const random = randomFor(seed, 'garble', String(body.length));
  const changed = Uint8Array.from(body);
  for (let count = 0; count < bytes && changed.length > 0; count++) {
    const place = Math.floor(random.uniform() * changed.length);
    // Any byte but the one that is there.
    changed[place] = ((changed[place] as number) + 1 + Math.floor(random.uniform() * 255)) % 256;
  }
  return changed;
}

async function* broken(part: Buffer): AsyncGenerator<Buffer> {
  if (part.length > 0) yield part;
  throw new Error('the connection is broken on purpose');
}

/** Whoever gives the call up destroys it. */
function stalled(part: Buffer): Readable {
  const stream = new Readable({ read: () => undefined });
  if (part.length > 0) stream.push(part);
  return stream;
}
