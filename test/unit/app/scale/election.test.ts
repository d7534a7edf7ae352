// One judge leads, whatever becomes of the others: on a Kafka in memory and a fake clock, with deaths, standstills and late wakings.
import { afterEach, describe, expect, it } from 'vitest';
import { certainMs, createElection, type Election, silentMs } from '../../../../src/app/scale/election.ts';
import { randomFor } from '../../../../src/core/random.ts';
import type { Batch, KafkaLog, PlainReading } from '../../../../src/io/kafka/port.ts';
import type { JudgeNotice } from '../../../../src/pipeline/scale/messages.ts';
import { createFakeClock, type FakeClock, roundMs } from '../../../support/fake-clock.ts';
import { createMemoryKafka, type MemoryKafka } from '../../../support/memory-kafka.ts';
import { createProcessClock } from '../../../support/process-clock.ts';

const topic = 'control';
const stepMs = 100;
const quiet = (): void => {};
const yes = (): boolean => true;
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };

interface TestJudge {
  readonly name: string;
  readonly election: Election;
  isElected: boolean;
  deposedBy: string | null;
  brokenBy: string | null;
  /** As a batch that the reader fetched. */
  hand(batch: Partial<Batch>): Promise<void>;
  kill(): void;
  freeze(): void;
  thaw(): void;
}

interface World {
  readonly clock: FakeClock;
  readonly kafka: MemoryKafka;
  add(): Promise<TestJudge>;
  close(): void;
}

const worlds: World[] = [];
afterEach(() => {
  for (const world of worlds.splice(0)) world.close();
});

async function createWorld(): Promise<World> {
  const clock = createFakeClock(roundMs);
  const kafka = createMemoryKafka({ clock, endEveryMs: 500 });
  await kafka.connect().ensureTopics([{ topic, partitions: 1 }]);
  let count = 0;
  const all: TestJudge[] = [];
  const world: World = {
    clock,
    kafka,
    add: async () => {
      const name = `judge-${++count}`;
      const client = kafka.connect();
      const timers = createProcessClock(clock);
      const kill = (): void => {
        timers.kill();
        client.kill();
      };
      const onDeposed = (by: string): void => {
        judge.deposedBy = by;
        kill();
      };
      const onBroken = (why: string): void => {
        judge.brokenBy = why;
        kill();
      };
      let reading: PlainReading | null = null;
      const own: KafkaLog = {
        ...client,
        readFrom: (given) => {
          reading = given;
          return client.readFrom(given);
        },
      };
      const deps = { kafka: own, topic, clock: timers.own, log, judge: name, onDeposed, onBroken };
      const election = createElection(deps);
      const judge: TestJudge = {
        ...{ name, election, isElected: false, deposedBy: null, brokenBy: null, kill },
        hand: async (batch) =>
          reading?.onBatch({
            topic,
            partition: 0,
            records: [],
            nextOffset: 0,
            highWatermark: 0,
            isHeld: yes,
            ...batch,
          }),
        freeze: () => {
          timers.freeze();
          client.freeze();
        },
        thaw: () => {
          client.thaw();
          timers.thaw();
        },
      };
      await election.start();
      void election.elected().then(() => {
        judge.isElected = true;
      });
      all.push(judge);
      return judge;
    },
    close: () => {
      for (const judge of all) judge.kill();
      clock.stopForGood();
    },
  };
  worlds.push(world);
  return world;
}

