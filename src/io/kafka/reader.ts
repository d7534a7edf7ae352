// A reader in a group that does not stay down: one membership after the other, begun anew after a crash and after a standstill.
import type { PenumbraError } from '../../errors.ts';
import type { Clock, Log } from '../ports.ts';
import { doAgain } from './again.ts';
import { commitFenced } from './commit-fenced.ts';
import { createHolding, type Holding } from './holding.ts';
import type { KafkaLibrary, Member, MemberEvents } from './library.ts';
import type { GroupReader, GroupReading, PartitionLag, ReaderState } from './port.ts';
import { createWatchdog, type Watchdog } from './watchdog.ts';

export interface ReaderOptions {
  readonly library: KafkaLibrary;
  readonly clock: Clock;
  readonly log: Log;
  /** After so long without a word from a member its partitions go to others. */
  readonly sessionMs: number;
  readonly stallMs: number;
  readonly endEveryMs: number;
  /** What a rejection of the library means, for people. */
  readonly failed: (thrown: unknown, asked: string) => Promise<PenumbraError>;
  /** The brokers have let this reader in. */
  readonly onWorked: () => void;
}

interface Reader extends ReaderOptions {
  readonly reading: GroupReading;
  readonly holding: Holding;
  readonly watchdog: Watchdog;
  readonly timers: Map<string, () => void>;
  member: Member | null;
  /** Of the present membership; events of earlier ones are not heard. */
  life: number;
  crashes: number;
  crashesInARow: number;
  stalls: number;
  lag: number | null;
  lags: readonly PartitionLag[];
  /** The first try to join has ended, and not with a refusal. */
  isOpen: boolean;
  isStopping: boolean;
}

const firstPauseMs = 500;
const longestPauseMs = 15_000;
const leaveWithinMs = 5000;

/** @throws PenumbraError KAFKA_REFUSED when the first try to join shows that more tries cannot help */
export async function createReader(reading: GroupReading, options: ReaderOptions): Promise<GroupReader> {
  const { clock, log, library, stallMs, sessionMs } = options;
  const watchdog = createWatchdog({ clock, stallMs });
  const holding = createHolding({
    reading,
    library,
    clock,
    log,
    heartbeatMs: sessionMs / 5,
    onProgress: watchdog.progress,
    onProblem: (problem) => crashed(reader, problem),
  });
  const reader: Reader = {
    ...options,
    reading,
    holding,
    watchdog,
    timers: new Map(),
    member: null,
    life: 0,
    crashes: 0,
    crashesInARow: 0,
    stalls: 0,
    lag: null,
    lags: [],
    isOpen: false,
    isStopping: false,
  };
  const problem = await begin(reader);
  if (problem?.code === 'KAFKA_REFUSED') {
    await stop(reader);
    throw problem;
  }
  reader.isOpen = true;
  if (problem !== null) sayBrokenOff(reader, problem);
  const pause = { clock, pauseMs: options.endEveryMs };
  reader.timers.set(
    'ends',
    doAgain(() => askForEnds(reader), pause),
  );
  reader.timers.set(
    'watchdog',
    doAgain(async () => lookAfter(reader), pause),
  );
  return {
    commit: (partition, mark) => commitFenced(reader, { partition, mark }),
    pause: () => {
      holding.setPaused(true);
      reader.member?.pause(holding.all());
    },
    resume: () => {
      holding.setPaused(false);
      reader.member?.resume(holding.all());
    },
    state: () => stateOf(reader),
    stop: () => stop(reader),
  };
}

/** Begins a membership; the first resolves with what went wrong, when something did. Of later ones `crashed` tells. */
async function begin(reader: Reader): Promise<PenumbraError | null> {
  reader.life += 1;
  const { life, library, reading, sessionMs } = reader;
  const { group, topics } = reading;
  let problem: unknown = null;
  const events = eventsOf(reader, life, (thrown) => {
    problem = thrown;
  });
  const member = library.createMember({ group, topics, sessionMs, events });
  reader.member = member;
  reader.watchdog.progress();
  try {
    await member.begin();
  } catch (thrown) {
    problem = thrown;
    if (life === reader.life) crashed(reader, thrown);
  }
  if (problem === null || reader.isOpen) return null;
  return reader.failed(problem, whatWasAsked(reader));
}

