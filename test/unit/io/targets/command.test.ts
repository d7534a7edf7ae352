// A pod that penumbra starts: what it is given, how its end is known, and that nothing of it is left behind.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { runHook } from '../../../../src/io/run-hook.ts';
import {
  type CommandTarget,
  type CommandTargetOptions,
  createCommandTarget,
} from '../../../../src/io/targets/command.ts';
import { createHttpTarget } from '../../../../src/io/targets/http.ts';
import { isAlive } from '../../../support/penumbra-process.ts';
import { callWith, messageWith, oipCodec } from '../../../support/target-call.ts';

const open: CommandTarget[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((target) => target.close()));
});

const script = resolve('test/support/plain-pod.mjs');
const never = new AbortController().signal;
const lines: string[] = [];
const note = (fields: object): void => {
  if ('line' in fields) lines.push(String(fields.line));
};
const openHttp: CommandTargetOptions['openHttp'] = (at) => createHttpTarget({ ...at, codec: oipCodec });
const log = { debug: note, info: note, warn: note, error: note };

function start(
  env: Record<string, string> = {},
  command: readonly string[] = [process.execPath, script],
): CommandTarget {
  const processEnv = { ...process.env, SECRET_TOKEN: 'of penumbra' };
  const target = createCommandTarget({ command, env, openHttp, log, processEnv });
  open.push(target);
  return target;
}

/** A process whose parent died may wait to be buried. */
function isRunning(pid: number): boolean {
  return isAlive(pid) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

const pidOf = ({ pod }: CommandTarget): number => pod.pid() as number;

describe('a pod that penumbra starts', () => {
  it('is asked when it is ready, sees a small environment, and is gone after close', async () => {
    const target = start({ SAYS: 'hello from {port}', READY_AFTER_MS: '150' });
    await target.started();
    expect(await target.ready(never)).toEqual({ version: null });
    const reply = await target.call(callWith({ message: messageWith([0.25]) }));
    expect(reply.answer?.outputs[0]?.data).toEqual([0.75, 0.25]);
    expect(lines.find((line) => line.startsWith('hello'))).toMatch(/^hello from \d+$/);
    const pid = pidOf(target);
    expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).not.toContain('SECRET_TOKEN');
    await target.close();
    expect(isAlive(pid)).toBe(false);
  });

  it('takes all that it started with it, also what ignores a polite end', async () => {
    const stubborn = `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('child ' + process.pid)`;
    const parent = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(stubborn)}], {stdio: 'inherit'}); require('http').createServer((q, a) => a.end('{}')).listen(process.env.PORT)`;
    lines.length = 0;
    const target = start({}, [process.execPath, '-e', parent]);
    await target.started();
    const said = (): string | undefined => lines.find((line) => line.startsWith('child'));
    while (said() === undefined) await new Promise((resume) => setTimeout(resume, 10));
    const child = Number(said()?.slice(6));
    expect(isAlive(child)).toBe(true);
    await target.close();
    await expect.poll(() => isRunning(child)).toBe(false);
  });

  it.each<[string, readonly string[], string]>([
    ['an unknown program', ['no-such-program', '--port'], 'the command no-such-program --port could not be started'],
    [
      'one that ends at once',
      [process.execPath, '-e', 'console.error("no model"); process.exit(3)'],
      'ended by itself (exit code 3): no model',
    ],
  ])('%s is said with its last words', async (_, command, why) => {
    const target = start({}, command);
    await expect(target.started()).rejects.toMatchObject({
      code: 'RUN_CANNOT_START',
      message: expect.stringContaining(why),
    });
  });

  it('is not asked between a kill and its readiness, unless it starts cold', async () => {
    const target = start({ LISTENS_AFTER_MS: '1000' });
    await target.started();
    const { pod } = target;
    const statusNow = async () => (await target.call(callWith({ message: messageWith([0.5]) }))).reason;
    const first = pidOf(target);
    await pod.kill('SIGKILL', never);
    expect([isAlive(first), await statusNow()]).toEqual([false, 'not_ready']);
    const started = pod.start({ isReadinessAwaited: true }, never);
    expect(await statusNow()).toBe('not_ready');
    await started;
    expect(await statusNow()).toBeNull();
    await pod.kill('SIGTERM', never);
    await pod.start({ isReadinessAwaited: false }, never);
    // Nobody listens yet: it was asked all the same.
    expect(await statusNow()).toBe('connection_refused');
    expect(pidOf(target)).not.toBe(first);
  });

  it('stands still and goes on', async () => {
    const target = start();
    await target.started();
    await target.pod.pause();
    const stateOf = (): string =>
      /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pidOf(target)}/status`, 'utf8'))?.[1] ?? '';
    await expect.poll(stateOf).toBe('T');
    expect(await target.call(callWith({ message: messageWith([0.5]), deadlineMs: 100 }))).toMatchObject({
      status: 'timeout',
    });
    await target.pod.resume();
    expect(await target.call(callWith({ message: messageWith([0.5]) }))).toMatchObject({ status: 'ok' });
    await target.pod.pause();
    const pid = pidOf(target);
    await target.close();
    expect(isAlive(pid)).toBe(false);
  });

  it('ends with the process that started it', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'penumbra-pod-'));
    const file = join(directory, 'start.mts');
    const from = resolve('src/io/process-group.ts');
    const command = JSON.stringify([process.execPath, '-e', 'setInterval(() => {}, 1000)']);
    writeFileSync(
      file,
      `import { startGroup } from '${from}';\nconst { pid } = await startGroup(${command}, {});\nconsole.log(pid);\nprocess.exit(0);\n`,
    );
    const child = spawn(process.execPath, ['--import', 'tsx', file], { stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.on('data', (text) => {
      out += text;
    });
    await once(child, 'close');
    expect(Number(out)).toBeGreaterThan(1);
    await expect.poll(() => isRunning(Number(out))).toBe(false);
  });
});

describe('a hook', () => {
  const node = (code: string) => [process.execPath, '-e', code];

  it('runs without a shell and resolves when it succeeds', async () => {
    await expect(
      runHook('kill', {
        command: node('process.exit(process.argv[1] === "$HOME;" ? 0 : 1)').concat('$HOME;'),
        abort: null,
      }),
    ).resolves.toBeUndefined();
  });

  it.each<[string, Parameters<typeof runHook>[1], RegExp]>([
    [
      'fails',
      { command: node('console.error("forbidden"); process.exit(7)'), abort: null },
      /^the hook kill \(.*\) ended with exit code 7: forbidden$/,
    ],
    [
      'is unknown',
      { command: ['no-such-hook'], abort: null },
      /^the hook kill \(no-such-hook\) could not be started: .*ENOENT/,
    ],
    [
      'takes too long',
      { command: node('setInterval(() => {}, 100)'), abort: null, limitMs: 100 },
      /took longer than 0.1 s$/,
    ],
    [
      'is cut short',
      { command: node('setInterval(() => {}, 100)'), abort: AbortSignal.timeout(100) },
      /ended with SIGKILL$/,
    ],
  ])('says so when it %s', async (_, options, why) => {
    await expect(runHook('kill', options)).rejects.toMatchObject({
      code: 'HOOK_FAILED',
      message: expect.stringMatching(why),
    });
  });
});
