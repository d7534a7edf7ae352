// What comparators and the judge say to each other through Kafka: claims and counts one way, runs and the lease the other.
// Everything is plain JSON; counts are exact integers, so that merging them in any order gives the same bytes.
import type { ArmTally, PairVersions, Sample } from '../../io/store-port.ts';
import type { Counts, Run } from '../../model.ts';

/** Where in a bucket a pair stands: pairs are ordered by arrival, then by id. */
export interface Place {
  readonly at: number;
  readonly id: string;
}

/** One bucket's counts of one hypothesis about one pair of versions, from one partition. */
export interface UnitCounts extends PairVersions {
  readonly counts: Counts;
  readonly segments: readonly (readonly [string, Counts])[];
  readonly requests: readonly (readonly [string, number])[];
  /** Of the latest pair of these versions. */
  readonly newest: Place;
}

export interface UnitArm {
  readonly tally: ArmTally;
  /** Of the newest counted pair, whose versions the tally names; null before the first. */
  readonly newest: Place | null;
}

/** All that one partition has to say about one bucket of one run: the unit of merging, counted once or not at all. */
export interface Unit {
  readonly run: string;
  /** The bucket's beginning. */
  readonly at: number;
  /** Exchanges that arms were asked about. */
  readonly admitted: number;
  readonly arms: readonly UnitArm[];
  readonly counts: readonly (readonly [hypothesis: string, readonly UnitCounts[]])[];
  readonly samples: readonly Sample[];
}

/** The wall clock stood in for exchanges that did not come: from this offset on the watermark is at least `to`. */
export interface Lift {
  readonly offset: number;
  readonly to: number;
}

/** Where a partition is read on from, with all that the fate of what comes depends on. */
export interface Position {
  readonly offset: number;
  /** The largest arrival before `offset`; null when nothing was read. */
  readonly watermark: number | null;
  /** Those behind `offset`. */
  readonly lifts: readonly Lift[];
}

/** A comparator says that a partition is its own now: whatever others say of it behind this record counts for nothing. */
export interface Claim {
  readonly type: 'claim';
  readonly partition: number;
  /** Unlike any other claim. */
  readonly claim: string;
  readonly member: string;
  /** Where to begin if nobody has read the partition before. */
  readonly beginAt: number;
}

/** How far a partition is, and the units that closed with it. One record: written whole or not at all. */
export interface Progress {
  readonly type: 'progress';
  readonly partition: number;
  readonly claim: string;
  /** 1, 2, …: a record that comes twice is told by it. */
  readonly number: number;
  readonly position: Position;
  /** By run: its buckets that end at or before this are closed here. */
  readonly closed: Readonly<Record<string, number>>;
  /** By run: exchanges that arms were asked about in all its closed buckets here. */
  readonly admitted: Readonly<Record<string, number>>;
  readonly units: readonly Unit[];
}

/** A comparator is there, and these are the runs whose arms it has found ready and warmed up. */
export interface Presence {
  readonly type: 'presence';
  readonly member: string;
  readonly ready: readonly Readiness[];
}

export interface Readiness {
  readonly run: string;
  readonly arms: readonly {
    readonly arm: string;
    readonly version: string | null;
    readonly warmUpOk: number;
    readonly warmUpFailed: number;
  }[];
}

export type CountsMessage = Claim | Progress | Presence;

/** What the judge knows of a partition: its owner, and what has been taken from that one. */
export interface Grant {
  readonly claim: string;
  /** Of the last record of progress. */
  readonly number: number;
  readonly position: Position;
  readonly closed: Readonly<Record<string, number>>;
  readonly admitted: Readonly<Record<string, number>>;
}

/** A run in full; said before the first lease that names it. */
interface RunNotice {
  readonly type: 'run';
  readonly run: Run;
}

/** Said a few times a second. Comparators send nothing while they have not heard one for a second. */
export interface Lease {
  readonly type: 'lease';
  /** Of the judge's lead: what a judge before says counts no more. */
  readonly term: number;
  /** Of the config that exchanges are read by. */
  readonly reading: string;
  readonly isKilled: boolean;
  /** The runs that go on; `scoresFrom` is null while they warm up. */
  readonly runs: readonly { readonly id: string; readonly scoresFrom: number | null }[];
  /** Comparators alive, at least 1: each sends its part of every budget. */
  readonly members: number;
  readonly grants: Readonly<Record<string, Grant>>;
}

/** A judge claims the lead, or says that it has it. */
export interface JudgeNotice {
  readonly type: 'judge';
  /** Unlike any other judge's. */
  readonly judge: string;
  /** 1, 2, …: it knows its own words again. */
  readonly word: number;
  /** Of a claim: the first record that it had not read then. */
  readonly after?: number;
  /** Else the offset of the claim that it leads by. */
  readonly term?: number;
  /** It goes by itself, and the next one need not wait. */
  readonly resigns: boolean;
}

export type ControlMessage = RunNotice | Lease | JudgeNotice;
