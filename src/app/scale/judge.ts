// The judge of many comparators: reads the log of counts alone, merges what all partitions have closed, and says in the control topic
// which runs go on and who owns which partition. What it has read, merged and judged is committed in one transaction.

import type { ScaleConfig } from '../../config/scale.ts';
import { messageOf } from '../../errors.ts';
import type { CountsChange, StoredUnit } from '../../io/counts-store-port.ts';
import type { Batch, KafkaLog, PlainReader } from '../../io/kafka/port.ts';
import type { Clock, Log } from '../../io/ports.ts';
import type { Store } from '../../io/store-port.ts';
import type { Run } from '../../model.ts';
import type { CloseDeps } from '../../pipeline/close-buckets.ts';
import type { RunContext } from '../../pipeline/run-context.ts';
import { foldCounts, type KnownPartition } from '../../pipeline/scale/fold-counts.ts';
import { mergePartitions, type PartitionUnit } from '../../pipeline/scale/merge-partitions.ts';
import type { ControlMessage, CountsMessage, Lease, Progress, Unit } from '../../pipeline/scale/messages.ts';
import { goOnAfterAnother } from './after-another.ts';
import type { Leadership } from './election.ts';
import { leaseMs } from './follow-control.ts';
import { createMembers } from './members.ts';
import { readMessage, toMessage } from './wire.ts';

export interface Judge {
  /** Whether anything may be judged, said or alerted now. */
  mayAct(): boolean;
  start(): Promise<void>;
  stop(): Promise<void>;
  state(): JudgeState;
}

interface JudgeState {
  /** Whether it is certain now that no other judge leads. */
  readonly mayAct: boolean;
  readonly members: number;
  /** Units that wait for other partitions. */
  readonly waitingUnits: number;
  readonly counted: number | null;
}

export interface JudgeDeps {
  readonly kafka: KafkaLog;
  readonly clock: Clock;
  readonly log: Log;
  readonly scale: ScaleConfig;
  readonly store: Store;
  readonly closing: CloseDeps;
  readonly active: () => readonly RunContext[];
  readonly isKilled: () => boolean;
  readonly reading: string;
  /** A transaction failed: what is in memory is ahead of what is stored, and only a new start mends that. */
  readonly onBroken: (why: string) => void;
  readonly leadership: Leadership;
}

const lookAgainMs = 50;
const sayEveryMs = 250;

