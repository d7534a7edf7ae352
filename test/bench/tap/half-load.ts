// Half of what the tap can take, at a fixed rate: here copies are made and received, and what copying costs is the cost of whole copies.
import { once } from 'node:events';
import { cpuTimeOf, median } from './cpu.ts';
import type { Hop } from './hops.ts';
import type { OpenLoopResult } from './open-loop.ts';
import { ask, loadCore, startNode, stop } from './processes.ts';

export interface Steady {
  readonly perSecond: number;
  /** In-path CPU per request. */
  readonly inPathUs: number;
  readonly sampled: number;
  readonly drops: number;
}

interface TapStatus {
  readonly sampled: number;
  readonly copied: number;
}

interface Seen {
  readonly received: number;
  readonly taps: readonly TapStatus[];
}

/** Every hop at this rate, in turn, and medians of the rounds. */
export async function measureSteady(
  hops: readonly Hop[],
  { perSecond, rounds, seconds }: { perSecond: number; rounds: number; seconds: number },
): Promise<readonly Steady[]> {
  const generator = startNode(new URL('open-loop.ts', import.meta.url), [], { core: loadCore });
  await once(generator, 'message');
  const before = await Promise.all(hops.map(statusOf));
  const measured = hops.map(() => ({ inPathUs: [] as number[], perSecond: [] as number[] }));
  for (let round = 0; round < rounds; round++) {
    for (const [index, { port, pid }] of hops.entries()) {
      const { inPathNs } = cpuTimeOf(pid);
      const { answered } = await ask<OpenLoopResult>(generator, { port, perSecond, seconds, bodyBytes: 1024 });
      measured[index]?.inPathUs.push((cpuTimeOf(pid).inPathNs - inPathNs) / 1000 / answered);
      measured[index]?.perSecond.push(answered / seconds);
    }
  }
  await stop(generator);
  const after = await Promise.all(hops.map(statusOf));
  return measured.map((of, index) => {
    const grown = (key: keyof TapStatus): number => (after[index]?.[key] ?? 0) - (before[index]?.[key] ?? 0);
    return {
      perSecond: median(of.perSecond),
      inPathUs: median(of.inPathUs),
      sampled: grown('sampled'),
      drops: grown('sampled') - grown('copied'),
    };
  });
}

/** Share of what the tap has sampled so far that the receiver behind it did not get. */
export async function droppedShare(hop: Hop): Promise<number> {
  const { received, taps } = await seenBehind(hop);
  return 1 - received / (taps[0]?.sampled ?? Number.NaN);
}

async function statusOf(hop: Hop): Promise<TapStatus | undefined> {
  return hop.receiver === undefined ? undefined : (await seenBehind(hop)).taps[0];
}

async function seenBehind({ name, receiver }: Hop): Promise<Seen> {
  // The tap says once a second how it stands.
  await new Promise((resume) => setTimeout(resume, 1200));
  if (receiver === undefined) throw new Error(`${name} has no receiver`);
  return ask<Seen>(receiver, {});
}
