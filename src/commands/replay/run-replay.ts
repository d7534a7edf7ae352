// One replay from its start to its end: the real comparator on a store that is thrown away, fed from a file by the file's own time.
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { AppOptions } from '../../app/parts.ts';
import { createApp } from '../../app.ts';
import type { EffectiveConfig } from '../../config/effective.ts';
import type { Environment } from '../../config/secrets.ts';
import { PenumbraError } from '../../errors.ts';
import { createLog } from '../../io/log.ts';
import { readExchangeFile } from '../../io/sources/exchange-file.ts';
import type { Experiment } from '../../model.ts';
import type { GateView, RunView } from '../../pipeline/view-types.ts';
import { version } from '../../version.ts';
import { withScratchFolder } from '../scratch-folder.ts';
import { type Fed, type FeedOptions, feed } from './feed.ts';
import { createArms } from './open-arms.ts';
import { collectProblems } from './problems.ts';
import { createReplayClock } from './replay-clock.ts';
import { overWholeRecording, replayConfig } from './replay-experiment.ts';
import { problemText } from './report-text.ts';
import { createUnderstand } from './understand.ts';

export interface ReplayOptions {
  readonly file: string;
  readonly config: EffectiveConfig;
  /** As `wantedExperiment` found it. */
  readonly experiment: Experiment;
  readonly env: Environment;
  readonly onPair: NonNullable<AppOptions['onPair']>;
  readonly onLine?: (done: number) => void;
  /** What is run of the experiment; as one run over the whole recording unless given. */
  readonly asRun?: (experiment: Experiment) => Experiment;
}

export interface Replayed {
  readonly fed: Fed;
  readonly run: RunView;
  /** What the gate of that run says at the recording's end. */
  readonly gate: GateView;
}

/** Throws RECORDING_INVALID, RUN_CANNOT_START (an arm that cannot be asked), and what starting a comparator throws. */
export async function runReplay(options: ReplayOptions): Promise<Replayed> {
  const realNowMs = Date.now();
  const understand = createUnderstand({ ...options.config, experiments: [options.experiment] }, realNowMs);
  const first = await firstTime(options.file, understand);
  return withScratchFolder('replay', (directory) =>
    replayOn(join(directory, 'replay.db'), { ...options, first, realNowMs, understand }),
  );
}

interface Known extends Pick<FeedOptions, 'realNowMs' | 'understand'> {
  /** When the first exchange that is understood arrived. */
  readonly first: number;
}

async function replayOn(storePath: string, options: ReplayOptions & Known): Promise<Replayed> {
  const { file, env, first, realNowMs, understand, onLine, onPair } = options;
  const experiment = (options.asRun ?? overWholeRecording)(options.experiment);
  const config = replayConfig(options.config, { experiment, storePath });
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
    const setting = { clock, comparator, runId, experiment, realNowMs, understand };
    const fed = await feed(readExchangeFile(file), { ...setting, ...progress });
    const gate = comparator.gate({ run: runId, experiment: null, nonce: null });
    return { fed, run: comparator.run(runId), gate };
  } finally {
    await app.stop();
  }
}

const mostReasons = 3;

/** The time at which the recording begins. @throws PenumbraError RECORDING_INVALID when nothing of it could be used */
async function firstTime(file: string, understand: FeedOptions['understand']): Promise<number> {
  const reasons = collectProblems(mostReasons);
  for await (const { line, exchange, problem } of readExchangeFile(file)) {
    const why = exchange === null ? problem : understand(exchange).problem;
    if (exchange !== null && why === null) return Math.floor(exchange.arrivedAt);
    reasons.add({ line, problem: why ?? '' });
  }
  const found = reasons.all();
  const why = found.count === 0 ? '' : ` that could be used\n${problemText(file, found).trimEnd()}`;
  throw new PenumbraError('RECORDING_INVALID', `the recording ${file} holds no exchange${why}`, file);
}
