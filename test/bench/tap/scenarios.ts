// What is measured, in which order, and which bar each figure has to meet.
import { once } from 'node:events';
import { median, residentMb } from './cpu.ts';
import { type Bed, type Hop, nginxHop, peerHop, tapHop } from './hops.ts';
import type { OpenLoopResult } from './open-loop.ts';
import { ask, loadCore, startNode, stop } from './processes.ts';
import { errorsOf, measureRounds, medianOf, ratioOf, type Samples } from './rounds.ts';
import type { Load } from './wrk.ts';

export interface Figures {
  readonly saturation: Samples;
  readonly hops: Readonly<Record<'nginx' | 'mirror' | 'off' | 'ten' | 'all' | 'fastify' | 'undici', Hop>>;
  readonly large: number;
  readonly shortLived: number;
  readonly addedP50: number;
  readonly addedP99: number;
  /** Microseconds without a hop, through nginx, through the tap. */
  readonly p50Us: readonly [number, number, number];
  readonly hung: Readonly<Record<'hung' | 'slow' | 'killed', number>>;
  readonly halfLoad: { readonly perSecond: number; readonly sampled: number; readonly drops: number };
  /** Share of the sampled exchanges that were dropped at saturation. */
  readonly droppedAtSaturation: Readonly<Record<'ten' | 'all', number>>;
  readonly rssMb: number;
  readonly errors: number;
  readonly rounds: number;
  readonly seconds: number;
}

interface TapStatus {
  readonly sampled: number;
  readonly copied: number;
  readonly lost: Readonly<Record<string, number>>;
}

interface Seen {
  readonly received: number;
  readonly taps: readonly TapStatus[];
}

const load = (seconds: number, more: Partial<Load> = {}): Load => ({
  connections: 32,
  bodyBytes: 1024,
  seconds,
  ...more,
});

export async function measureTap(bed: Bed, { isShort }: { isShort: boolean }): Promise<Figures> {
  const rounds = 5;
  const seconds = isShort ? 1 : 4;
  const more = { rounds: isShort ? 3 : 5, seconds };
  const hops = await openHops(bed);
  const { nginx, ten, all } = hops;
  // A short run leaves it to the median of five to pass over the round in which code is compiled.
  if (!isShort) await measureRounds(bed.folder, Object.values(hops).slice(2), { load: load(1), rounds: 1 });
  const saturation = await measureRounds(bed.folder, Object.values(hops), { load: load(seconds), rounds });
  const [droppedOfTen, droppedOfAll] = await Promise.all([droppedShare(ten), droppedShare(all)]);
  const rssMb = residentMb(all.pid);
  const large = await measureRounds(bed.folder, [nginx, ten], { load: load(seconds, { bodyBytes: 10_240 }), ...more });
  const brief = load(seconds, { connections: 16, isShortLived: true });
  const shortLived = await measureRounds(bed.folder, [nginx, ten], { load: brief, ...more });
  const latency = await measureLatency(bed, [nginx, ten], more);
  const halfLoad = await measureHalfLoad(ten, { perSecond: medianOf(saturation, ten, 'perSecond') / 2, seconds });
  return {
    saturation,
    hops,
    large: ratioOf(large, [ten, nginx], 'inPathUs'),
    shortLived: ratioOf(shortLived, [ten, nginx], 'inPathUs'),
    ...latency,
    hung: await measureTroubledShadows(bed, more),
    halfLoad,
    droppedAtSaturation: { ten: droppedOfTen, all: droppedOfAll },
    rssMb,
    errors: errorsOf(saturation) + errorsOf(large) + errorsOf(shortLived),
    rounds,
    seconds,
  };
}

async function openHops(bed: Bed): Promise<Figures['hops']> {
  const [nginx, mirror, off, ten, all, fastify, undici] = await Promise.all([
    nginxHop(bed, { isMirroring: false }),
    nginxHop(bed, { isMirroring: true }),
    tapHop(bed, { share: null }),
    tapHop(bed, { share: '10%' }),
    tapHop(bed, { share: '100%' }),
    peerHop(bed, 'fastify-http-proxy'),
    peerHop(bed, 'undici-copy'),
  ]);
  return { nginx, mirror, off, ten, all, fastify, undici };
}

