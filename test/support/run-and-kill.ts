// Starts an entry of this folder as a process and kills it, without warning, some time after its first line. Entries are compiled
// once, because a process that is killed thirty times should start fast.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** Compiles an entry with all it imports into a folder of its own; returns the file to run. */
export function compileEntry(entry: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'penumbra-test-'));
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const config = join(folder, 'tsconfig.json');
  const compilerOptions = { noEmit: false, noCheck: true, outDir: folder, rootDir: root };
  const files = [join(import.meta.dirname, `${entry}.ts`)];
  writeFileSync(config, JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions, files, include: [] }));
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', config], { stdio: 'pipe' });
  return join(folder, 'test/support', `${entry}.js`);
}

export interface Killed {
  /** Whole lines only: what was cut off was never said. */
  readonly lines: readonly string[];
  readonly errors: string;
}

/** The moment of the kill is random within `withinMs`: nothing waits for it. */
export async function runAndKill(file: string, args: readonly string[], withinMs: number): Promise<Killed> {
  const child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
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
