// `pod` and `feature-store` as processes: the ready line, the message to the parent, graceful ends and exit codes.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
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
    expect(await endOf(pod)).toBe(0);
  });

  it('a port in use is one clear line and exit code 1', async () => {
    const first = start('pod', '--model', modelFile);
    const port = await portOf(first);
    const second = start('pod', '--model', modelFile, '--listen', `127.0.0.1:${port}`);
    expect(await endOf(second)).toBe(1);
    expect(second.err()).toBe(`pod: 127.0.0.1:${port} is in use by another process\n`);
  });

  const broken = join(mkdtempSync(join(tmpdir(), 'penumbra-broken-')), 'm.onnx');
  writeFileSync(broken, 'no model');

  it.each([
    [1, /^pod: .*m\.onnx is not an ONNX model that can be run: .*\n$/, ['pod', '--model', broken]],
    [1, /^pod: a model requires a readable ONNX file: .*absent\.onnx.*\n$/, ['pod', '--model', 'absent.onnx']],
    [1, /^feature-store: .*line 1: JSON requires/, ['feature-store', '--rows', broken, '--card', cardFile]],
    [64, /required option '--model <file>' not specified/, ['pod']],
    [64, /unknown option '--modle'/, ['pod', '--modle', modelFile]],
    [
      64,
      /a duration requires a number with a unit \(ms, s, m, h, d\).*not "120"/,
      ['pod', '--model', modelFile, '--deadline', '120'],
    ],
    [
      64,
      /Allowed choices are zeros, default, error/,
      ['pod', '--model', modelFile, '--features', 'http://x', '--on-failure', 'zero'],
    ],
    [
      64,
      /^pod: --features requires --on-failure zeros\|default\|error\n$/,
      ['pod', '--model', modelFile, '--features', 'http://x'],
    ],
    [64, /^pod: --on-failure requires --features\n$/, ['pod', '--model', modelFile, '--on-failure', 'zeros']],
    [
      64,
      /^pod: --deadline requires at most the --timeout of 2s, not 3s\n$/,
      ['pod', '--model', modelFile, '--features', 'http://x', '--on-failure', 'zeros', '--deadline', '3s'],
    ],
    [64, /an address to listen on requires host:port/, ['pod', '--model', modelFile, '--listen', '8080']],
    [
      64,
      /a share requires a number with %.*not "0\.3"/,
      ['feature-store', '--rows', rowsFile, '--card', cardFile, '--delay', '1s', '--delay-share', '0.3'],
    ],
    [
      64,
      /--delay-share below 100% requires --seed/,
      ['feature-store', '--rows', rowsFile, '--card', cardFile, '--delay', '1s', '--delay-share', '30%'],
    ],
    [
      64,
      /--delay-share and --seed require --delay/,
      ['feature-store', '--rows', rowsFile, '--card', cardFile, '--seed', '1'],
    ],
  ] as const)('exits with %i and says %s', async (code, message, args) => {
    const ended = start(...args);
    expect(await endOf(ended)).toBe(code);
    expect(ended.err()).toMatch(message);
    expect(ended.out()).toBe('');
  });
});
