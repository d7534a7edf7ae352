// The comparator gives way: what production, its tap and everybody else on the machine need comes first. Niceness belongs to threads on
// Linux and is inherited, so whoever starts processes that must not give way is left out.
import { readdirSync } from 'node:fs';
import { setPriority } from 'node:os';
import { InvalidArgumentError, Option } from 'commander';

/** Half way to the least urgent: it still moves on a machine that is busy all day. */
const usualNice = 10;

export function niceOption(): Option {
  return new Option(
    '--nice <n>',
    'how far it gives way to others: 0 (not at all) to 19; the tap that it starts never does',
  )
    .argParser(readNice)
    .default(usualNice);
}

function readNice(text: string): number {
  const nice = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  if (nice <= 19) return nice;
  throw new InvalidArgumentError('It requires a whole number from 0 to 19.');
}

/** Threads that begin later have the niceness of the one that began them. Elsewhere than on Linux the whole process is lowered. */
export function lowerPriority(nice: number, { except }: { readonly except: number | null }): void {
  if (nice === 0) return;
  if (process.platform !== 'linux') {
    setPriority(nice);
    return;
  }
  for (const thread of readdirSync('/proc/self/task').map(Number)) {
    if (thread === except) continue;
    try {
      setPriority(thread, nice);
    } catch {
      // It has ended meanwhile.
    }
  }
}
