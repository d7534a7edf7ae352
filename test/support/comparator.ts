// A whole comparator for timelines: the real app on a real SQLite file, with a fake clock and arms that follow a script.
import { copyFileSync, existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyBaseLogger } from 'fastify';
import type { App } from '../../src/app/parts.ts';
import { createApp } from '../../src/app.ts';
import type { EffectiveConfig } from '../../src/config/effective.ts';
import { checkConfigText } from '../../src/config/load.ts';
import { otherVersionOf } from '../../src/faults/swap.ts';
import type { Signals, Source, TargetCall } from '../../src/io/ports.ts';
import { createSqliteStore } from '../../src/io/store/sqlite-store.ts';
import type { Store } from '../../src/io/store-port.ts';
import type { RawExchange } from '../../src/model.ts';
import type { Received } from '../../src/pipeline/flow.ts';
import type { HypothesisView, RunView } from '../../src/pipeline/view-types.ts';
import { createFakeClock, type FakeClock, roundMs } from './fake-clock.ts';
import { type Answers, createScriptedTarget } from './scripted-target.ts';

export interface TestComparatorOptions {
  /** The experiment's name. */
  readonly name?: string;
  /** Arms by name, each with its further keys in YAML: `{control: '', slow: 'faults: [{delay: 1s}]'}`. */
  readonly arms: Readonly<Record<string, string>>;
  /** Expectations in YAML: `{'candidate.late': 'flip: at most 50%'}`. */
  readonly expect: Readonly<Record<string, string>>;
  /** Of every arm. */
  readonly deadline?: string;
  /** Further keys of the experiment, and of the whole config. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly top?: Readonly<Record<string, string>>;
  /** What each arm answers; agrees with production unless given. `ARM other` is the version that it swaps with. */
  readonly answers?: Readonly<Record<string, Answers>>;
  readonly isReady?: () => boolean;
  readonly sources?: readonly Source[];
  /** Who answers the queries of stop conditions. */
  readonly signals?: Signals;
  /** Sees every call of every arm. */
  readonly onCall?: (call: TargetCall) => void;
  /** A crash leaves the kill switch's file where it was; it is not copied unless told. */
  readonly keepsSwitch?: boolean;
  /** Puts something between the app and its store. */
  readonly wrapStore?: (store: Store) => Store;
  /** Where to go on after a crash. */
  readonly from?: { readonly directory: string; readonly nowMs: number; readonly asked: Record<string, string[]> };
}

