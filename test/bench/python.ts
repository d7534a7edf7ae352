// The Python that holds the peers' packages: where it is looked for, how to make it, and how it is run.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const root = resolve(import.meta.dirname, '../..');
const requirements = 'test/bench/detect/requirements.txt';

/** `PENUMBRA_BENCH_PYTHON`, else the environment `.venv-bench` at the top of the repository; null when it is not there. */
export function findPython(): string | null {
  const python = process.env.PENUMBRA_BENCH_PYTHON ?? resolve(root, '.venv-bench/bin/python');
  return existsSync(python) ? python : null;
}

/** What to type for the peers to be there (Python 3.11). */
export const howToHavePython = [
  'the peers run in a Python environment of their own, looked for at $PENUMBRA_BENCH_PYTHON or .venv-bench/bin/python; to make it:',
  '  python3 -m venv .venv-bench',
  `  .venv-bench/bin/pip install --only-binary :all: -r ${requirements}`,
].join('\n');

/** Runs a script of this folder; each line of its stdout is handed on. Its stderr is ours. Rejects when it fails. */
export async function runPython(
  python: string,
  { script, args, onLine }: { script: string; args: readonly string[]; onLine: (line: string) => void },
): Promise<void> {
  const child = spawn(python, [resolve(import.meta.dirname, script), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // One thread, like ours; nothing is written beside the scripts.
    env: { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', PYTHONDONTWRITEBYTECODE: '1' },
  });
  const closed = new Promise<number | null>((done, failed) => {
    child.once('error', failed);
    child.once('close', done);
  });
  for await (const line of createInterface({ input: child.stdout })) onLine(line);
  const code = await closed;
  if (code !== 0) throw new Error(`${relative(root, resolve(import.meta.dirname, script))} ended with code ${code}`);
}
