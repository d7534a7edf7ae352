// A folder for the time of one piece of work: gone when it ends, however it ends.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const signals = ['SIGINT', 'SIGTERM'] as const;

/** Runs `work` with a fresh folder. May be nested: each folder is removed by its own. */
export async function withScratchFolder<Result>(
  name: string,
  work: (directory: string) => Promise<Result>,
): Promise<Result> {
  const directory = mkdtempSync(join(tmpdir(), `penumbra-${name}-`));
  const remove = (): void => rmSync(directory, { recursive: true, force: true });
  // A listener of its own: a shared one would be taken off by whoever ends first.
  const leave = (signal: NodeJS.Signals): void => quit(signal);
  process.once('exit', remove);
  for (const signal of signals) process.once(signal, leave);
  try {
    return await work(directory);
  } finally {
    process.off('exit', remove);
    for (const signal of signals) process.off(signal, leave);
    remove();
  }
}

/** By an orderly exit, so that nothing stays behind. */
function quit(signal: NodeJS.Signals): void {
  process.exit(signal === 'SIGINT' ? 130 : 143);
}