export interface Delivery {
  readonly id: string;
  /** Seconds on the timeline; now unless given. */
  readonly at?: number;
  readonly score?: number;
  /** The request's only feature; unlike every other unless given. */
  readonly feature?: number;
  readonly version?: string | null;
  readonly status?: number;
  readonly latencyMs?: number;
  readonly rows?: number;
  readonly bytes?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface LoggedError {
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface TestComparator {
  readonly app: App;
  readonly clock: FakeClock;
  readonly store: Store;
  readonly directory: string;
  /** The ids each arm was asked about, over restarts too. */
  readonly asked: Record<string, string[]>;
  readonly errors: LoggedError[];
  /** Moves to this second of the timeline. */
  at(seconds: number): Promise<void>;
  deliver(delivery: Delivery | string): Received;
  /** The experiment's latest run. */
  run(): RunView;
  hypothesis(id: string): HypothesisView;
  /** The process dies here, whatever it was doing; another starts on the same disk. */
  crash(changes?: Partial<TestComparatorOptions> & { readonly downMs?: number }): Promise<TestComparator>;
  stop(): Promise<void>;
}

export const databaseName = 'penumbra.db';

export async function createComparatorForTest(options: TestComparatorOptions): Promise<TestComparator> {
  const directory = options.from?.directory ?? mkdtempSync(join(tmpdir(), 'penumbra-test-'));
  const clock = createFakeClock(options.from?.nowMs ?? roundMs - 1000);
  const asked = options.from?.asked ?? {};
  const errors: LoggedError[] = [];
  const path = join(directory, databaseName);
  let store: Store | null = null;
  const app = createApp({
    config: configForTest(options, path),
    clock,
    log: createRecordingLog(errors),
    env: {},
    version: 'test',
    sources: options.sources ?? [],
    ...(options.signals === undefined ? {} : { signals: options.signals }),
    openTarget: async (arm, spec) => {
      const name = spec === otherVersionOf(arm) ? `${arm.name} other` : arm.name;
      asked[name] ??= [];
      const answers = options.answers?.[name] ?? (() => ({ score: 0.9 }));
      const isReady = options.isReady ?? (() => true);
      const target = createScriptedTarget({ clock, answers, isReady, asked: asked[name] as string[] });
      const call: typeof target.call = (given) => {
        options.onCall?.(given);
        return target.call(given);
      };
      return { ...target, call };
    },
    openStore: (given) => {
      const opened = createSqliteStore(given);
      store = options.wrapStore?.(opened) ?? opened;
      return store;
    },
  });
  await app.start();
  if (options.from === undefined) await clock.advanceTo(roundMs);
  let deliveries = 0;
  const { comparator } = app;
  const run = (): RunView => comparator.runs().at(-1) as RunView;
  return {
    app,
    clock,
    store: store as unknown as Store,
    directory,
    asked,
    errors,
    run,
    at: (seconds) => clock.advanceTo(roundMs + seconds * 1000),
    deliver: (given) => {
      deliveries += 1;
      const delivery = typeof given === 'string' ? { id: given } : given;
      const arrivedAt = delivery.at === undefined ? clock.nowMs() : roundMs + delivery.at * 1000;
      return comparator.submit(exchangeOf(delivery, { arrivedAt, feature: deliveries + clock.nowMs() / 1e6 }));
    },
    hypothesis: (id) => {
      const found = run()
        .arms.flatMap((arm) => arm.hypotheses)
        .find((one) => one.id === id);
      if (found === undefined) throw new Error(`there is no hypothesis "${id}"`);
      return found;
    },
    crash: async ({ downMs = 0, ...changes } = {}) => {
      const copy = mkdtempSync(join(tmpdir(), 'penumbra-test-'));
      for (const suffix of ['', '-wal', '.budgets.json', ...(changes.keepsSwitch === true ? ['.killed'] : [])]) {
        if (existsSync(path + suffix)) copyFileSync(path + suffix, join(copy, databaseName + suffix));
      }
      clock.stopForGood();
      await app.stop();
      const from = { directory: copy, nowMs: clock.nowMs() + downMs, asked };
      return createComparatorForTest({ ...options, ...changes, from });
    },
    stop: async () => {
      clock.stopForGood();
      await app.stop();
    },
  };
}

export type ConfigForTest = Pick<TestComparatorOptions, 'name' | 'arms' | 'expect' | 'deadline' | 'settings' | 'top'>;

const defaults = {
  production: '{url: "http://127.0.0.1:1", protocol: open-inference-v2, slo: {latency: 200ms}}',
  inputs: '[{name: speed, at: "f[0]"}]',
  decisions: '{late: {output: p, label: above 0.5}}',
  bucket: '10s',
  joinDeadline: '3s',
};

export function configForTest(given: ConfigForTest, path: string): EffectiveConfig {
  const { name = 'trial', arms, expect, deadline = '2s', settings, top } = given;
  const experiment = { warmUp: 0, budget: '{requests: 10000 per second, inFlight: 10000}', ...settings };
  const text = `service: test
${linesOf({ ...defaults, ...top }, (value) => value, '')}
store: {path: ${JSON.stringify(path)}}
experiments:
  ${name}:
    arms:
${linesOf(arms, (keys, index) => `{target: {url: "http://127.0.0.1:${index + 2}"}, deadline: ${deadline}${keys && `, ${keys}`}}`)}
    expect:
${linesOf(expect, (claims) => `{${claims}}`)}
${linesOf(experiment, (value) => value, '    ')}
`;
  const { config, errors } = checkConfigText(text, { env: {}, directory: '/' });
  if (config === null) throw new Error(errors.map(({ line, message }) => `${line}: ${message}`).join('\n'));
  return config;
}

type Value = string | number;

function linesOf(
  values: Readonly<Record<string, Value>>,
  write: (value: string, index: number) => string = (value) => value,
  indent = '      ',
): string {
  return Object.entries(values)
    .map(([key, value], index) => `${indent}${key}: ${write(String(value), index)}`)
    .join('\n');
}

interface Place {
  readonly arrivedAt: number;
  readonly feature: number;
}

export function exchangeOf(delivery: Delivery, place: Place): RawExchange {
  const { id, score = 0.9, version = 'p1', status = 200, latencyMs = 20, rows = 1, bytes = 0, headers = {} } = delivery;
  const feature = delivery.feature ?? place.feature;
  const data = Array.from({ length: rows }, () => [feature, 0]).flat();
  const request = { inputs: [{ name: 'f', shape: [rows, 2], datatype: 'FP64', data }], padding: 'x'.repeat(bytes) };
  const answer = {
    model_name: 'm',
    ...(version === null ? {} : { model_version: version }),
    outputs: [{ name: 'p', shape: [rows, 1], datatype: 'FP64', data: Array.from({ length: rows }, () => score) }],
  };
  return {
    sourceId: id,
    givenId: id,
    arrivedAt: place.arrivedAt,
    latencyMs,
    request: { method: 'POST', path: '/v2/models/m/infer', headers, body: Buffer.from(JSON.stringify(request)) },
    answer: { status, headers: {}, body: Buffer.from(JSON.stringify(answer)) },
  };
}

function createRecordingLog(errors: LoggedError[]): FastifyBaseLogger {
  const quiet = (): void => {};
  const error = (fields: Record<string, unknown>, message: string): void => void errors.push({ fields, message });
  return { debug: quiet, info: quiet, warn: quiet, error } as unknown as FastifyBaseLogger;
}
