// penumbra's commands as processes: `node --import tsx src/main.ts …`, or what was built when PENUMBRA_TEST_ENTRY names it
// (dist/main.js starts in a third of the time). Every process, and every tap that a comparator started, is ended by
// `endProcesses`, whatever became of the test.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const built = process.env.PENUMBRA_TEST_ENTRY;
/** What node is given before a command's own arguments. */
export const entry = built === undefined ? ['--import', 'tsx', join(root, 'src/main.ts')] : [join(root, built)];
const children = new Set<ChildProcess>();
const tapPids = new Set<number>();

export interface PenumbraProcess {
  readonly child: ChildProcess;
  readonly pid: number;
  stdout(): string;
  stderr(): string;
  /** Resolves with the exit code (null when a signal ended it) once its output is complete. */
  readonly ended: Promise<number | null>;
  /** Sends the signal and resolves with the exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

export interface ProcessOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdout?: 'pipe' | number;
}

export function startPenumbra(
  args: readonly string[],
  { env = {}, stdout = 'pipe' }: ProcessOptions = {},
): PenumbraProcess {
  const child = spawn(process.execPath, [...entry, ...args], {
    cwd: root,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', stdout, 'pipe', 'ipc'],
  });
  children.add(child);
  let out = '';
  let err = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    err += text;
    for (const [, pid] of err.matchAll(/"pid":(\d+),"msg":"tap started"/g)) tapPids.add(Number(pid));
  });
  const closed = once(child, 'close');
  const ended = once(child, 'exit').then(async ([code]) => {
    // Its last words; whoever it left behind must not make us wait for ever.
    await Promise.race([closed, new Promise((resume) => setTimeout(resume, 2000).unref())]);
    return code as number | null;
  });
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal);
    return ended;
  };
  return { child, pid: child.pid as number, stdout: () => out, stderr: () => err, ended, end };
}

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end. */
export async function runPenumbra(args: readonly string[], options: ProcessOptions = {}): Promise<Finished> {
  const started = startPenumbra(args, options);
  const [code, signal] = (await once(started.child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, stdout: started.stdout(), stderr: started.stderr() };
}

/** Resolves with the port that the process tells its parent; rejects with its last words when it ends before. */
export async function portOf(started: PenumbraProcess): Promise<number> {
  const told = once(started.child, 'message').then(([message]) => message as { type: string; port: number });
  const message = await Promise.race([told, started.ended]);
  if (message !== null && typeof message === 'object') return message.port;
  throw new Error(`ended with ${message} before it listened: ${started.stderr()}`);
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The pid of the tap that this comparator started last, once its log says it. */
export async function tapPidOf({ stderr }: PenumbraProcess, { not = 0 } = {}): Promise<number> {
  for (const startedMs = performance.now(); performance.now() - startedMs < 60_000; ) {
    const pid = Number([...stderr().matchAll(/"pid":(\d+),"msg":"tap started"/g)].at(-1)?.[1] ?? 0);
    if (pid !== 0 && pid !== not) return pid;
    await new Promise((resume) => setTimeout(resume, 20));
  }
  throw new Error(`no tap was started: ${stderr()}`);
}

export function endProcesses(): void {
  for (const child of children) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  for (const pid of tapPids) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  children.clear();
  tapPids.clear();
}

process.once('exit', endProcesses);
