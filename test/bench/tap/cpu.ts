// CPU time of a process's threads, in nanoseconds, as the kernel has accounted it; and its resident memory.
import { readdirSync, readFileSync } from 'node:fs';

export interface CpuTime {
  /** Of the first thread, the one in the path. */
  readonly inPathNs: number;
  readonly allNs: number;
}

export function cpuTimeOf(pid: number): CpuTime {
  const threads = readdirSync(`/proc/${pid}/task`);
  const times = threads.map((thread) => threadNs(pid, thread));
  return { inPathNs: threadNs(pid, String(pid)), allNs: times.reduce((sum, each) => sum + each, 0) };
}

/** A thread that has just ended took little. */
function threadNs(pid: number, thread: string): number {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
  } catch {
    return 0;
  }
}

export function residentMb(pid: number): number {
  const kb = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kb) / 1024;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** The nearest of the values: with few rounds there is nothing to interpolate. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN;
}
