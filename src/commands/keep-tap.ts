// Has the tap started and looked after by a thread of its own (see there), and says which thread that is, so that it keeps its priority.
import { Worker } from 'node:worker_threads';
import type { EffectiveConfig } from '../config/effective.ts';
import { PenumbraError } from '../errors.ts';
import type { FromKeeper, KeeperData, ToKeeper } from './tap-keeper.ts';
import type { TapProcess, TapProcessOptions } from './tap-process.ts';

interface TapKeeper extends TapProcess {
  /** The thread that starts taps, as the system counts threads; null where that cannot be known. */
  readonly thread: number | null;
  /** @throws ADDRESS_IN_USE when something that is not our tap listens there */
  start(): Promise<void>;
}

/** How often the thread is told whether a tap has found this comparator, while it asks itself that. */
const tellEveryMs = 50;

interface TapPlace extends Pick<TapProcessOptions, 'log'> {
  readonly linkPath: string | null;
  readonly source: TapProcessOptions['source'] | null;
}

/** Null: the tap, if there is one, is somebody else's. */
export async function keeperOf(
  { source: { tap } }: Pick<EffectiveConfig, 'source'>,
  { linkPath, source, log }: TapPlace,
): Promise<TapKeeper | null> {
  if (tap?.listen == null || linkPath === null || source === null) return null;
  return createTapKeeper({ tap, listen: tap.listen, linkPath, source, log });
}

/** Starts the thread, and no tap yet. */
async function createTapKeeper({ tap, listen, linkPath, source, log }: TapProcessOptions): Promise<TapKeeper> {
  const entry = process.argv[1] as string;
  const keeper = startKeeper({ tap, listen, linkPath, entry, execArgv: process.execArgv });
  const tell = (message: ToKeeper): void => keeper.postMessage(message);
  keeper.on('message', (message: FromKeeper) => {
    if (message.type === 'log') log[message.level](message.fields, message.text);
  });
  let isStopping = false;
  let hasEnded = false;
  keeper.on('error', (err) => log.error({ err }, 'the thread that looks after the tap failed'));
  keeper.once('exit', () => {
    hasEnded = true;
    if (!isStopping) log.error({ listen }, 'nobody looks after the tap any more: restart penumbra serve soon');
  });
  const ready = await answerOf(keeper, ['ready']);
  return {
    thread: ready.type === 'ready' ? ready.thread : null,
    start: async () => {
      const telling = setInterval(() => tell({ type: 'taps', count: source.taps().length }), tellEveryMs);
      tell({ type: 'start' });
      const answer = await answerOf(keeper, ['started', 'failed']).finally(() => clearInterval(telling));
      if (answer.type === 'failed') throw new PenumbraError(answer.code, answer.problem);
    },
    stop: async () => {
      isStopping = true;
      if (hasEnded) return;
      tell({ type: 'stop' });
      await answerOf(keeper, ['stopped']);
    },
  };
}

/** The built file as it is, a TypeScript source (in development) through tsx: a loader of the main thread does not reach into threads. */
function startKeeper(workerData: KeeperData): Worker {
  if (!import.meta.url.endsWith('.ts')) {
    return new Worker(new URL('./tap-keeper.js', import.meta.url), { workerData });
  }
  const file = JSON.stringify(new URL('./tap-keeper.ts', import.meta.url));
  const loader = JSON.stringify('tsx/esm/api');
  const code = `import(${loader}).then(({register}) => { register(); return import(${file}); })`;
  return new Worker(code, { workerData, eval: true, execArgv: [] });
}

function answerOf(keeper: Worker, types: readonly FromKeeper['type'][]): Promise<FromKeeper> {
  return new Promise((resolve, reject) => {
    keeper.once('error', reject);
    keeper.once('exit', () => reject(new PenumbraError('INTERNAL', 'the thread that keeps the tap has ended')));
    keeper.on('message', (message: FromKeeper) => {
      if (types.includes(message.type)) resolve(message);
    });
  });
}
