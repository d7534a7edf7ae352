// How much processor time processes have used, as Linux counts it; on other systems it is not known.
import { readFileSync } from 'node:fs';

const ticksPerSecond = 100;

/** Seconds of one core, user and system, since each began; NaN where the system does not say. */
export function cpuSecondsOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
}

function cpuSeconds(pid: number): number {
  try {
    const [, after = ''] = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ');
    const fields = after.split(' ');
    // Fields 14 and 15 of proc(5), counted from the state, which is the third.
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  } catch {
    return Number.NaN;
  }
}
