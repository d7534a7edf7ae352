// Which exchanges are copied: a hash of (epoch, connection, sequence), so that nothing in a request can steer the choice.

/** `epoch` is 16 hexadecimal digits; `share` a fraction of 1. */
export function createSampler({ epoch, share }: { epoch: string; share: number }) {
  const first = Number.parseInt(epoch.slice(0, 8), 16);
  const second = Number.parseInt(epoch.slice(8, 16), 16);
  const below = share * 4294967296;
  return (connection: number, sequence: number): boolean =>
    mix(mix(mix(first ^ connection) ^ second) ^ sequence) < below;
}

/** The finalizer of MurmurHash3 (Austin Appleby, public domain): every input bit reaches every output bit. */
function mix(word: number): number {
  let hash = word | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