const whatWasAsked = ({ reading: { group, topics } }: Reader): string =>
  `let the group ${group} read ${topics.join(', ')}`;

function eventsOf(reader: Reader, life: number, note: (problem: unknown) => void): MemberEvents {
  const { holding, watchdog } = reader;
  const isNow = (): boolean => life === reader.life && !reader.isStopping;
  return {
    onJoining: () => {
      if (isNow()) holding.release();
    },
    onJoined: (partitions) => {
      if (!isNow() || !reader.member) return;
      reader.onWorked();
      reader.crashesInARow = 0;
      watchdog.progress();
      holding.take(reader.member, partitions);
    },
    onHeartbeat: () => {
      if (isNow()) watchdog.heartbeat();
    },
    onFetched: async (batch) => {
      if (isNow() && reader.member) await holding.handOver(reader.member, batch);
    },
    onPassed: (partition, nextOffset) => {
      if (isNow()) holding.passed(partition, nextOffset);
    },
    onCrash: (thrown) => {
      note(thrown);
      if (isNow()) crashed(reader, thrown);
    },
  };
}

function crashed(reader: Reader, problem: unknown): void {
  if (reader.isStopping) return;
  reader.crashes += 1;
  const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** reader.crashesInARow);
  reader.crashesInARow += 1;
  giveUp(reader);
  // Who opens the reader hears of the first failure, and says it or ends.
  if (reader.isOpen) void reader.failed(problem, whatWasAsked(reader)).then((known) => sayBrokenOff(reader, known));
  reader.timers.set(
    'begin',
    reader.clock.after(pauseMs, () => void begin(reader)),
  );
}

function sayBrokenOff({ log, reading }: Reader, { message }: PenumbraError): void {
  log.warn({ group: reading.group, problem: message }, 'reading Kafka broke off; it is tried again');
}

/** The present membership is over, whether it knows or not. */
function giveUp(reader: Reader): void {
  const { member } = reader;
  reader.life += 1;
  reader.member = null;
  reader.holding.release();
  member?.end().catch(() => undefined);
}

function lookAfter(reader: Reader): void {
  if (!reader.member) return;
  const { holding, watchdog, reading, lag } = reader;
  const sight = { lag, holdsPartitions: holding.all().length > 0, isWaitedFor: holding.isBusy() || holding.isPaused() };
  if (!watchdog.isStalled(sight)) return;
  reader.stalls += 1;
  reader.log.warn({ group: reading.group, lag, stallMs: reader.stallMs }, 'Kafka is not read on: beginning anew');
  giveUp(reader);
  void begin(reader);
}

/** Lag, and the partitions that have been read to their ends. */
async function askForEnds(reader: Reader): Promise<void> {
  const { clock, library, holding, reading } = reader;
  const generation = holding.generation();
  const topics = [...new Set(holding.all().map(({ topic }) => topic))];
  const lags: PartitionLag[] = [];
  for (const topic of topics) {
    const askedAtMs = clock.nowMs();
    const bounds = await library.boundsOf(topic);
    if (generation !== holding.generation()) return;
    for (const { partition, position, ...held } of holding.all().filter((one) => one.topic === topic)) {
      const { endOffset = 0 } = bounds.get(partition) ?? {};
      lags.push({ ...held, partition, records: Math.max(0, endOffset - position) });
      if (position >= endOffset) reading.onEnd?.({ ...held, partition, offset: position, askedAtMs });
    }
  }
  reader.lags = lags;
  reader.lag = topics.length > 0 ? lags.reduce((sum, { records }) => sum + records, 0) : null;
}

function stateOf({ crashes, stalls, holding, lag, lags }: Reader): ReaderState {
  const held = holding.all().map(({ topic, partition }) => ({ topic, partition }));
  return { crashes, stalls, rebalances: holding.releases(), lag, held, lags };
}

async function stop(reader: Reader): Promise<void> {
  const { holding, timers, member, clock } = reader;
  holding.setPaused(true);
  reader.isStopping = true;
  for (const cancel of timers.values()) cancel();
  timers.clear();
  holding.release();
  await holding.drained();
  reader.member = null;
  if (!member) return;
  await Promise.race([
    member.end().catch(() => undefined),
    new Promise<void>((resolve) => void clock.after(leaveWithinMs, resolve)),
  ]);
}
