// Segments: parts of the traffic that are judged on their own, because an arm may be well on the whole and wrong for a few.
import type { Counts, LateOnsetState, Verdict } from './evidence.ts';
import type { InputFeature } from './prediction.ts';

/** Where a request's segment stands. */
export type SegmentSource =
  /** JSON Pointer (RFC 6901) into the request's body. */
  | { readonly type: 'pointer'; readonly pointer: string }
  /** Request header, lower case. */
  | { readonly type: 'header'; readonly header: string }
  /** A declared input. */
  | { readonly type: 'input'; readonly input: InputFeature };

/** How requests are divided. What is unknown, rare or beyond the cap belongs to the segment `other`. */
export interface Segmentation {
  readonly name: string;
  readonly source: SegmentSource;
  /** Declared values; null: every value that appears, as `atLeast` and `most` allow. */
  readonly values: readonly string[] | null;
  /** Ascending: numbers are divided at these, and the stretches are the values. Null for texts. */
  readonly edges: readonly number[] | null;
  /** Most series of values that were not declared. */
  readonly most: number;
  /** Requests in one bucket that make an undeclared value a series of its own. */
  readonly atLeast: number;
}

/** A request's segment by segmentation name. */
export type Segments = Readonly<Record<string, string>>;

/** What is known of one hypothesis in one segment. */
export interface SegmentState {
  readonly segment: string;
  readonly counts: Counts;
  /** All comparable requests in it, whatever the arm made of them. */
  readonly requests: number;
  /** HOLDS by its own evidence; VIOLATED while flagged among all segments at a bounded false discovery rate. */
  readonly verdict: Verdict;
  readonly lateOnset: LateOnsetState | null;
}
