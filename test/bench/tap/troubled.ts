// What becomes of production's throughput when the shadows behind the comparator are in trouble: all exchanges copied to a comparator whose
// shadow is well, hangs, is slow, or whose comparator was killed. At half load, where a hop that waits for its shadow would show at once;
// and at saturation, where it takes long rounds to tell a hundredth from what else the machine does.
import { measureSteady } from './half-load.ts';
import { type Bed, type Hop, tapHop } from './hops.ts';
import { loadCore, startNode } from './processes.ts';
import { measureRounds, ratioOf } from './rounds.ts';
import { type Load, loadByWrk } from './wrk.ts';

/** Requests answered ÷ those answered where the shadow is well. */
export type Troubled = Readonly<Record<'hung' | 'slow' | 'killed', number>>;

export interface TroubledShadows {
  readonly halfLoad: Troubled;
  /** Null in a short run: rounds of a second wander by 20 %. */
  readonly saturation: Troubled | null;
}

interface Measuring {
  readonly perSecond: number;
  readonly rounds: number;
  readonly seconds: number;
  /** Null: not at saturation. */
  readonly load: Load | null;
}

export async function measureTroubledShadows(bed: Bed, measuring: Measuring): Promise<TroubledShadows> {
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
  const { receiver: _, ...alone } = killed;
  const hops: readonly Hop[] = [well, hung, slow, alone];
  await warmUp(bed, hops);
  const [ofWell, ofHung, ofSlow, ofKilled] = (await measureSteady(hops, measuring)).map(({ perSecond }) => perSecond);
  const share = (of: number | undefined): number => (of ?? Number.NaN) / (ofWell ?? Number.NaN);
  const halfLoad = { hung: share(ofHung), slow: share(ofSlow), killed: share(ofKilled) };
  const { load, rounds } = measuring;
  if (load === null) return { halfLoad, saturation: null };
  const samples = await measureRounds(bed.folder, hops, { load, rounds });
  const ratio = (hop: Hop): number => ratioOf(samples, [hop, well], 'perSecond');
  return { halfLoad, saturation: { hung: ratio(hung), slow: ratio(slow), killed: ratio(alone) } };
}

/** Code is compiled while it runs. */
export async function warmUp(bed: Bed, hops: readonly Hop[]): Promise<void> {
  for (const { port } of hops) await loadByWrk(bed.folder, port, { connections: 32, bodyBytes: 1024, seconds: 1 });
}
