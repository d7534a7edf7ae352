// What sources are made with and deliver to, in tests: a fake clock, a join of their own, and lists of what came out.
import { codecs } from '../../src/io/codecs/index.ts';
import type { Codec, Receipt, RouteAnswer, Source, SourceRoute } from '../../src/io/ports.ts';
import { cloudevents } from '../../src/io/sources/cloudevents.ts';
import { http } from '../../src/io/sources/http.ts';
import { createJoin, type Join, type JoinOptions } from '../../src/io/sources/join.ts';
import { mirror } from '../../src/io/sources/mirror.ts';
import type { SourceDeps } from '../../src/io/sources/source-kind.ts';
import type { Headers, RawExchange } from '../../src/model.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { silentLog } from './tap-bench.ts';

export interface SourceBench {
  readonly clock: FakeClock;
  readonly join: Join;
  readonly deps: SourceDeps;
  readonly delivered: RawExchange[];
  /** Headers of penumbra's own calls that sources saw. */
  readonly ownCalls: Headers[];
  /** Where a source that listens by itself does. */
  readonly ports: number[];
  readonly deliver: (exchange: RawExchange) => void;
  /** Takes like a comparator without runs. */
  readonly receive: (exchange: RawExchange) => Receipt;
}

export const joinBy = { from: 'header', name: 'x-request-id' } as const;

export function createSourceBench(options: Partial<JoinOptions> = {}): SourceBench {
  const clock = createFakeClock();
  const join = createJoin({ withinMs: 60_000, maxBytes: 1 << 26, unanswered: 'lost', ...options }, { clock });
  const delivered: RawExchange[] = [];
  const ownCalls: Headers[] = [];
  const ports: number[] = [];
  const log = { ...silentLog, info: (fields: object) => void ('port' in fields && ports.push(Number(fields.port))) };
  const codec = codecs.find(({ name }) => name === 'open-inference-v2')?.create({}) as Codec;
  const deliver = (exchange: RawExchange): void => void delivered.push(exchange);
  return {
    clock,
    join,
    delivered,
    ownCalls,
    ports,
    deliver,
    deps: {
      clock,
      log,
      join,
      isInference: codec.isInference,
      onOwnCall: (headers) => void ownCalls.push(headers),
    },
    receive: (exchange) => {
      deliver(exchange);
      const done = Promise.resolve();
      return { id: exchange.givenId ?? null, problem: null, fates: () => ({}), journalled: done, committed: done };
    },
  };
}

export const cloudeventsOptions = {
  listen: null,
  service: null,
  endpoint: null,
  component: 'predictor',
  path: '/v2/models/{model}/infer',
  isPairedByEvent: true,
  by: joinBy,
} as const;

export const mirrorOptions = {
  listen: '127.0.0.1:0',
  prefix: null,
  maxBodyBytes: 1 << 20,
  control: null,
  by: joinBy,
} as const;

/** Every path on which a source can be fed. */
export function allSourceRoutes(): SourceRoute[] {
  const { deps } = createSourceBench();
  const sources: Source[] = [
    http.create({})(deps),
    cloudevents.create(cloudeventsOptions)(deps),
    mirror.create(mirrorOptions)(deps),
  ];
  return sources.flatMap(({ routes = [] }) => routes);
}

/** What a route answers to one POST. @throws what the route throws */
export function post(
  source: Source,
  bench: SourceBench,
  { headers = {}, body, path }: { headers?: Headers; body: Uint8Array | string; path?: string },
): Promise<RouteAnswer> {
  const [route] = source.routes ?? [];
  if (route === undefined) throw new Error(`${source.name} has no route`);
  const given = { 'content-type': 'application/json', ...headers };
  const message = { method: 'POST', path: path ?? route.path, headers: given, body: Buffer.from(body) };
  return route.take(message, bench.receive);
}
