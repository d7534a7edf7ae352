// The demo's story as data: which arms there are, what was done to each, and how each must end.
import type { ArmRole, Verdict } from '../../model.ts';

export interface ExpectedArm {
  readonly experiment: string;
  readonly name: string;
  readonly role: ArmRole;
  readonly what: string;
  readonly metric: 'flip' | 'silent-wrong';
  readonly mustEnd: Verdict;
}

export const sloMs = 200;
/** So few that two cores are half idle: a pod that waits for a processor would spoil the latencies that the story is about. */
export const requestsPerSecond = 50;
/** Rows of the stream the demo may use; it stops earlier when everything is decided. */
export const maxRequests = 6500;
/** Requests before the experiments start, while freshly started processes warm up. */
export const settlingRequests = 300;
/** The slow store: 800 ms more for 30 % of the keys; the pods' inner deadline is 120 ms. */
export const slowStore = { delay: '800ms', share: '30%', deadline: '120ms' } as const;

export const experiments = ['release-v2', 'release-v2-units', 'robustness'] as const;
export const gates = [
  { name: 'v2', experiment: 'release-v2', mustExit: 0 },
  { name: 'v2-units', experiment: 'release-v2-units', mustExit: 10 },
] as const;

export const expectedArms: readonly ExpectedArm[] = [
  {
    experiment: 'release-v2',
    name: 'control',
    role: 'control',
    what: 'v1 again',
    metric: 'flip',
    mustEnd: 'HOLDS',
  },
  {
    experiment: 'release-v2',
    name: 'v2',
    role: 'candidate',
    what: 'retrained on one more month',
    metric: 'flip',
    mustEnd: 'HOLDS',
  },
  {
    experiment: 'release-v2-units',
    name: 'v2-units',
    role: 'candidate',
    what: 'v2, but its serving reads minutes as hours',
    metric: 'flip',
    mustEnd: 'VIOLATED',
  },
  {
    experiment: 'robustness',
    name: 'no-dep_delay',
    role: 'fault',
    what: 'v1, dep_delay zeroed in 20 % of requests',
    metric: 'flip',
    mustEnd: 'VIOLATED',
  },
  {
    experiment: 'robustness',
    name: 'slow-store-zeros',
    role: 'fault',
    what: 'v1, feature store +800 ms for 30 % of keys, pod falls back to zeros',
    metric: 'silent-wrong',
    mustEnd: 'VIOLATED',
  },
  {
    experiment: 'robustness',
    name: 'slow-store-loud',
    role: 'fault',
    what: 'v1, same fault, repaired pod: it returns an error',
    metric: 'silent-wrong',
    mustEnd: 'HOLDS',
  },
];
