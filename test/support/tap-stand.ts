// Production with its two witnesses, and between them whatever is on trial: a tap as a process, mostly.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { entry, isAlive } from './penumbra-process.ts';
import { type Judgement, judge, judgeCut } from './tap-checker.ts';
import { modelSpeech } from './tap-model-http.ts';
import { askAll, createWitnessLog, type ProductionOptions, type Speech, startProduction } from './tap-witnesses.ts';

export interface AskOptions {
  /** Clients at a time, each of which asks `each` times. */
  readonly clients: number;
  readonly each: number;
  readonly goesOn?: () => boolean;
}

export interface TapStand {
  readonly folder: string;
  /** Where production listens. */
  readonly upstream: number;
  /** Has clients ask on; every call asks what has not been asked before. */
  ask(port: number, options: AskOptions): Promise<void>;
  /** Closes production and has the witnesses judged. */
  finish(): Promise<Judgement>;
  /** As `finish`, where the way in may close while clients ask. */
  finishCut(): Promise<ReturnType<typeof judgeCut>>;
  remove(): void;
}

export async function createTapStand(options: ProductionOptions = {}): Promise<TapStand> {
  const folder = mkdtempSync(join(tmpdir(), 'penumbra-stand-'));
  const [clientFile, productionFile] = ['client', 'production'].map((name) => join(folder, name)) as [string, string];
  for (const file of [clientFile, productionFile]) writeFileSync(file, '');
  const clientLog = createWitnessLog(clientFile);
  const productionLog = createWitnessLog(productionFile);
  const speech: Speech = options.speech ?? modelSpeech();
  const production = await startProduction(productionLog, { ...options, speech });
  let from = 1;
  const close = async (): Promise<void> => {
    await production.close();
    clientLog.flush();
    productionLog.flush();
  };
  return {
    folder,
    upstream: production.port,
    ask: async (port, { clients, each, goesOn }) => {
      const first = from;
      from += clients * each;
      const seeds = (index: number) => ({ from: first + index * each, to: first + (index + 1) * each });
      const more = goesOn === undefined ? { speech } : { speech, goesOn };
      const asking = Array.from({ length: clients }, (_, index) =>
        askAll(port, { ...seeds(index), ...more }, clientLog),
      );
      await Promise.all(asking);
    },
    finish: async () => {
      await close();
      return judge(clientFile, productionFile);
    },
    finishCut: async () => {
      await close();
      return judgeCut(clientFile, productionFile);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export interface StartedProcess {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly port: number;
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>;
  stderr(): string;
  /** Process ids of the taps that it, and those after it, said they have handed over to. */
  successors(): readonly number[];
}

const started = new Set<StartedProcess>();

export interface ListeningOptions {
  /** It may not have more descriptors than that. */
  readonly openFiles?: number;
  /** A program that runs the rest, with its arguments. */
  readonly within?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A Node program that tells its parent where it listens. */
export async function startListening(
  args: readonly string[],
  { openFiles, within = [], env = {} }: ListeningOptions = {},
): Promise<StartedProcess> {
  const limited = openFiles === undefined ? [] : ['prlimit', `--nofile=${openFiles}`];
  const [program, ...all] = [...within, ...limited, process.execPath, ...args] as [string, ...string[]];
  const child = spawn(program, all, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], env: { ...process.env, ...env } });
  let out = '';
  let words = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    words += text;
  });
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  const told = await Promise.race([once(child, 'message').then(([message]) => message as { port: number }), ended]);
  if (told === null || typeof told === 'number') throw new Error(`ended with ${told} before it listened: ${words}`);
  const successors = (): number[] => [...out.matchAll(/handed over to process (\d+)/g)].map(([, pid]) => Number(pid));
  const process_ = { child, pid: child.pid as number, port: told.port, ended, stderr: () => words, successors };
  started.add(process_);
  return process_;
}

/** `penumbra tap` in front of production, on a free port unless the flags say otherwise. */
export function startTapCommand(
  { upstream }: TapStand,
  { flags = [], listen = '127.0.0.1:0', openFiles }: { flags?: string[]; listen?: string; openFiles?: number } = {},
): Promise<StartedProcess> {
  const args = [...entry, 'tap', '--listen', listen, '--upstream', `127.0.0.1:${upstream}`, ...flags];
  return startListening(args, openFiles === undefined ? {} : { openFiles });
}

export function endListening(): void {
  for (const { child, successors } of started) {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    for (const pid of successors()) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  }
  started.clear();
}

process.once('exit', endListening);

export function openFilesOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

export const canLimit = spawnSync('prlimit', ['--version']).status === 0;

/** From the outside, also of a process that runs already. */
export function limitOpenFiles(pid: number, count: number): void {
  spawnSync('prlimit', ['--pid', String(pid), `--nofile=${count}:${count}`]);
}

/** As every suite of promises says it. */
export function sayTrials(promise: string, { trials, violations }: Judgement, more = ''): void {
  process.stdout.write(`${promise}: ${trials} trials, ${violations.length} violations${more}\n`);
}
