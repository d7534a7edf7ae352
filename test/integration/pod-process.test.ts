// `pod` and `feature-store` as processes: the ready line, the message to the parent, graceful ends and exit codes.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { request } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { writeTinyModel } from '../support/tiny-model.ts';

const entry = join(import.meta.dirname, '../support/run-command.ts');
const { modelFile, cardFile, directory } = writeTinyModel({ inputs: [{ name: 'a', stored: true }, { name: 'b' }] });
const rowsFile = join(directory, 'rows.jsonl');
writeFileSync(rowsFile, '{"key":"k","features":[5,0]}\n');

interface Started {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
}

const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function start(...args: string[]): Started {
  const child = fork(entry, args, { execArgv: ['--import', 'tsx'], silent: true });
  children.push(child);
  let out = '';
  let err = '';
  child.stdout?.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    err += chunk;
  });
  return { child, out: () => out, err: () => err };
}

async function portOf({ child, err }: Started): Promise<number> {
  const [message] = await Promise.race([once(child, 'message'), once(child, 'close').then(() => [{ ended: err() }])]);
  expect(message).toEqual({ type: 'listening', port: expect.any(Number) });
  return (message as { port: number }).port;
}

async function endOf({ child }: Started): Promise<number | null> {
  const [code] = await once(child, 'close');
  return code as number | null;
}

describe('processes', () => {
  it('a pod with its feature store answers, and both end by SIGTERM with 0', async () => {
    const store = start(
      'feature-store',
      '--rows',
      rowsFile,
      '--card',
      cardFile,
      '--delay',
      '800ms',
      '--delay-share',
      '0%',
      '--seed',
      '1',
    );
    const storePort = await portOf(store);
    const pod = start(
      'pod',
      '--model',
      modelFile,
      '--features',
      `http://127.0.0.1:${storePort}`,
      '--on-failure',
      'error',
      '--deadline',
      '2s',
    );
    const port = await portOf(pod);
    expect(pod.out()).toMatch(
      new RegExp(`^pod tiny v1\\+sha256\\.[0-9a-f]{12} listening on http://127\\.0\\.0\\.1:${port}\\n$`),
    );
    expect(store.out()).toBe(
      `feature-store 1 rows, 800ms later for 0% of keys listening on http://127.0.0.1:${storePort}\n`,
    );
    const inputs = [
      { name: 'features', shape: [1, 2], datatype: 'FP32', data: [0, 0] },
      { name: 'entity_key', shape: [1], datatype: 'BYTES', data: ['k'] },
    ];
    const answer = await request(`http://127.0.0.1:${port}/v2/models/tiny/infer`, {
      method: 'POST',
      body: JSON.stringify({ inputs }),
    });
    expect(await answer.body.json()).toMatchObject({
      outputs: [{ data: [expect.any(Number), expect.closeTo(1 / (1 + Math.exp(-5)), 5)] }],
    });
    for (const process of [pod, store]) {
      process.child.kill('SIGTERM');
      expect(await endOf(process)).toBe(0);
    }
  });

  it('ends when the parent that started it goes away', async () => {
    const pod = start('pod', '--model', modelFile);
    await portOf(pod);
    pod.child.disconnect();
    const [code] = await once(pod.child, 'exit');
    expect(code).toBe(0);
  });

  it('a port in use is one clear line and exit code 1', async () => {
    const first = start('pod', '--model', modelFile);
    const port = await portOf(first);
    const second = start('pod', '--model', modelFile, '--listen', `127.0.0.1:${port}`);
    expect(await endOf(second)).toBe(1);
    expect(second.err()).toBe(`pod: 127.0.0.1:${port} is in use by another process\n`);
  });

  it('wrong usage is exit code 64', async () => {
    const ended = start('pod', '--model', modelFile, '--deadline', '120');
    expect(await endOf(ended)).toBe(64);
    expect(ended.err()).toContain('a duration requires a number with a unit');
  });
});
