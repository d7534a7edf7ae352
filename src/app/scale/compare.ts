// A comparator among others: reads its partitions of the exchanges topic, asks the arms, publishes counts. It keeps nothing on disk: what
// is not published yet is read and asked again by whoever takes the partition over.

import type { ScaleConfig } from '../../config/scale.ts';
import { messageOf } from '../../errors.ts';
import type { Batch, GroupReader, KafkaLog, PartitionLag, ReachedEnd } from '../../io/kafka/port.ts';
import type { Clock, Log } from '../../io/ports.ts';
import type { Exchange } from '../../model.ts';
import type { DispatchDeps } from '../../pipeline/dispatch.ts';
import type { OpenRunDeps } from '../../pipeline/open-run.ts';
import type { Lease, Presence } from '../../pipeline/scale/messages.ts';
import type { CountingDeps } from '../../pipeline/scale/open-unit.ts';
import type { Delivered, Partition } from '../../pipeline/scale/partition.ts';
import { type CompareCounts, createCompareAccount } from './compare-account.ts';
import { followControl } from './follow-control.ts';
import { createHeldPartitions } from './held-partitions.ts';
import { createPace } from './pace.ts';
import type { RecordReader } from './read-record.ts';
import { createSharedRuns } from './shared-runs.ts';
import { toMessage } from './wire.ts';

export interface CompareState extends CompareCounts {
  readonly member: string;
  readonly partitions: number;
  readonly lag: number | null;
  readonly lags: readonly PartitionLag[];
  /** Null before the first word of a judge. */
  readonly judgeSilentMs: number | null;
  /** Why nothing is taken though there may be something; null: nothing stands in the way. */
  readonly waitsFor: 'judge' | 'config' | 'kill switch' | 'arms' | 'run' | null;
  /** Records that are no exchange, by reason. */
  readonly losses: Readonly<Record<string, number>>;
}

export interface Compare {
  start(): Promise<void>;
  stop(): Promise<void>;
  state(): CompareState;
}

export interface CompareDeps extends OpenRunDeps, CountingDeps, DispatchDeps {
  readonly kafka: KafkaLog;
  readonly clock: Clock;
  readonly log: Log;
  readonly scale: ScaleConfig;
  readonly reader: RecordReader;
  /** Of the config that exchanges are read by. */
  readonly reading: string;
  /** Unlike every other comparator, and unlike itself before a restart. */
  readonly member: string;
}

const presenceEveryMs = 1000;
const publishEveryMs = 100;
const lookAgainMs = 20;
/** Records between two looks at everything else that there is to do. */
const recordsInARow = 64;

