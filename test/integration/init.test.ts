// `penumbra init` against a real pod and a recording of real flights: the config that it writes is understood and says what was seen.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkConfig } from '../../src/config/load.ts';
import { listenOn } from '../../src/io/listen-address.ts';
import { loadServedModel } from '../../src/io/served-model.ts';
import { createPodServer } from '../../src/pod/server.ts';
import { runPenumbra } from '../support/penumbra-process.ts';
import { listenOnFreePort } from '../support/raw-sockets.ts';
import { models, recordLines, writeRecording } from '../support/recording.ts';

const directory = mkdtempSync(join(tmpdir(), 'penumbra-init-'));
const recording = join(directory, 'seen.jsonl.gz');
let pod: FastifyInstance;
let url: string;

beforeAll(async () => {
  const served = await loadServedModel(join(models, 'flight-delay-v1.onnx'));
  pod = createPodServer({ served, features: null, markDegraded: false });
  url = (await listenOn(pod, { host: '127.0.0.1', port: 0 })).url;
  writeRecording(recording, [...(await recordLines({ rows: 300, perSecond: 50, latencyMs: 40 })), '{"broken"']);
});
afterAll(() => pod.close());

describe('penumbra init', () => {
  it('writes a config that is valid, with the reach and the middle of what was recorded', async () => {
    const output = join(directory, 'penumbra.yaml');
    const args = [
      'init',
      '--url',
      url,
      '--recording',
      recording,
      '--twin',
      'http://127.0.0.1:8081',
      '--output',
      output,
    ];
    const ended = await runPenumbra(args);
    expect([ended.code, ended.stderr]).toEqual([
      0,
      `written: ${output} (1 recorded lines could not be read)\nNext: look at the lines marked CHECK, then penumbra validate ${output}\n`,
    ]);
    const { config, errors } = checkConfig(output, { env: {} });
    expect(errors).toEqual([]);
    expect(config).toMatchObject({
      service: 'flight-delay',
      production: { url, sloLatencyMs: 60 },
      decisions: [{ name: 'decision', output: 'probabilities', kind: 'binary', threshold: 0.5 }],
    });
    const [first] = config?.inputs ?? [];
    expect(first).toMatchObject({ name: 'features_0', tensor: 'features', index: 0 });
    expect(first?.range?.[0]).toBeLessThan(first?.default as number);
    expect(first?.range?.[1]).toBeGreaterThan(first?.default as number);
    const again = await runPenumbra(args);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('is there already')]);
  });

  it('without a recording says what is missing, and is valid all the same', async () => {
    const ended = await runPenumbra(['init', '--url', url, '--output', '-']);
    expect(ended.code).toBe(0);
    expect(ended.stdout).toContain('no requests were looked at');
    const file = join(directory, 'bare.yaml');
    writeFileSync(file, ended.stdout);
    expect(checkConfig(file, { env: {} }).errors).toEqual([]);
  });

  it('names of a hostile server stay names', async () => {
    const name = 'a": {b}\n# c: &x *x';
    const tensor = { name, datatype: 'FP32', shape: [-1, 2] };
    const server = createServer((_request, reply) => {
      reply.end(JSON.stringify({ name, versions: ['1'], inputs: [tensor], outputs: [tensor] }));
    });
    const port = await listenOnFreePort(server);
    const ended = await runPenumbra(['init', '--url', `http://127.0.0.1:${port}`, '--model', 'm', '--output', '-']);
    server.close();
    // Either a valid config that holds the name as it is, or a refusal; never a file that means something else.
    if (ended.code === 0) {
      const file = join(directory, 'hostile.yaml');
      writeFileSync(file, ended.stdout);
      expect(checkConfig(file, { env: {} }).config?.service).toBe(name);
    } else expect(ended.stderr).toContain('init: ');
  });

  it.each([
    ['nobody answers', ['--url', 'http://127.0.0.1:9', '--model', 'x'], 'could not be asked'],
    ['no such model', ['--url', 'URL', '--model', 'nosuch'], 'HTTP 404'],
    ['not a URL', ['--url', 'pod:80'], 'It must be like http://127.0.0.1:8080'],
  ])('%s: one sentence', async (_what, args, sentence) => {
    const ended = await runPenumbra(['init', ...args.map((one) => (one === 'URL' ? url : one)), '--output', '-']);
    expect(ended.code).not.toBe(0);
    expect(ended.stdout).toBe('');
    expect(ended.stderr).toContain(sentence);
  });
});

it('the file is written once, whole', () => {
  expect(readFileSync(join(directory, 'penumbra.yaml'), 'utf8')).toMatch(/^# Written by penumbra init .*\n[\s\S]*\n$/);
});
