// Keyed hashing and seeded randomness. Every "random" choice in penumbra is a function of (seed, request id, arm name),
// so that whoever replays a request perturbs it in the same way.
import { type SipKey, sipHash24 } from './siphash.ts';

export type { SipKey } from './siphash.ts';

const twoTo32 = 4294967296;

/** Keys made before: the same few seeds are asked for with every request. */
const keys = new Map<string, SipKey>();
const mostKeys = 64;

/** The 128-bit key of a textual seed: SipHash under the zero key of the seed and of the seed with a suffix. */
export function keyOf(seed: string): SipKey {
  const known = keys.get(seed);
  if (known !== undefined) return known;
  const made = makeKey(seed);
  if (keys.size >= mostKeys) keys.clear();
  keys.set(seed, made);
  return made;
}

function makeKey(seed: string): SipKey {
  const zero: SipKey = { low0: 0, high0: 0, low1: 0, high1: 0 };
  const first = sipHash24(zero, seed);
  const second = sipHash24(zero, `${seed}\u0001`);
  return { low0: first.low, high0: first.high, low1: second.low, high1: second.high };
}

/** A number in [0, 1) that depends only on key and text: the 64-bit SipHash-2-4 divided by 2^64 (top 53 bits). */
export function hashFraction(key: SipKey, text: string): number {
  const { low, high } = sipHash24(key, text);
  return (high * 2097152 + (low >>> 11)) / 9007199254740992;
}

/** Whether this text falls into the share. `share` 0 never does, `share` 1 always does. */
export function isInShare(key: SipKey, text: string, share: number): boolean {
  return hashFraction(key, text) < share;
}

/** Draws numbers in [0, 1). */
export interface Random {
  uniform(): number;
  /** Standard normal deviate (Box–Muller). */
  normal(): number;
}

/** A generator (sfc32, Chris Doty-Humphrey's PractRand) whose state is the hash of seed, request and arm. */
export function randomFor(seed: string, requestId: string, armName: string): Random {
  const key = keyOf(seed);
  const start = sipHash24(key, `${armName}\u0000${requestId}`);
  let a = start.low | 0;
  let b = start.high | 0;
  let c = key.low0 | 0;
  let counter = 1;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let round = 0; round < 12; round++) next();
  const uniform = (): number => next() / twoTo32;
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, normal };
}
