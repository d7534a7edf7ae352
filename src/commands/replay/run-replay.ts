// One replay from its start to its end: the real comparator on a store that is thrown away, fed from a file by the file's own time.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { AppOptions } from '../../app/parts.ts';
import { createApp } from '../../app.ts';
import type { EffectiveConfig } from '../../config/effective.ts';
import type { Environment } from '../../config/secrets.ts';
import { PenumbraError } from '../../errors.ts';
import { createLog } from '../../io/log.ts';
import { type RecordedLine, readExchangeFile } from '../../io/sources/exchange-file.ts';
import type { Experiment } from '../../model.ts';
import type { RunView } from '../../pipeline/view-types.ts';
import { version } from '../../version.ts';
import { type Fed, feed } from './feed.ts';
import { createArms } from './open-arms.ts';
import { createReplayClock } from './replay-clock.ts';
import { overWholeRecording, replayConfig } from './replay-experiment.ts';

export interface ReplayOptions {
  readonly file: string;
  readonly config: EffectiveConfig;
  /** As `wantedExperiment` found it. */
  readonly experiment: Experiment;
  readonly env: Environment;
  readonly onPair: NonNullable<AppOptions['onPair']>;
  readonly onLine?: (done: number) => void;
}

export interface Replayed {
  readonly fed: Fed;
  readonly run: RunView;
}

/** Throws RECORDING_INVALID, RUN_CANNOT_START (an arm that cannot be asked), and what starting a comparator throws. */
export async function runReplay(options: ReplayOptions): Promise<Replayed> {
  const { first, lines } = await peek(options.file);
  const directory = mkdtempSync(join(tmpdir(), 'penumbra-replay-'));
  const remove = (): void => rmSync(directory, { recursive: true, force: true });
  process.once('exit', remove);
  for (const signal of signals) process.once(signal, quit);
  try {
    return await replayOn(join(directory, 'replay.db'), { ...options, first, lines });
  } finally {
    process.off('exit', remove);
    for (const signal of signals) process.off(signal, quit);
    remove();
  }
}

const signals = ['SIGINT', 'SIGTERM'] as const;

/** By an orderly exit, so that nothing stays behind. */
function quit(signal: NodeJS.Signals): void {
  process.exit(signal === 'SIGINT' ? 130 : 143);
}

interface Lines {
  /** When the first exchange arrived. */
  readonly first: number;
  readonly lines: AsyncIterable<RecordedLine>;
}

async function replayOn(storePath: string, options: ReplayOptions & Lines): Promise<Replayed> {
  const { env, first, lines, onLine, onPair } = options;
  const experiment = overWholeRecording(options.experiment);
  const config = replayConfig(options.config, { experiment, storePath });
  const realNowMs = Date.now();
  const clock = createReplayClock(Math.min(first, realNowMs));
  const arms = createArms({ config, env });
  const log = createLog('error');
  const app = createApp({ config, clock, log, env, version, sources: [], openTarget: arms.open, onPair });
  try {
    await app.start();
    const { id: runId } = await app.comparator.startRun({ experiment: experiment.name });
    await arms.ready(experiment.readyTimeoutMs);
    // What follows from the last probe happens first.
    await setImmediate();
    clock.rest();
    clock.tick();
    const { comparator } = app;
    const progress = onLine === undefined ? {} : { onLine };
    const fed = await feed(lines, { clock, comparator, runId, experiment, realNowMs, ...progress });
    return { fed, run: comparator.run(runId) };
  } finally {
    await app.stop();
  }
}

/** The time at which the recording begins, and all of its lines still. */
async function peek(file: string): Promise<Lines> {
  const source = readExchangeFile(file);
  const before: RecordedLine[] = [];
  for (let next = await source.next(); next.done !== true; next = await source.next()) {
    before.push(next.value);
    const { exchange } = next.value;
    if (exchange !== null) return { first: Math.floor(exchange.arrivedAt), lines: chain(before, source) };
  }
  const [problem] = before;
  const why = problem?.problem ? `: line ${problem.line}: ${problem.problem}` : '';
  throw new PenumbraError('RECORDING_INVALID', `the recording ${file} holds no exchange${why}`, file);
}

async function* chain(
  before: readonly RecordedLine[],
  after: AsyncIterable<RecordedLine>,
): AsyncGenerator<RecordedLine> {
  yield* before;
  yield* after;
}
