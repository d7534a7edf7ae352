// What a recording's reader hands over, whatever its format: an exchange, or why there is none, and on which line of the file it began.
import type { RawExchange } from '../../model.ts';

export type RecordedLine =
  | { readonly line: number; readonly exchange: RawExchange; readonly problem: null }
  | {
      readonly line: number;
      readonly exchange: null;
      readonly problem: string;
      readonly reason: RecordingProblem;
    };

/** Closed, since they are metric labels. `no_answer` and `no_request`: the other half of a capture's pair was not found. */
export type RecordingProblem = 'malformed' | 'too_large' | 'no_answer' | 'no_request' | 'broken_off';
