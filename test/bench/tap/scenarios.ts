// What is measured, in which order, and which bar each figure has to meet.
import { residentMb } from './cpu.ts';
import { droppedShare, measureSteady, type Steady } from './half-load.ts';
import { type Bed, type Hop, nginxHop, peerHop, tapHop } from './hops.ts';
import { type Latency, measureLatency } from './latency.ts';
import { errorsOf, measureRounds, medianOf, ratioOf, type Samples } from './rounds.ts';
import { measureTroubledShadows, type TroubledShadows, warmUp } from './troubled.ts';
import type { Load } from './wrk.ts';

export interface Figures {
  readonly saturation: Samples;
  readonly hops: Readonly<Record<'nginx' | 'mirror' | 'off' | 'ten' | 'all' | 'fastify' | 'undici', Hop>>;
  readonly large: number;
  readonly shortLived: number;
  readonly latency: Latency;
  readonly troubled: TroubledShadows;
  readonly halfLoad: Readonly<Record<'nginx' | 'ten' | 'all', Steady>>;
  /** Share of the sampled exchanges that were dropped at saturation. */
  readonly droppedAtSaturation: Readonly<Record<'ten' | 'all', number>>;
  readonly rssMb: number;
  readonly errors: number;
  readonly rounds: number;
  readonly seconds: number;
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
  if (!isShort) await warmUp(bed, Object.values(hops).slice(2));
  const peers = [hops.mirror, hops.fastify, hops.undici];
  const slow = { hops: peers, rounds: isShort ? 3 : rounds };
  const saturation = await measureRounds(bed.folder, Object.values(hops), { load: load(seconds), rounds, slow });
  const [droppedOfTen, droppedOfAll] = await Promise.all([droppedShare(ten), droppedShare(all)]);
  const rssMb = residentMb(all.pid);
  const few = { ...more, rounds: isShort ? 2 : more.rounds };
  const large = await measureRounds(bed.folder, [nginx, ten], { load: load(seconds, { bodyBytes: 10_240 }), ...few });
  const brief = load(seconds, { connections: 16, isShortLived: true });
  const shortLived = await measureRounds(bed.folder, [nginx, ten], { load: brief, ...few });
  const latency = await measureLatency(bed, [nginx, ten], isShort ? few : { rounds: 15, seconds: 2 });
  const perSecond = medianOf(saturation, ten, 'perSecond') / 2;
  const halfLoad = await measureSteady([nginx, ten, all], { ...more, perSecond, rounds: isShort ? 1 : 5 });
  const at = (hop: number): Steady => halfLoad[hop] as Steady;
  return {
    saturation,
    hops,
    large: ratioOf(large, [ten, nginx], 'inPathUs'),
    shortLived: ratioOf(shortLived, [ten, nginx], 'inPathUs'),
    latency,
    troubled: await measureTroubledShadows(bed, {
      ...{ perSecond, seconds },
      rounds: isShort ? 3 : rounds,
      load: isShort ? null : load(seconds),
    }),
    halfLoad: { nginx: at(0), ten: at(1), all: at(2) },
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
