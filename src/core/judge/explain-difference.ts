// The sentence of DIFFERENT: by which of its tests an arm is unlike its control. There is no amount and no limit in it.
import type { Evidence, Verdict } from '../../model.ts';
import { whole } from './words.ts';

interface Explained {
  readonly evidence: Evidence;
  readonly verdict: Verdict;
  readonly decidedAt: number | null;
}

/**
 * @example "unlike the control: moved by more than 0.01: 93 of 95 (of the requests on which arm and control differ, those on which the
 * arm is the one farther from production) (after 2,000 requests)"
 */
export function explainDifference({ evidence, verdict, decidedAt }: Explained): string {
  const { n, loudest } = evidence;
  if (n === 0) return 'unlike the control is not yet known: no request counted yet';
  const said =
    loudest === undefined
      ? 'arm and control stood alike on every request'
      : `${loudest} (of the requests on which arm and control stand differently, those on which the arm is farther from production)`;
  if (verdict !== 'DIFFERENT') return `unlike the control is not shown by ${whole(n)} requests: ${said}`;
  return `unlike the control: ${said}${decidedAt === null ? '' : ` (known after ${whole(decidedAt)} requests)`}`;
}
