// Many comparators and a judge around a Kafka in memory, on one fake clock: comparators can be killed, frozen and thawed at any moment.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyBaseLogger } from 'fastify';
import type { App } from '../../src/app/parts.ts';
import type { Compare } from '../../src/app/scale/compare.ts';
import type { Leadership } from '../../src/app/scale/election.ts';
import { openCompare } from '../../src/app/scale/open-compare.ts';
import { createApp } from '../../src/app.ts';
import type { EffectiveConfig } from '../../src/config/effective.ts';
import type { ScaleConfig } from '../../src/config/scale.ts';
import { createSqliteStore } from '../../src/io/store/sqlite-store.ts';
import type { Store } from '../../src/io/store-port.ts';
import { type ConfigForTest, configForTest, type LoggedError } from './comparator.ts';
import { createFakeClock, type FakeClock, roundMs } from './fake-clock.ts';
import { createMemoryKafka, type MemoryClient, type MemoryKafka } from './memory-kafka.ts';
import { createProcessClock } from './process-clock.ts';
import { type Answers, createScriptedTarget } from './scripted-target.ts';

export const scale: ScaleConfig = {
  ...{ brokers: ['127.0.0.1:9'], exchanges: 'exchanges', counts: 'counts', control: 'control', group: 'penumbra' },
  ...{ from: 'beginning', idleMs: 5000, tls: null, sasl: null },
};

export interface ScaledOptions extends ConfigForTest {
  readonly partitions: number;
  readonly answers?: Readonly<Record<string, Answers>>;
  readonly from?: ScaleConfig['from'];
  readonly leadership?: Leadership;
}

export interface TestMember {
  readonly name: string;
  readonly compare: Compare;
  kill(): void;
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

export interface ScaledWorld {
  readonly clock: FakeClock;
  readonly kafka: MemoryKafka;
  readonly store: Store;
  readonly errors: LoggedError[];
  /** Whom each arm was asked about, by every comparator together. */
  readonly asked: Record<string, string[]>;
  judge(): App;
  startJudge(): Promise<void>;
  /** Dies as a process does, and leaves its file behind. */
  crashJudge(): Promise<void>;
  addMember(): Promise<TestMember>;
  append(exchange: { readonly key: string; readonly value: unknown }): Promise<void>;
  close(): Promise<void>;
}

export async function createScaledWorld(options: ScaledOptions): Promise<ScaledWorld> {
  const directory = mkdtempSync(join(tmpdir(), 'penumbra-scaled-'));
  const clock = createFakeClock(roundMs);
  const kafka = createMemoryKafka({ clock, maxBatch: 50, endEveryMs: 500 });
  const errors: LoggedError[] = [];
  const asked: Record<string, string[]> = {};
  const config: EffectiveConfig = configForTest(options, join(directory, 'penumbra.db'));
  const own: ScaleConfig = { ...scale, from: options.from ?? 'beginning' };
  const producer = kafka.connect();
  await producer.ensureTopics([
    { topic: own.exchanges, partitions: options.partitions },
    { topic: own.counts, partitions: 1 },
    { topic: own.control, partitions: 1 },
  ]);
  const members: TestMember[] = [];
  let judge: { app: App; client: MemoryClient; timers: ReturnType<typeof createProcessClock>; store: Store } | null =
    null;
  let count = 0;
  const log = recordingLog(errors);
  const led = options.leadership === undefined ? {} : { leadership: options.leadership };
  const world: ScaledWorld = {
    ...{ clock, kafka, errors, asked },
    get store() {
      return judge?.store as Store;
    },
    judge: () => judge?.app as App,
    startJudge: async () => {
      const client = kafka.connect();
      const timers = createProcessClock(clock);
      let store: Store | null = null;
      const app = createApp({
        ...{ config, clock: timers.own, log, env: {}, version: 'test', sources: [] },
        judges: { kafka: client, scale: own, onBroken: (why) => errors.push({ message: why, fields: {} }), ...led },
        openStore: (given) => {
          store = createSqliteStore(given);
          return store;
        },
      });
      await app.start();
      judge = { app, client, timers, store: store as unknown as Store };
    },
    crashJudge: async () => {
      judge?.client.kill();
      judge?.timers.kill();
      // What is in the file is all that is left.
      judge?.store.close();
      judge = null;
    },
    addMember: async () => {
      count += 1;
      const name = `member-${count}`;
      const client = kafka.connect();
      const timers = createProcessClock(clock);
      const compare = openCompare({
        ...{ config, scale: own, kafka: client, clock: timers.own, log, env: {}, member: name },
        openTarget: async (arm) => {
          asked[arm.name] ??= [];
          const answers = options.answers?.[arm.name] ?? (() => ({ score: 0.9 }));
          return createScriptedTarget({ clock: timers.own, answers, asked: asked[arm.name] as string[] });
        },
      });
      await compare.start();
      const member: TestMember = {
        ...{ name, compare },
        kill: () => {
          timers.kill();
          client.kill();
        },
        freeze: () => {
          timers.freeze();
          client.freeze();
        },
        thaw: () => {
          timers.thaw();
          client.thaw();
        },
        stop: () => compare.stop(),
      };
      members.push(member);
      return member;
    },
    append: async ({ key, value }) => {
      await producer.produce(own.exchanges, [{ key, value: JSON.stringify(value) }]);
    },
    close: async () => {
      for (const member of members) member.kill();
      await world.crashJudge();
      clock.stopForGood();
    },
  };
  return world;
}

function recordingLog(errors: LoggedError[]): FastifyBaseLogger {
  const quiet = (): void => {};
  const error = (fields: Record<string, unknown>, message: string): void => void errors.push({ fields, message });
  return { debug: quiet, info: quiet, warn: quiet, error } as unknown as FastifyBaseLogger;
}
