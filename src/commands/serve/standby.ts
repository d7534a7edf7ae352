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
import { version } from '../../version.ts';
import { allTokensOf } from './api-address.ts';
import type { Scaled } from './scaled.ts';

interface WaitToLead {
  readonly config: EffectiveConfig;
  readonly log: FastifyBaseLogger;
  readonly address: ListenAddress;
}

const lookEveryMs = 100;
const storeAgainMs = 1000;

/** Resolves when this process is the judge. */
export async function waitToLead({ election, start, stop }: Scaled, options: WaitToLead): Promise<void> {
  if (election === null) return;
  let isOver = false;
  const end = (): void => {
    if (isOver) return;
    isOver = true;
    void stop().finally(() => process.exit(0));
  };
  const signals = ['SIGTERM', 'SIGINT', 'disconnect'] as const;
  for (const signal of signals) process.on(signal, end);
  await start();
  await election.start();
  let leads = false;
  const elected = election.elected().then(() => {
    leads = true;
  });
  while (!leads && election.leader() === null) {
    await Promise.race([elected, new Promise((resume) => setTimeout(resume, lookEveryMs))]);
  }
  if (!leads) await waitBehind(election.leader() ?? '', { ...options, elected });
  for (const signal of signals) process.off(signal, end);
}

async function waitBehind(leader: string, options: WaitToLead & { readonly elected: Promise<void> }): Promise<void> {
  const { config, address, elected, log } = options;
  const why = `another judge leads (${leader}): this one waits, and takes over when that one is silent for ${silentMs / 1000} s`;
  const api = await createWaitingApi(why, options);
  // On the leader's own machine the address may be the leader's.
  const there = await listenOn(api, address).catch((thrown: unknown) => {
    log.warn({ problem: messageOf(thrown) }, 'while it waits this judge answers no health checks');
    return null;
  });
  process.stdout.write(`${why}${there === null ? '' : `; health on ${there.url}`}\n`);
  process.send?.({ type: 'waiting', ...(there === null ? {} : { port: there.port }) });
  await elected;
  await api.close();
  process.stdout.write(`this judge leads now, after ${leader}; its store is ${config.store.path}\n`);
}

function createWaitingApi(why: string, { config, log }: WaitToLead): Promise<FastifyInstance> {
  const { service } = config;
  return createMemberApi({
    tokens: allTokensOf(config),
    log,
    health: () => ({ status: 'ok', role: 'judge', service, version, waits: true }),
    whyNotReady: () => [why],
    metrics: createMemberMetrics(() => null, { service, version }).expose,
  });
}

/** A leader before that hangs keeps its store until it ends; nothing may be judged without it. */
export async function whenStoreIsFree(open: () => App, log: Log): Promise<App> {
  for (let isSaid = false; ; isSaid = true) {
    try {
      return open();
    } catch (thrown) {
      const isTaken = thrown instanceof PenumbraError && messageOf(thrown).includes('another penumbra has it open');
      if (!isTaken) throw thrown;
      if (!isSaid)
        log.error({ problem: messageOf(thrown) }, 'this judge leads and waits for the store: end the one that has it');
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
