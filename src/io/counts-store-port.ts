// What the judge of many comparators keeps of their counts: how far it has read the log of counts, where each partition is, and the
// units that wait for the other partitions. Kept in the transaction that commits what was merged, so nothing counts twice or never.

/** One partition's counts of one bucket; the content is the pipeline's own, plain JSON. */
export interface StoredUnit {
  readonly run: string;
  readonly at: number;
  readonly partition: number;
  readonly unit: unknown;
}

interface StoredCounts {
  /** The next record of the log of counts; null before the first. */
  readonly offset: number | null;
  readonly partitions: readonly { readonly partition: number; readonly state: unknown }[];
  readonly units: readonly StoredUnit[];
}

export interface CountsChange {
  readonly offset: number;
  /** Those that changed. */
  readonly partitions: readonly { readonly partition: number; readonly state: unknown }[];
  readonly added: readonly StoredUnit[];
  readonly removed: readonly Omit<StoredUnit, 'unit'>[];
}

export interface CountsStore {
  counts(): StoredCounts;
  /** One transaction for the change and for everything that is committed while it is made; when it throws, nothing was written. */
  commitCounts(change: () => CountsChange): void;
}
