// Runs the steps of one stage without an engine: in a mount namespace of its own, an overlay over this machine's files takes what is
// written, and chroot makes it the root. What an engine would take from the base image (Debian, Node) is this machine's.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Stage, Step } from './dockerfile.ts';

export interface StageRun {
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  /** What the stage wrote, as paths from its root. */
  readonly layer: string;
}

export interface StageOptions {
  readonly folder: string;
  /** The build context: what .dockerignore lets through. */
  readonly context: string;
  readonly earlier: ReadonlyMap<string, StageRun>;
  say(line: string): void;
}

export function runStage(stage: Stage, options: StageOptions): StageRun {
  const layer = join(options.folder, stage.name ?? 'final');
  mkdirSync(layer, { recursive: true });
  let run: StageRun = { workdir: '/', env: {}, layer };
  for (const step of stage.steps) {
    options.say(`${step.word} ${step.rest.slice(0, 110)}`);
    run = { ...run, ...runStep(step, { run, options }) };
  }
  return run;
}

function runStep(step: Step, { run, options }: { run: StageRun; options: StageOptions }): Partial<StageRun> {
  if (step.word === 'WORKDIR') {
    mkdirSync(join(run.layer, step.rest), { recursive: true });
    return { workdir: step.rest };
  }
  if (step.word === 'ENV') {
    const [, name = '', value = ''] = /^(\w+)=(\S*)$/.exec(step.rest) ?? [];
    return { env: { ...run.env, [name]: value } };
  }
  if (step.word === 'COPY') copy(step, { run, options });
  if (step.word === 'RUN') {
    if (step.rest.startsWith('apt-get')) options.say('  not run: the tools of this machine are used');
    else inRoot(`cd ${run.workdir} && ${step.rest}`, { layer: run.layer, env: run.env });
  }
  return {};
}

/** COPY as Docker means it: of a folder, what is in it. */
function copy({ rest }: Step, { run, options }: { run: StageRun; options: StageOptions }): void {
  const from = /^--from=(\S+)\s+/.exec(rest);
  const words = rest.slice(from?.[0].length ?? 0).split(/\s+/);
  const to = words.pop() ?? '.';
  const source = from === null ? options.context : options.earlier.get(from[1] ?? '')?.layer;
  if (source === undefined) throw new Error(`COPY from a stage that there is not: ${rest}`);
  const target = join(run.layer, to.startsWith('/') ? to : join(run.workdir, to));
  mkdirSync(to.endsWith('/') ? target : dirname(target), { recursive: true });
  for (const word of words)
    must('cp', ['-aT', join(source, word), to.endsWith('/') ? join(target, word.split('/').pop() ?? '') : target]);
}

/** Runs a line of bash with the layer over this machine's files as its root. */
export function inRoot(line: string, { layer, env }: { layer: string; env: Readonly<Record<string, string>> }): void {
  must('unshare', ['-m', 'bash', '-ec', rootScript(layer, 'rw'), 'bash', line], env);
}

/** The script takes one argument, the line to run. Read-only: only /data and /tmp can be written, as with docker run --read-only. */
export function rootScript(layer: string, as: 'rw' | 'ro'): string {
  const root = `${layer}.root`;
  const confined =
    as === 'ro' ? 'setpriv --reuid 1000 --regid 1000 --clear-groups --no-new-privs --bounding-set=-all' : '';
  return [
    `mkdir -p ${root} ${layer}.work ${layer}.data`,
    `mount -t overlay overlay -o lowerdir=/,upperdir=${layer},workdir=${layer}.work ${root}`,
    `mount -t proc proc ${root}/proc && mount --rbind /dev ${root}/dev`,
    ...(as === 'ro'
      ? [
          `chown 1000:1000 ${layer}.data`,
          `mount --bind ${layer}.data ${root}/data`,
          `mount -t tmpfs -o mode=1777 tmp ${root}/tmp`,
          `mount -o remount,ro ${root}`,
        ]
      : []),
    `exec chroot ${root} ${confined} bash -ec "$1"`,
  ].join('\n');
}

function must(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): void {
  const { status, stderr, stdout, error } = spawnSync(command, args, {
    env: { ...process.env, ...env },
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0)
    throw new Error(
      `${command} ${args.join(' ')}\nended with ${status}: ${error ?? ''}${stdout}${stderr}`.slice(-4000),
    );
}
