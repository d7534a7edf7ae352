// What penumbra leaves behind when it can say nothing any more: killed by SIGKILL, or standing still for longer than its lease.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';

const entry = join(import.meta.dirname, '../support/starts-a-group.ts');
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

async function start(leaseMs: number) {
  const undone = join(mkdtempSync(join(tmpdir(), 'penumbra-test-')), 'undone');
  const child = fork(entry, [String(leaseMs), undone], { execArgv: ['--import', 'tsx'], silent: true });
  children.push(child);
  const [told] = (await once(child, 'message')) as [{ group: number; deadMan: number }];
  return { child, undone, ...told };
}

/** Whether any process of the group is left. */
function isLeft(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch {
    return false;
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resume) => setTimeout(resume, 20));
}

it('a penumbra that is killed leaves no pod, has undone what it did, and its dead man is gone, too', async () => {
  const { child, undone, group, deadMan } = await start(30_000);
  expect([isLeft(group), isLeft(deadMan), existsSync(undone)]).toEqual([true, true, false]);
  child.kill('SIGKILL');
  await until(() => !isLeft(group) && !isLeft(deadMan) && existsSync(undone));
  expect(existsSync(`${undone}.never`)).toBe(false);
});

it('one that stands still is as good as dead after its lease, and not before', async () => {
  const { child, undone, group } = await start(4000);
  // Longer than its lease: the beat of a penumbra that lives is heard.
  await new Promise((resume) => setTimeout(resume, 6000));
  expect([isLeft(group), existsSync(undone)]).toEqual([true, false]);
  child.kill('SIGSTOP');
  await until(() => existsSync(undone));
  // What was killed stays a name until somebody has read how it ended.
  child.kill('SIGCONT');
  await until(() => !isLeft(group));
});
