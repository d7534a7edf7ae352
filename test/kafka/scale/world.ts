// A judge in this process and comparators as processes, on the real broker.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyBaseLogger } from 'fastify';
import { ensureOwnTopics } from '../../../src/app/scale/own-topics.ts';
import { createApp } from '../../../src/app.ts';
import type { ScaleConfig } from '../../../src/config/scale.ts';
import { systemClock } from '../../../src/io/clock.ts';
import type { KafkaLog } from '../../../src/io/kafka/port.ts';
import { createSqliteStore } from '../../../src/io/store/sqlite-store.ts';
import type { Store } from '../../../src/io/store-port.ts';
import { configForTest } from '../../support/comparator.ts';
import { quietLog } from '../broker/shared-address.ts';
import { connectQuickly, trial } from './trial.ts';

export interface TestJudge {
  readonly store: Store;
  /** Exchanges counted in closed and merged buckets, of the first arm. */
  counted(): number;
  stop(): Promise<void>;
}

export async function startJudge(scale: ScaleConfig): Promise<TestJudge> {
  const kafka = connectQuickly(scale.brokers[0] ?? '');
  const folder = mkdtempSync(join(tmpdir(), 'penumbra-judge-'));
  await ensureOwnTopics(kafka, scale);
  let store: Store | null = null;
  const app = createApp({
    ...{ config: configForTest(trial, join(folder, 'penumbra.db')), clock: systemClock, env: {}, version: 'test' },
    ...{ sources: [], log: quietLog as unknown as FastifyBaseLogger },
    judges: {
      ...{ kafka, scale },
      onBroken: (why) => {
        throw new Error(why);
      },
    },
    openStore: (given) => {
      store = createSqliteStore(given);
      return store;
    },
  });
  await app.start();
  const opened = store as unknown as Store;
  return {
    store: opened,
    counted: () => {
      const id = opened.runs()[0]?.run.id ?? '';
      return opened.tallies(id)[0]?.received ?? 0;
    },
    stop: async () => {
      await app.stop();
      await kafka.close();
    },
  };
}

/** A topic made a moment ago may not have its leader yet. */
export async function makeTopic(kafka: KafkaLog, topic: string, partitions: number): Promise<void> {
  for (let left = 5; ; left -= 1) {
    const failed = await kafka.ensureTopics([{ topic, partitions }]).catch((thrown: unknown) => thrown);
    if (failed === undefined) return;
    if (left === 0) throw failed;
    await new Promise((resume) => setTimeout(resume, 300));
  }
}

export interface MemberProcess {
  readonly child: ChildProcess;
  end(signal: NodeJS.Signals): Promise<void>;
}

/** Resolves when it runs, not when it holds partitions. */
export async function startMember(scale: ScaleConfig): Promise<MemberProcess> {
  const child = fork(fileURLToPath(new URL('./member.ts', import.meta.url)), [JSON.stringify(scale)], {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await once(child, 'message');
  return {
    child,
    end: async (signal) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGCONT');
      child.kill(signal);
      await once(child, 'exit');
    },
  };
}

/** Looks until it is so. @throws Error with what was seen last when it takes too long */
export async function until<Seen>(look: () => Seen, isSo: (seen: Seen) => boolean, withinMs: number): Promise<void> {
  const giveUpMs = performance.now() + withinMs;
  for (let seen = look(); !isSo(seen); seen = look()) {
    if (performance.now() > giveUpMs) throw new Error(`still ${JSON.stringify(seen)} after ${withinMs} ms`);
    await new Promise((resume) => setTimeout(resume, 250));
  }
}