describe('the election of a judge', () => {
  it('is over at once for the first, and the second waits for as long as the first is heard', async () => {
    const { clock, add } = await createWorld();
    const first = await add();
    await clock.advance(300);
    expect(first.isElected && first.election.mayAct()).toBe(true);
    const second = await add();
    await clock.advance(60_000);
    expect([second.isElected, second.election.mayAct(), second.election.leader()]).toEqual([false, false, 'judge-1']);
    expect(first.election.mayAct()).toBe(true);
  });

  it('passes to the second when the first dies, not before it must be dead, and with a later term', async () => {
    const { clock, add } = await createWorld();
    const [first, second] = [await add(), await add()];
    await clock.advance(2000);
    first.kill();
    await clock.advance(silentMs - 1000);
    expect(second.isElected).toBe(false);
    await clock.advance(2000);
    expect(second.isElected && second.election.mayAct()).toBe(true);
    expect(second.election.term()).toBeGreaterThan(first.election.term());
  });

  it('passes at once when the first goes by itself', async () => {
    const { clock, add } = await createWorld();
    const [first, second] = [await add(), await add()];
    await clock.advance(2000);
    await first.election.stop();
    await clock.advance(500);
    expect(second.isElected && second.election.mayAct()).toBe(true);
  });

  it('leaves nobody to wait for when a lone one goes, for the one that comes after it', async () => {
    const { clock, add } = await createWorld();
    const first = await add();
    await clock.advance(2000);
    await first.election.stop();
    await clock.advance(silentMs);
    const second = await add();
    const leaders = new Set<string | null>();
    for (let ms = 0; ms < 1000; ms += stepMs) {
      await clock.advance(stepMs);
      leaders.add(second.election.leader());
    }
    expect([second.isElected, [...leaders]]).toEqual([true, [null]]);
  });

  it('hears a farewell of which all else has been compacted away', async () => {
    const { clock, kafka, add } = await createWorld();
    const say = async (notice: Omit<JudgeNotice, 'type' | 'word'>): Promise<void> => {
      const value = JSON.stringify({ type: 'judge', word: 1, ...notice });
      await kafka.connect().produce(topic, [{ key: `judge-${notice.judge}`, value, partition: 0 }]);
    };
    await say({ judge: 'killed', term: 5, resigns: false });
    await say({ judge: 'gone', term: 9, resigns: true });
    const first = await add();
    await clock.advance(1000);
    expect([first.isElected, first.election.leader()]).toEqual([true, null]);
  });

  it('is not certain after the machine was suspended, though its monotonic clock stood still, until it is heard again', async () => {
    const { clock, add } = await createWorld();
    const first = await add();
    await clock.advance(2000);
    clock.setWall(certainMs);
    expect(first.election.mayAct()).toBe(false);
    await clock.advance(1000);
    expect(first.election.mayAct()).toBe(true);
    clock.setWall(-60_000);
    expect(first.election.mayAct()).toBe(true);
  });

  it('ends when the topic was made anew, and not when a batch comes twice', async () => {
    const { clock, kafka, add } = await createWorld();
    const [first, second] = [await add(), await add()];
    await clock.advance(10_000);
    const records = kafka.recordsOf(topic, 0);
    expect(records.length).toBeGreaterThan(10);
    const early = { records: records.slice(0, 4), nextOffset: 4 };
    for (const judge of [first, second]) await judge.hand({ ...early, highWatermark: records.length });
    await clock.advance(1000);
    expect([first.brokenBy, second.brokenBy, first.election.mayAct()]).toEqual([null, null, true]);
    for (const judge of [first, second]) await judge.hand({ ...early, highWatermark: 4 });
    const why = expect.stringMatching(/^the topic control was made anew/);
    expect([first.brokenBy, second.brokenBy, first.election.mayAct()]).toEqual([why, why, false]);
  });

  it('ends one that hung and wakes up, which was not certain of its lead meanwhile', async () => {
    const { clock, add } = await createWorld();
    const [first, second] = [await add(), await add()];
    await clock.advance(2000);
    first.freeze();
    await clock.advance(certainMs + stepMs);
    expect([first.election.mayAct(), second.isElected]).toEqual([false, false]);
    await clock.advance(silentMs);
    expect(second.isElected).toBe(true);
    first.thaw();
    expect(first.election.mayAct()).toBe(false);
    await clock.advance(1000);
    expect(first.deposedBy).toBe('judge-2');
    expect(second.election.mayAct()).toBe(true);
  });

  it('takes no claim that did not know of the leader’s last word', async () => {
    const { clock, kafka, add } = await createWorld();
    const first = await add();
    await clock.advance(2000);
    const stranger: JudgeNotice = { type: 'judge', judge: 'late', word: 1, after: 1, resigns: false };
    await kafka.connect().produce(topic, [{ key: 'judge-late', value: JSON.stringify(stranger), partition: 0 }]);
    await clock.advance(2000);
    expect([first.deposedBy, first.election.mayAct()]).toEqual([null, true]);
  });

  it('never lets two act at a time, and always somebody in the end', async () => {
    const { clock, add } = await createWorld();
    const random = randomFor('election', 'accidents', '');
    let judges = [await add(), await add(), await add()];
    const frozen = new Map<TestJudge, number>();
    const happened = { kill: 0, freeze: 0, takeOver: 0 };
    for (let step = 0; step < 3000; step += 1) {
      await clock.advance(stepMs);
      const acting = judges.filter(({ election }) => election.mayAct());
      expect(acting.map(({ name }) => name).slice(1)).toEqual([]);
      for (const [judge, until] of frozen) {
        if (step < until) continue;
        judge.thaw();
        frozen.delete(judge);
      }
      const place = Math.floor(random.uniform() * judges.length);
      const judge = judges[place] as TestJudge;
      const dice = random.uniform();
      if (dice < 0.01 && !frozen.has(judge)) {
        judge.freeze();
        frozen.set(judge, step + Math.floor(random.uniform() * 120));
        happened.freeze += 1;
      } else if (dice < 0.015 || judge.deposedBy !== null) {
        frozen.delete(judge);
        judge.kill();
        if (judge.isElected) happened.takeOver += 1;
        judges = judges.with(place, await add());
        happened.kill += 1;
      }
    }
    for (const judge of frozen.keys()) judge.thaw();
    await clock.advance(20_000);
    expect(judges.filter(({ election }) => election.mayAct()).length).toBe(1);
    expect(Math.min(happened.kill, happened.freeze, happened.takeOver)).toBeGreaterThan(2);
  });
});
