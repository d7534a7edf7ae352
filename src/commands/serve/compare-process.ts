// `serve --role compare`: a comparator without store and page; it lives and dies by its partitions, and answers for itself alone: health,
// readiness and metrics.
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { createMemberApi } from '../../api/member-server.ts';
import type { Compare } from '../../app/scale/compare.ts';
import { whyNotReady } from '../../app/scale/compare-ready.ts';
import type { EffectiveConfig } from '../../config/effective.ts';
import type { ListenAddress } from '../../io/listen-address.ts';
import { createMemberMetrics } from '../../io/metrics/member.ts';
import { version } from '../../version.ts';
import { allTokensOf, listenThere } from './api-address.ts';
import type { Scaled } from './scaled.ts';

const stopWithinMs = 10_000;

interface ServeCompare {
  readonly config: EffectiveConfig;
  readonly log: FastifyBaseLogger;
  readonly address: ListenAddress;
}

/** Resolves when it compares. */
export async function serveCompare({ compare, start, stop }: Scaled, options: ServeCompare): Promise<void> {
  if (compare === null) return;
  const api = await createCompareApi(compare, options);
  const { url, port } = await listenThere(api, options.address);
  await start();
  await compare.start();
  let isStopping = false;
  const end = async (): Promise<void> => {
    if (isStopping) return;
    isStopping = true;
    setTimeout(() => process.exit(1), stopWithinMs).unref();
    await compare.stop();
    await stop();
    await api.close();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void end());
  // A parent that started it over IPC and died leaves nobody to stop it.
  process.on('disconnect', () => void end());
  const topic = options.config.scale?.exchanges ?? '';
  process.stdout.write(`comparing what arrives in ${topic}, health and metrics on ${url}\n`);
  process.send?.({ type: 'comparing', port });
}

function createCompareApi(compare: Compare, { config, log }: ServeCompare): Promise<FastifyInstance> {
  const { service } = config;
  const series = createMemberMetrics(
    () => {
      const { losses, ...state } = compare.state();
      return { ...state, rejects: losses, isReady: whyNotReady({ ...state, losses }).length === 0 };
    },
    { service, version },
  );
  return createMemberApi({
    tokens: allTokensOf(config),
    log,
    health: () => {
      const { member, partitions, lag, waitsFor, losses, exchanges } = compare.state();
      return {
        ...{ status: 'ok', role: 'compare', service, version, member, partitions, lag, waitsFor, exchanges },
        rejects: losses,
      };
    },
    whyNotReady: () => whyNotReady(compare.state()),
    metrics: series.expose,
  });
}