export function createJudge(deps: JudgeDeps): Judge {
  const { kafka, clock, log, scale, store, active, leadership } = deps;
  const stored = store.counts();
  const known = new Map(stored.partitions.map(({ partition, state }) => [partition, state as KnownPartition]));
  let units: PartitionUnit[] = stored.units.map(({ partition, unit }) => ({ partition, unit: unit as Unit }));
  let offset = stored.offset;
  let partitions = 0;
  let reader: PlainReader | null = null;
  /** Grants that are behind the log would send every comparator away. */
  let sayFrom = Number.POSITIVE_INFINITY;
  let isBroken = false;
  let isStopped = false;
  const told = new Set<string>();
  let saying: Promise<void> = Promise.resolve();
  const members = createMembers({ clock });

  const messages = (): ControlMessage[] => {
    const going = active().filter(({ run }) => run.endedAt === null);
    const fresh = going.filter(({ run }) => !told.has(run.id)).map(({ run }): ControlMessage => ({ type: 'run', run }));
    const lease: Lease = {
      type: 'lease',
      term: leadership.term(),
      reading: deps.reading,
      isKilled: deps.isKilled(),
      runs: going.map(({ run }) => ({ id: run.id, scoresFrom: scoresFrom(run, scale) })),
      members: members.alive(),
      grants: Object.fromEntries([...known].map(([partition, { earlier: _, ...grant }]) => [partition, grant])),
    };
    return [...fresh, lease];
  };
  /** One at a time, so that nothing is heard in another order than it was said. */
  const say = (): Promise<void> => {
    saying = saying.then(async () => {
      if (!leadership.mayAct() || (offset ?? 0) < sayFrom || isBroken || isStopped) return;
      const all = messages();
      const records = all.map((one) => toMessage(one.type === 'run' ? one.run.id : 'lease', one));
      try {
        await kafka.produce(scale.control, records);
        for (const one of all) if (one.type === 'run') told.add(one.run.id);
      } catch (thrown) {
        log.warn({ problem: messageOf(thrown) }, 'the lease could not be renewed: comparators stop until it is');
      }
    });
    return saying;
  };
  const keepSaying = (): void => {
    if (isStopped) return;
    void say();
    clock.after(sayEveryMs, keepSaying);
  };
  /** Folds the records and merges what is complete with them. Memory and store change together. */
  const read = (batch: Batch): { change: CountsChange; claimed: boolean } => {
    const changed = new Map<number, KnownPartition>();
    const added = new Set<PartitionUnit>();
    let claimed = false;
    for (const record of batch.records) {
      const message = readMessage<CountsMessage>(record);
      if (message === null) continue;
      if (message.type === 'presence') {
        members.hear(message, active());
        continue;
      }
      const folded = foldCounts(known.get(message.partition), message);
      if (folded.type === 'gap') log.error({ partition: message.partition }, 'a record of counts is missing');
      if (folded.type === 'stale' || folded.type === 'gap') continue;
      claimed ||= folded.type === 'claimed';
      const partition = withoutEnded(folded.partition, active());
      known.set(message.partition, partition);
      changed.set(message.partition, partition);
      if (folded.type === 'taken') for (const one of unitsOf(folded.progress, active())) added.add(one);
    }
    units.push(...added);
    const removed = mergeAll();
    offset = batch.nextOffset;
    return { claimed, change: changeOf({ offset, changed, added, removed }) };
  };
  const mergeAll = (): ReadonlySet<PartitionUnit> => {
    const removed = new Set<PartitionUnit>();
    for (const context of active()) {
      if (context.run.state !== 'RUNNING') continue;
      const merged = mergePartitions(deps.closing, context, { partitions, known, units, nowMs: clock.nowMs() });
      for (const one of merged) removed.add(one);
    }
    const running = new Set(active().flatMap(({ run }) => (run.endedAt === null ? [run.id] : [])));
    for (const one of units) if (!running.has(one.unit.run)) removed.add(one);
    if (removed.size > 0) units = units.filter((one) => !removed.has(one));
    return removed;
  };
  const onBatch = async (batch: Batch): Promise<void> => {
    while (!leadership.mayAct() && !isStopped) await new Promise<void>((resume) => clock.after(lookAgainMs, resume));
    if (!batch.isHeld() || isBroken || isStopped || (offset !== null && batch.nextOffset <= offset)) return;
    const behind = offset ?? 0;
    const fresh = { ...batch, records: batch.records.filter((record) => record.offset >= behind) };
    let claimed = false;
    try {
      store.commitCounts(() => {
        const result = read(fresh);
        claimed = result.claimed;
        return result.change;
      });
    } catch (thrown) {
      isBroken = true;
      log.error({ problem: messageOf(thrown) }, 'counts could not be committed: the judge must start anew');
      deps.onBroken(messageOf(thrown));
      return;
    }
    if (claimed) await say();
  };
  return {
    mayAct: leadership.mayAct,
    start: async () => {
      partitions = (await kafka.boundsOf(scale.exchanges)).size;
      const { firstOffset = 0, endOffset = 0 } = (await kafka.boundsOf(scale.counts)).get(0) ?? {};
      offset ??= firstOffset;
      sayFrom = endOffset;
      goOnAfterAnother(deps);
      reader = await kafka.readFrom({ topic: scale.counts, from: new Map([[0, offset]]), onBatch });
      keepSaying();
    },
    stop: async () => {
      isStopped = true;
      await saying;
      await reader?.stop();
    },
    state: () => ({
      mayAct: leadership.mayAct(),
      members: members.alive(),
      waitingUnits: units.length,
      counted: offset,
    }),
  };
}

/** Far enough ahead that every comparator has heard of it before the first exchange that counts arrives. */
function scoresFrom(run: Run, scale: Pick<ScaleConfig, 'from'>): number | null {
  if (run.state !== 'RUNNING' || run.scoringSince === null) return null;
  if (scale.from === 'beginning') return 0;
  const { bucketMs } = run.definition;
  return Math.ceil((run.scoringSince + 2 * leaseMs) / bucketMs) * bucketMs;
}

function unitsOf({ partition, units }: Progress, active: readonly RunContext[]): PartitionUnit[] {
  const going = new Set(active.map(({ run }) => run.id));
  return units.filter(({ run }) => going.has(run)).map((unit) => ({ partition, unit }));
}

/** Runs that ended need no memory of where they were. */
function withoutEnded(partition: KnownPartition, active: readonly RunContext[]): KnownPartition {
  const going = new Set(active.map(({ run }) => run.id));
  const kept = (counts: Readonly<Record<string, number>>) =>
    Object.fromEntries(Object.entries(counts).filter(([run]) => going.has(run)));
  return { ...partition, closed: kept(partition.closed), admitted: kept(partition.admitted) };
}

interface Changed {
  readonly offset: number;
  readonly changed: ReadonlyMap<number, KnownPartition>;
  readonly added: ReadonlySet<PartitionUnit>;
  readonly removed: ReadonlySet<PartitionUnit>;
}

function changeOf({ offset, changed, added, removed }: Changed): CountsChange {
  const toStored = ({ partition, unit }: PartitionUnit): StoredUnit => ({
    partition,
    run: unit.run,
    at: unit.at,
    unit,
  });
  return {
    offset,
    partitions: [...changed].map(([partition, state]) => ({ partition, state })),
    added: [...added].filter((one) => !removed.has(one)).map(toStored),
    removed: [...removed].filter((one) => !added.has(one)).map(toStored),
  };
}
