// One interleaved run: every hop in turn, in an order that moves on with each round, so that what else the machine does
// falls on all of them alike. Figures are medians over rounds; ratios are medians of the rounds' own ratios.
import { cpuTimeOf, median } from './cpu.ts';
import type { Hop } from './hops.ts';
import { type Load, loadByWrk } from './wrk.ts';

export interface Sample {
  readonly perSecond: number;
  /** CPU of the thread in the path, and of the whole process, per request. */
  readonly inPathUs: number;
  readonly allUs: number;
  readonly errors: number;
}

export type Samples = ReadonlyMap<Hop, readonly Sample[]>;

interface Rounds {
  readonly load: Load;
  readonly rounds: number;
  /** Hops that are several times slower, in fewer rounds: what they are compared by is no close call. */
  readonly slow?: { readonly hops: readonly Hop[]; readonly rounds: number };
}

export async function measureRounds(
  folder: string,
  hops: readonly Hop[],
  { load, rounds, slow }: Rounds,
): Promise<Samples> {
  const samples = new Map<Hop, Sample[]>(hops.map((hop) => [hop, []]));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < hops.length; turn++) {
      const hop = hops[(round + turn) % hops.length] as Hop;
      if (slow !== undefined && round >= slow.rounds && slow.hops.includes(hop)) continue;
      samples.get(hop)?.push(await measure(folder, hop, load));
    }
  }
  return samples;
}

async function measure(folder: string, hop: Hop, load: Load): Promise<Sample> {
  const before = cpuTimeOf(hop.pid);
  const { requests, perSecond, errors } = await loadByWrk(folder, hop.port, load);
  const after = cpuTimeOf(hop.pid);
  return {
    perSecond,
    inPathUs: (after.inPathNs - before.inPathNs) / 1000 / requests,
    allUs: (after.allNs - before.allNs) / 1000 / requests,
    errors,
  };
}

export function medianOf(samples: Samples, hop: Hop, key: keyof Sample): number {
  return median((samples.get(hop) ?? []).map((sample) => sample[key]));
}

export function ratioOf(samples: Samples, [hop, other]: readonly [Hop, Hop], key: keyof Sample): number {
  const [ones, others] = [samples.get(hop) ?? [], samples.get(other) ?? []];
  return median(others.slice(0, ones.length).map((sample, round) => (ones[round]?.[key] ?? Number.NaN) / sample[key]));
}

export function errorsOf(samples: Samples): number {
  return [...samples.values()].flat().reduce((sum, { errors }) => sum + errors, 0);
}
