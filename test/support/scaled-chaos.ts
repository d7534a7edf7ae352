// A timeline of exchanges with accidents between them, the same for the same seed: kills, pauses, rebalances, records that come twice.
import { randomFor } from '../../src/core/random.ts';
import type { Store } from '../../src/io/store-port.ts';
import { roundMs } from './fake-clock.ts';
import { type ScaledWorld, scale, type TestMember } from './scaled.ts';
import { type TableExchange, tableExchange } from './table-exchanges.ts';

export interface Timeline {
  readonly exchanges: number;
  readonly everyMs: number;
  readonly members: number;
  readonly accidents: number;
  readonly seed: string;
}

export type Accident = 'kill' | 'freeze' | 'rebalance' | 'redeliver' | 'judge';

/** Plays it to the end, until everything that can close has closed. Returns how often each accident happened. */
export async function playTimeline(world: ScaledWorld, timeline: Timeline): Promise<Record<Accident, number>> {
  const { exchanges, everyMs, members: count, accidents, seed } = timeline;
  const happened: Record<Accident, number> = { kill: 0, freeze: 0, rebalance: 0, redeliver: 0, judge: 0 };
  const random = randomFor(seed, 'accidents', '');
  await world.startJudge();
  const members: TestMember[] = [];
  for (let one = 0; one < count; one += 1) members.push(await world.addMember());
  const times = Array.from({ length: accidents }, () => Math.floor(random.uniform() * exchanges));
  const atNumber = new Set(times);
  const thaws: { readonly at: number; readonly member: TestMember }[] = [];
  const accident = async (number: number): Promise<void> => {
    const kind =
      (['kill', 'kill', 'freeze', 'freeze', 'rebalance', 'redeliver', 'judge'] as const)[
        Math.floor(random.uniform() * 7)
      ] ?? 'kill';
    const place = Math.floor(random.uniform() * members.length);
    const member = members[place] as TestMember;
    happened[kind] += 1;
    if (kind === 'kill') {
      member.kill();
      members[place] = await world.addMember();
    } else if (kind === 'freeze') {
      member.freeze();
      thaws.push({ member, at: number + Math.floor((500 + random.uniform() * 8000) / everyMs) });
    } else if (kind === 'rebalance') world.kafka.rebalance(scale.group);
    else if (kind === 'redeliver') {
      const partition = Math.floor(random.uniform() * 8);
      const end = world.kafka.recordsOf(scale.exchanges, partition).length;
      world.kafka.redeliver(scale.group, { topic: scale.exchanges, partition, offset: Math.max(0, end - 40) });
    } else {
      await world.crashJudge();
      await world.startJudge();
    }
  };
  for (let number = 0; number < exchanges; number += 1) {
    const exchange: TableExchange = tableExchange(number, { everyMs });
    await world.clock.advanceTo(roundMs + number * everyMs);
    await world.append(exchange);
    if (atNumber.has(number)) await accident(number);
    for (const { at, member } of thaws) if (at === number) member.thaw();
  }
  for (const { member } of thaws) member.thaw();
  await world.clock.advance(60_000);
  return happened;
}

/** Everything that was counted and judged of the only run, without its name and without the moments at which it was said. */
export function judgedBy(store: Store): unknown {
  const runs = store.runs();
  const id = runs[0]?.run.id ?? '';
  const found = {
    runs: runs.length,
    streams: [...store.streams(id)].sort((one, other) => (one.id < other.id ? -1 : 1)),
    tallies: [...store.tallies(id)].sort((one, other) => (one.arm < other.arm ? -1 : 1)).map(withSortedKeys),
    verdicts: store.verdictChanges(id).map(({ at: _, ...change }) => change),
  };
  return JSON.parse(JSON.stringify(found).replaceAll(id, 'RUN'));
}

/** Which reason was met first depends on the order of the partitions. */
function withSortedKeys(tally: object): unknown {
  return JSON.parse(
    JSON.stringify(tally, (_key, value: unknown) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
        : value,
    ),
  );
}