export function createCompare(deps: CompareDeps): Compare {
  const { kafka, clock, log, scale, member } = deps;
  let group: GroupReader | null = null;
  let isStopped = false;
  let isJoining = false;
  let partitions = 0;
  let claims = 0;
  const pace = createPace(clock);
  const account = createCompareAccount(clock);
  const runs = createSharedRuns({
    ...deps,
    partitions: () => partitions,
    onReady: () => void sayPresence(),
    mayAsk: pace.trySpend,
  });
  const control = followControl({ ...deps, topic: scale.control, onLease: (lease) => follow(lease) });
  const held = createHeldPartitions({
    ...deps,
    ...{ counts: scale.counts, from: scale.from, lease: control.lease, scoring: runs.scoring, reader: () => group },
    newClaim: () => `${member}.${++claims}`,
    onAnswer: pace.onAnswer,
    onPublished: (progress) => account.published(progress, (id) => control.run(id)?.experiment ?? null),
  });
  const sayPresence = async (): Promise<void> => {
    const presence: Presence = { type: 'presence', member, ready: runs.ready() };
    await kafka.produce(scale.counts, [toMessage(member, presence)]).then(account.answered, () => {});
  };
  const follow = (lease: Lease): void => {
    pace.setMembers(lease.members);
    runs.follow(lease, control.run);
    if (!held.isOverruled(lease) || isJoining || isStopped) return;
    log.warn({}, 'another comparator has claimed a partition of this one: it joins the group again');
    void joinAgain();
  };
  const mayGoOn = (): boolean =>
    control.isInForce() && runs.isReady() && (scale.from === 'now' || runs.scoring().length > 0);
  const waitsForRuns = (): CompareState['waitsFor'] => {
    if (mayGoOn()) return null;
    return runs.isReady() ? 'run' : 'arms';
  };
  /** False: the partition was taken away meanwhile. */
  const waitForWork = async (batch: Batch, warmUps: () => readonly Exchange[]): Promise<boolean> => {
    let isWarmed = false;
    while (batch.isHeld() && !isStopped && !mayGoOn()) {
      if (control.isInForce() && !isWarmed) {
        isWarmed = runs.scoring().length > 0;
        runs.warmUp(warmUps());
      }
      await new Promise<void>((resume) => clock.after(lookAgainMs, resume));
    }
    return batch.isHeld() && !isStopped;
  };
  const takeOne = async (partition: Partition, delivered: Delivered): Promise<void> => {
    const asked = partition.take(delivered, runs.scoring());
    account.progress(delivered);
    if (asked.length === 0 || delivered.seen?.type !== 'comparable') return;
    await pace.spend(asked, delivered.seen.exchange.requestMessage.body.length);
    await pace.room(asked);
  };
  const onBatch = async (batch: Batch): Promise<void> => {
    const partition = held.find(batch.partition);
    if (partition === null) return;
    const read = (): Delivered[] => batch.records.map((record) => deps.reader.read(record, batch));
    const all = read();
    const exchanges = (): Exchange[] => all.flatMap(({ seen }) => (seen?.type === 'comparable' ? [seen.exchange] : []));
    runs.warmUp(control.isInForce() ? exchanges() : []);
    for (const [index, delivered] of all.entries()) {
      if (!mayGoOn() && !(await waitForWork(batch, exchanges))) return;
      if (held.find(batch.partition) !== partition) return;
      await takeOne(partition, delivered);
      if (index % recordsInARow === recordsInARow - 1) await new Promise((resume) => setImmediate(resume));
    }
    await held.publish(partition);
  };
  const onEnd = ({ partition: number, offset, askedAtMs }: ReachedEnd): void => {
    const partition = held.find(number);
    account.progress(null);
    if (control.isInForce() && partition !== null) partition.liftAt(offset, askedAtMs - scale.idleMs, runs.scoring());
  };
  const join = async (): Promise<void> => {
    group = await kafka.readInGroup({
      group: scale.group,
      topics: [scale.exchanges],
      onAssigned: held.claim,
      onRevoked: async () => held.drop(),
      onBatch,
      onEnd,
    });
  };
  const joinAgain = async (): Promise<void> => {
    isJoining = true;
    try {
      await group?.stop();
      account.keep(group?.state());
      group = null;
      if (!isStopped) await join();
    } catch (thrown) {
      log.error({ problem: messageOf(thrown) }, 'the comparator could not join again yet');
      clock.after(presenceEveryMs, () => void joinAgain());
      return;
    }
    isJoining = false;
  };
  const every = (ms: number, work: () => Promise<unknown>): void => {
    clock.after(ms, async () => {
      if (isStopped) return;
      await work().catch((thrown: unknown) =>
        log.warn({ problem: messageOf(thrown) }, 'Kafka did not take it; it is said again'),
      );
      every(ms, work);
    });
  };
  return {
    start: async () => {
      partitions = (await kafka.boundsOf(scale.exchanges)).size;
      await control.start();
      await sayPresence();
      every(presenceEveryMs, sayPresence);
      every(publishEveryMs, () => Promise.all(held.all().map(held.publish)));
      await join();
    },
    stop: async () => {
      isStopped = true;
      await group?.stop();
      await control.stop();
      await runs.close();
    },
    state: () => {
      const reader = group?.state();
      return {
        ...account.counts(reader),
        ...{ member, partitions: held.all().length, lag: reader?.lag ?? null, lags: reader?.lags ?? [] },
        judgeSilentMs: control.silentMs(),
        waitsFor: control.isInForce() ? waitsForRuns() : control.whyNot(),
        losses: deps.reader.losses(),
      };
    },
  };
}
