// A judge beside another: it waits, says so, answers for its own health, and goes on as the judge when the first is gone.
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { createMemberApi } from '../../api/member-server.ts';
import type { App } from '../../app/parts.ts';
import { silentMs } from '../../app/scale/election.ts';
import type { EffectiveConfig } from '../../config/effective.ts';
import { messageOf, PenumbraError } from '../../errors.ts';
import { type ListenAddress, listenOn } from '../../io/listen-address.ts';
import { createMemberMetrics } from '../../io/metrics/member.ts';
import type { Log } from '../../io/ports.ts';
import { createSqliteStore, type SqliteStoreOptions } from '../../io/store/sqlite-store.ts';
import type { Store } from '../../io/store-port.ts';
import { version } from '../../version.ts';
import { allTokensOf } from './api-address.ts';
import type { Scaled } from './scaled.ts';

interface WaitToLead {
  readonly config: EffectiveConfig;
  readonly log: FastifyBaseLogger;
  readonly address: ListenAddress;
}

/** A process that leads, and judges as soon as it has the store. */
export interface Standby {
  /** A leader before that hangs keeps its store until it ends: until then health and signals are answered as before. */
  open(open: () => App): Promise<App>;
}

interface Waiting {
  /** Answers health checks, if nobody else has the address; from the second time on only the reason is another. */
  say(why: string): Promise<string>;
  end(): Promise<void>;
  /** A signal has come. */
  isOver(): boolean;
}

const lookEveryMs = 100;
const storeAgainMs = 1000;
const never = new Promise<never>(() => {});
const signals = ['SIGTERM', 'SIGINT', 'disconnect'] as const;

/** Resolves when this process leads; null: there is nothing to lead. */
export async function waitToLead({ election, start, stop }: Scaled, options: WaitToLead): Promise<Standby | null> {
  if (election === null) return null;
  const waiting = createWaiting(stop, options);
  await start();
  await election.start();
  let leads = false;
  const elected = election.elected().then(() => {
    leads = true;
  });
  while (!leads && election.leader() === null) {
    await Promise.race([elected, new Promise((resume) => setTimeout(resume, lookEveryMs))]);
  }
  if (!leads) {
    const leader = election.leader() ?? 'unknown';
    const rest = `this one waits, and takes over when that one is silent for ${silentMs / 1000} s`;
    // Readiness is told to whoever asks: no names.
    const where = await waiting.say(`another judge leads: ${rest}`);
    process.stdout.write(`another judge leads (${leader}): ${rest}${where}\n`);
    await elected;
    process.stdout.write(`this judge leads now, after ${leader}; its store is ${options.config.store.path}\n`);
  }
  return { open: (open) => whenStoreIsFree(open, { waiting, log: options.log }) };
}

function createWaiting(stop: () => Promise<void>, options: WaitToLead): Waiting {
  const { address, log } = options;
  let reason = '';
  let api: FastifyInstance | null = null;
  let where = '';
  let isOver = false;
  const end = (): void => {
    if (isOver) return;
    isOver = true;
    void stop().finally(() => process.exit(0));
  };
  for (const signal of signals) process.on(signal, end);
  return {
    say: async (why) => {
      reason = why;
      if (api !== null) return where;
      api = await createWaitingApi(() => reason, options);
      // On the leader's own machine the address may be the leader's.
      const there = await listenOn(api, address).catch((thrown: unknown) => {
        log.warn({ problem: messageOf(thrown) }, 'while it waits this judge answers no health checks');
        return null;
      });
      if (there !== null) where = `; health on ${there.url}`;
      process.send?.({ type: 'waiting', ...(there === null ? {} : { port: there.port }) });
      return where;
    },
    end: async () => {
      await api?.close();
      for (const signal of signals) process.off(signal, end);
    },
    isOver: () => isOver,
  };
}

function createWaitingApi(why: () => string, { config, log }: WaitToLead): Promise<FastifyInstance> {
  const { service } = config;
  return createMemberApi({
    tokens: allTokensOf(config),
    log,
    health: () => ({ status: 'ok', role: 'judge', service, version, waits: true }),
    whyNotReady: () => [why()],
    metrics: createMemberMetrics(() => null, { service, version }).expose,
  });
}

/** Waiting for its lock inside would leave health and the lead unanswered meanwhile. */
export const openStoreAtOnce = (options: SqliteStoreOptions): Store => createSqliteStore({ ...options, lockWaitMs: 0 });

/** Nothing may be judged without it. */
async function whenStoreIsFree(open: () => App, { waiting, log }: { waiting: Waiting; log: Log }): Promise<App> {
  for (let isSaid = false; ; isSaid = true) {
    if (waiting.isOver()) await never;
    try {
      const app = open();
      await waiting.end();
      return app;
    } catch (thrown) {
      if (!(thrown instanceof PenumbraError) || thrown.code !== 'STORE_TAKEN') throw thrown;
      if (!isSaid)
        log.error({ problem: messageOf(thrown) }, 'this judge leads and waits for the store: end the one that has it');
      const where = await waiting.say('this judge leads and waits for the store, which another process has open');
      if (!isSaid) process.stdout.write(`this judge leads and waits for the store${where}\n`);
    }
    await new Promise((resume) => setTimeout(resume, storeAgainMs));
  }
}

/** The supervisor starts it anew, and then it waits: what it has in memory is worth nothing any more. */
export function onDeposed(by: string): void {
  process.stderr.write(
    `serve: another judge leads now (${by}): this one has hung for more than ${silentMs / 1000} s, and ends\n`,
  );
  process.exit(1);
}

/** What is in memory is worth nothing any more, and only a new start mends that. */
export function onBroken(why: string): void {
  process.stderr.write(`serve: ${why}\n`);
  process.exit(1);
}