async function seenBehind(hop: Hop): Promise<Seen> {
  // The tap says once a second how it stands.
  await new Promise((resume) => setTimeout(resume, 1200));
  if (hop.receiver === undefined) throw new Error(`${hop.name} has no receiver`);
  return ask<Seen>(hop.receiver, {});
}

async function droppedShare(hop: Hop): Promise<number> {
  const { received, taps } = await seenBehind(hop);
  const sampled = taps[0]?.sampled ?? Number.NaN;
  return 1 - received / sampled;
}

async function measureLatency(
  bed: Bed,
  [nginx, tap]: readonly [Hop, Hop],
  { rounds, seconds }: { rounds: number; seconds: number },
): Promise<Pick<Figures, 'addedP50' | 'addedP99' | 'p50Us'>> {
  const generator = startNode(new URL('open-loop.ts', import.meta.url), [], { core: loadCore });
  await once(generator, 'message');
  const ports = [bed.ports.production, nginx.port, tap.port];
  const results: OpenLoopResult[][] = [];
  for (let round = 0; round < rounds; round++) {
    const results_: OpenLoopResult[] = [];
    for (const port of ports) results_.push(await ask(generator, { port, perSecond: 2000, seconds, bodyBytes: 1024 }));
    results.push(results_);
  }
  await stop(generator);
  const at = (hop: number, key: 'p50Us' | 'p99Us'): number =>
    median(results.map((round) => round[hop]?.[key] ?? Number.NaN));
  const added = (key: 'p50Us' | 'p99Us'): number => (at(2, key) - at(0, key)) / (at(1, key) - at(0, key));
  return {
    addedP50: added('p50Us'),
    addedP99: added('p99Us'),
    p50Us: [at(0, 'p50Us'), at(1, 'p50Us'), at(2, 'p50Us')],
  };
}

async function measureHalfLoad(
  hop: Hop,
  { perSecond, seconds }: { perSecond: number; seconds: number },
): Promise<Figures['halfLoad']> {
  const generator = startNode(new URL('open-loop.ts', import.meta.url), [], { core: loadCore });
  await once(generator, 'message');
  const before = (await seenBehind(hop)).taps[0] as TapStatus;
  const { answered } = await ask<OpenLoopResult>(generator, {
    port: hop.port,
    perSecond,
    seconds: 2 * seconds,
    bodyBytes: 1024,
  });
  const after = (await seenBehind(hop)).taps[0] as TapStatus;
  await stop(generator);
  return {
    perSecond: answered / (2 * seconds),
    sampled: after.sampled - before.sampled,
    drops: (after.lost.queue_full ?? 0) - (before.lost.queue_full ?? 0),
  };
}

/** All exchanges copied to a comparator whose shadow is well, hangs, is slow, or whose comparator is then killed. */
async function measureTroubledShadows(
  bed: Bed,
  { rounds, seconds }: { rounds: number; seconds: number },
): Promise<Figures['hung']> {
  const odd = (how: string): number => {
    const port = bed.nextPort();
    startNode(new URL('odd-shadow.ts', import.meta.url), [String(port), how], { core: loadCore, nice: 19 });
    return port;
  };
  const [well, hung, slow, killed] = await Promise.all(
    [bed.ports.shadow, odd('hang'), odd('200'), bed.ports.shadow].map((shadowPort) =>
      tapHop(bed, { share: '100%', shadowPort }),
    ),
  );
  if (!well || !hung || !slow || !killed) throw new Error('four taps');
  killed.receiver?.kill('SIGKILL');
  await measureRounds(bed.folder, [well, hung, slow, killed], { load: load(1), rounds: 1 });
  const samples = await measureRounds(bed.folder, [well, hung, slow, killed], { load: load(seconds), rounds });
  return {
    hung: ratioOf(samples, [hung, well], 'perSecond'),
    slow: ratioOf(samples, [slow, well], 'perSecond'),
    killed: ratioOf(samples, [killed, well], 'perSecond'),
  };
}
