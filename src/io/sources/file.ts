// A recording as a source: a capture of GoReplay, or JSON lines, read as fast as its arms answer or at a multiple of the recorded speed. The
// comparator's wall time is the latest arrival that was read, so buckets close where the recording says, at whatever speed it is read.
import { Type } from 'typebox';
import type { RawExchange } from '../../model.ts';
import type { EventClock } from '../event-clock.ts';
import type { Clock, Load, Log, Source } from '../ports.ts';
import { type RecordingFormat, readExchangeFile, recordingFormats } from './exchange-file.ts';
import type { RecordedLine, RecordingProblem } from './recorded-line.ts';
import type { SourceDeps, SourceKind } from './source-kind.ts';

const options = Type.Object(
  {
    path: Type.String({ description: 'the recording; gzip when the name ends in .gz' }),
    format: Type.Union([Type.Enum([...recordingFormats]), Type.Null()], {
      default: null,
      description: 'goreplay or jsonl; by how the file begins unless said',
    }),
    speed: Type.Union([Type.Number({ exclusiveMinimum: 0 }), Type.Null()], {
      default: 1,
      description: 'recorded, a multiple of it such as 2x, or as fast as possible',
    }),
  },
  { additionalProperties: false },
);

interface FileSettings {
  readonly path: string;
  readonly format: RecordingFormat | null;
  /** Recorded seconds per second; null: as fast as the arms answer. */
  readonly speed: number | null;
}

export const file: SourceKind<typeof options> = {
  name: 'file',
  summary: 'a recording, made by GoReplay or one exchange a line, by its own time',
  options,
  create: (settings) => (deps) => createFileSource(settings as FileSettings, deps),
};

interface FileState {
  readonly clock: Clock;
  readonly log: Log;
  readonly load: () => Load;
  readonly settings: FileSettings;
  readonly losses: Record<RecordingProblem, number>;
  readonly seen: { lines: number; exchanges: number; replayed: number; counted_before: number; is_read: number };
  deliver: (exchange: RawExchange) => void;
  isPaused: boolean;
  isStopped: boolean;
  /** What was counted before a restart arrived before this. */
  since: number | null;
  /** Where recorded and real time meet; null before the first exchange. */
  begun: { readonly wallMs: number; readonly monotonicMs: number } | null;
}

/** `start` rejects with RECORDING_INVALID when nothing of the file can be read. */
function createFileSource(settings: FileSettings, deps: SourceDeps): Source {
  const state: FileState = {
    clock: deps.clock,
    log: deps.log,
    load: deps.load ?? (() => idle),
    settings,
    losses: { malformed: 0, too_large: 0, no_answer: 0, no_request: 0, broken_off: 0 },
    seen: { lines: 0, exchanges: 0, replayed: 0, counted_before: 0, is_read: 0 },
    deliver: () => undefined,
    isPaused: false,
    isStopped: false,
    since: null,
    begun: null,
  };
  return {
    name: 'file',
    start: async (deliver) => {
      state.deliver = deliver;
      state.since = state.load().closedUntil;
      const onReplayed = (): void => {
        state.seen.replayed += 1;
      };
      const lines = readExchangeFile(settings.path, { format: settings.format, onReplayed });
      const first = await lines.next();
      readAll(state, lines, first).catch((err: unknown) => {
        state.log.error({ err, file: settings.path }, 'the recording could not be read on');
      });
    },
    // A pipe may never say more; what is read from here on is not handed over.
    stop: async () => {
      state.isStopped = true;
    },
    pause: () => {
      state.isPaused = true;
    },
    resume: () => {
      state.isPaused = false;
    },
    losses: () => state.losses,
    seen: () => state.seen,
  };
}

async function readAll(
  state: FileState,
  lines: AsyncGenerator<RecordedLine>,
  first: IteratorResult<RecordedLine>,
): Promise<void> {
  try {
    for (let next = first; next.done !== true && !state.isStopped; next = await lines.next()) {
      await take(state, next.value);
    }
  } finally {
    await lines.return(undefined);
  }
  await until(state, isIdle);
  if (state.isStopped) return;
  if (isEventClock(state.clock)) state.clock.catchUp();
  state.seen.is_read = 1;
  state.log.info({ file: state.settings.path, ...state.seen, ...state.losses }, 'the recording is read to its end');
}

async function take(state: FileState, line: RecordedLine): Promise<void> {
  const { seen, losses, log } = state;
  seen.lines += 1;
  if (line.exchange === null) {
    losses[line.reason] += 1;
    log.debug({ line: line.line, reason: line.problem }, 'a line of the recording holds no exchange');
    return;
  }
  seen.exchanges += 1;
  const { exchange } = line;
  if (state.since !== null && exchange.arrivedAt < state.since) {
    seen.counted_before += 1;
    return;
  }
  await until(state, ({ isReady, unsent, asked, mostAsked }) => isReady && unsent + asked < mostAsked);
  await moveTo(state, exchange.arrivedAt);
  if (!state.isStopped) state.deliver(exchange);
}

/** Waits where the speed says so. A bucket's edge is passed only when every answer to what came before it is in. */
async function moveTo(state: FileState, arrivedAt: number): Promise<void> {
  const { clock, settings } = state;
  state.begun ??= { wallMs: arrivedAt, monotonicMs: clock.monotonicMs() };
  const { begun } = state;
  if (settings.speed !== null) {
    const dueMs = begun.monotonicMs + (arrivedAt - begun.wallMs) / settings.speed;
    while (!state.isStopped && clock.monotonicMs() < dueMs) {
      await wait(clock, Math.min(dueMs - clock.monotonicMs(), longestNapMs));
    }
  }
  if (!isEventClock(clock)) return;
  const { bucketMs } = state.load();
  const wallMs = Math.floor(arrivedAt);
  if (Math.floor(wallMs / bucketMs) > Math.floor(clock.nowMs() / bucketMs)) await until(state, isIdle);
  clock.passTo(wallMs);
}

const idle: Load = {
  isReady: true,
  unsent: 0,
  asked: 0,
  mostAsked: Number.POSITIVE_INFINITY,
  bucketMs: Number.POSITIVE_INFINITY,
  closedUntil: null,
};

function isIdle({ unsent, asked }: Load): boolean {
  return unsent === 0 && asked === 0;
}

/** Arms answer within milliseconds; nothing tells when. */
const lookEveryMs = 2;
const longestNapMs = 200;

async function until(state: FileState, isSo: (load: Load) => boolean): Promise<void> {
  while (!state.isStopped && (state.isPaused || !isSo(state.load()))) await wait(state.clock, lookEveryMs);
}

function wait(clock: Clock, forMs: number): Promise<void> {
  return new Promise((resume) => void clock.after(forMs, resume));
}

function isEventClock(clock: Clock): clock is EventClock {
  return 'passTo' in clock;
}
