// Inference servers that others wrote, from PyPI, each in an environment of its own outside the repository, made once. They take their time
// to install and to start: `npm run test:servers` runs them, and every other run says aloud that it skipped them.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { request } from 'undici';

const run = promisify(execFile);
const folder = join(import.meta.dirname, '../integration/real-servers');
const cache = process.env.PENUMBRA_TEST_CACHE ?? join(homedir(), '.cache/penumbra-test');
const isWanted = process.env.PENUMBRA_TEST_SERVERS === 'install';

export type PythonServers =
  | { readonly bin: string; readonly whyNot: null }
  | { readonly bin: null; readonly whyNot: string };

/** The environment of these requirements; or why there is none, which was said aloud. */
export async function findPythonServers(requirements: string): Promise<PythonServers> {
  if (!isWanted) {
    const whyNot = `servers of ${requirements}: npm run test:servers installs and runs them`;
    console.warn(`skipped: ${whyNot}`);
    return { bin: null, whyNot };
  }
  const file = join(folder, requirements);
  const hash = createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 12);
  const home = join(cache, `${requirements.replace(/-requirements\.txt$/, '')}-${hash}`);
  const isWhole = join(home, 'penumbra-whole');
  if (existsSync(isWhole)) return { bin: join(home, 'bin'), whyNot: null };
  const startedMs = performance.now();
  rmSync(home, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', home]);
  const pip = ['install', '--quiet', '--disable-pip-version-check', '--only-binary', ':all:', '-r', file];
  await run(join(home, 'bin/pip'), pip, { timeout: 600_000 });
  writeFileSync(isWhole, '');
  console.info(`installed ${requirements} in ${Math.round((performance.now() - startedMs) / 1000)} s`);
  return { bin: join(home, 'bin'), whyNot: null };
}

const servers = new Set<ChildProcess>();

export interface PythonServer {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Answers 200 once it serves. */
  readonly readyUrl: string;
}

/** Starts one and resolves when it is ready; rejects with its last words when it ends before, or takes two minutes. */
export async function startPythonServer(bin: string, { args, cwd, env = {}, readyUrl }: PythonServer): Promise<void> {
  const [program = 'python', ...rest] = args;
  const child = spawn(join(bin, program), rest, {
    cwd,
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', OMP_NUM_THREADS: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  servers.add(child);
  let words = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(-4000);
    });
  }
  const ended = once(child, 'exit').then(() => true);
  for (const startedMs = performance.now(); performance.now() - startedMs < 120_000; ) {
    if (await isReady(readyUrl)) return;
    const isOver = await Promise.race([ended, new Promise<false>((resume) => setTimeout(resume, 100, false))]);
    if (isOver) break;
  }
  throw new Error(`${args.join(' ')} was not ready: ${words}`);
}

async function isReady(url: string): Promise<boolean> {
  try {
    const answer = await request(url);
    await answer.body.dump();
    return answer.statusCode === 200;
  } catch {
    return false;
  }
}

/** Runs a script of that folder to its end. @throws with what it said */
export async function runPythonScript(bin: string, [script = '', ...args]: readonly string[]): Promise<string> {
  const { stdout } = await run(join(bin, 'python'), [join(folder, script), ...args]);
  return stdout.trim();
}

export async function endPythonServers(): Promise<void> {
  const ending = [...servers].filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
  servers.clear();
  for (const child of ending) child.kill('SIGKILL');
  await Promise.all(ending.map((child) => once(child, 'exit')));
}
