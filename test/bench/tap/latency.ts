// What a hop adds to the time of an answer at a fixed, moderate rate. The p99 of a shared machine belongs to whoever else is on it: only
// where nginx's own added p99 stays much the same from round to round does a ratio to it say something about the tap.
import { once } from 'node:events';
import { median, quantile } from './cpu.ts';
import type { Bed, Hop } from './hops.ts';
import type { OpenLoopResult } from './open-loop.ts';
import { ask, loadCore, startNode, stop } from './processes.ts';

const perSecond = 2000;
/** The middle half of nginx's rounds must lie within this share of their median. */
const resolvedSpread = 0.5;

/** Each without a hop, through nginx and through the tap, in microseconds. */
export type ThreeUs = readonly [direct: number, nginx: number, tap: number];

export interface Latency {
  /** What the tap adds ÷ what nginx adds. */
  readonly addedP50: number;
  readonly addedP99: number;
  readonly p50Us: ThreeUs;
  readonly p99Us: ThreeUs;
  /** What nginx added to the p99, at the first and third quartile of the rounds. */
  readonly nginxP99Us: readonly [low: number, high: number];
  readonly isP99Resolved: boolean;
}

export async function measureLatency(
  bed: Bed,
  [nginx, tap]: readonly [Hop, Hop],
  { rounds, seconds }: { rounds: number; seconds: number },
): Promise<Latency> {
  const generator = startNode(new URL('open-loop.ts', import.meta.url), [], { core: loadCore });
  await once(generator, 'message');
  const ports = [bed.ports.production, nginx.port, tap.port];
  const results: OpenLoopResult[][] = [];
  for (let round = 0; round < rounds; round++) {
    const ofRound: OpenLoopResult[] = [];
    for (const port of ports) ofRound.push(await ask(generator, { port, perSecond, seconds, bodyBytes: 1024 }));
    results.push(ofRound);
  }
  await stop(generator);
  const all = (hop: number, key: 'p50Us' | 'p99Us'): number[] =>
    results.map((round) => round[hop]?.[key] ?? Number.NaN);
  const three = (key: 'p50Us' | 'p99Us'): ThreeUs => [median(all(0, key)), median(all(1, key)), median(all(2, key))];
  const added = ([direct, through, tapped]: ThreeUs): number => (tapped - direct) / (through - direct);
  const direct = all(0, 'p99Us');
  const nginxAdds = all(1, 'p99Us').map((us, round) => us - (direct[round] ?? Number.NaN));
  const [low, high] = [quantile(nginxAdds, 0.25), quantile(nginxAdds, 0.75)];
  return {
    addedP50: added(three('p50Us')),
    addedP99: added(three('p99Us')),
    p50Us: three('p50Us'),
    p99Us: three('p99Us'),
    nginxP99Us: [low, high],
    isP99Resolved: high - low <= resolvedSpread * median(nginxAdds),
  };
}
