// Starts an entry of this folder as a process and kills it, without warning, some time after its first line.
import { spawn } from 'node:child_process';
import { join } from 'node:path';

export interface Killed {
  /** Whole lines only: what was cut off was never said. */
  readonly lines: readonly string[];
  readonly errors: string;
}

/** The moment of the kill is random within `withinMs`: nothing waits for it. */
export async function runAndKill(entry: string, args: readonly string[], withinMs: number): Promise<Killed> {
  const command = ['--import', 'tsx', join(import.meta.dirname, entry), ...args];
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const spoke = new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk) => {
      out += chunk;
      resolve();
    });
  });
  try {
    await Promise.race([spoke, ended]);
    await new Promise((resolve) => setTimeout(resolve, Math.random() * withinMs));
  } finally {
    child.kill('SIGKILL');
  }
  await ended;
  return { lines: out.split('\n').slice(0, -1), errors };
}
