// `penumbra run start, list, stop` and `penumbra gate` against a real comparator: who may be a candidate, and whose evidence counts.
import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askGate } from '../../src/commands/gate/ask.ts';
import type { RunView } from '../../src/pipeline/view-types.ts';
import { endProcesses, runPenumbra } from '../support/penumbra-process.ts';
import {
  arm,
  type Client,
  configOf,
  makeFolder,
  patient,
  postExchanges,
  quick,
  startServe,
} from '../support/serve-process.ts';
import { answering, type ShadowServer, startShadow } from '../support/shadow-server.ts';
import { writeTinyModel } from '../support/tiny-model.ts';

const folder = makeFolder();
const model = join(folder, 'new.onnx');
let production: ShadowServer;
let shadow: ShadowServer;
let client: Client;

beforeAll(async () => {
  copyFileSync(writeTinyModel().modelFile, model);
  writeFileSync(join(folder, 'broken.onnx'), 'this is no model');
  production = await startShadow();
  shadow = await startShadow(answering({ version: 'v2+sha256.0123456789ab' }));
  const config = patient(
    configOf({
      production: production.url,
      experiments: ['open', 'switched', 'twice', 'digest']
        .map(
          (name) => `
  ${name}:
    arms: {control: ${arm(shadow.url)}, candidate: {deadline: 300ms}}
    candidates: ["http://127.0.0.1:*", ./*.onnx]
    expect: {candidate.d: {flip: at most 20%}, candidate: {error: at most 20%}}
    gate: {minPairs: 30}
${quick}
`,
        )
        .join(''),
    }),
  );
  const comparator = await startServe(config, { folder });
  client = comparator.client;
});

afterAll(async () => {
  endProcesses();
  await Promise.all([production.close(), shadow.close()]);
});

const penumbra = (...args: string[]) => runPenumbra([...args], { env: { PENUMBRA_URL: client.url } });
const digestOf = (file: string): string => `sha256:${createHash('sha256').update(readFileSync(file)).digest('hex')}`;
const verdictOf = async (asked: { run?: string; experiment?: string; waitMs?: number }) => {
  const { run = null, experiment = null, waitMs = 0 } = asked;
  return (await askGate({ run, experiment, waitMs, url: client.url, token: undefined })).verdict;
};
const runsNow = async (): Promise<RunView[]> => (await client.call('GET', '/v1/runs')).body.runs;

describe('a candidate switched while running', () => {
  it('with --replace the active run is stopped once the new one stands, and not when that fails', async () => {
    const start = ['run', 'start', '--experiment', 'switched', '--replace', '--candidate'];
    const first = (await penumbra(...start, shadow.url)).stdout.trim();
    const failed = await penumbra(...start, join(folder, 'broken.onnx'));
    expect([failed.code, failed.stdout]).toEqual([20, '']);
    expect((await client.run(first)).endedAt).toBeNull();
    const second = (await penumbra(...start, model)).stdout.trim();
    expect(await client.run(first)).toMatchObject({ state: 'STOPPED', endReason: `replaced by run ${second}` });
    expect(await client.run(second)).toMatchObject({ endedAt: null, candidate: { target: model } });
    await client.call('POST', `/v1/runs/${second}/stop`, { reason: 'seen' });
  });
});

describe('the life of a run', () => {
  it('is started, asked about, listed, stopped; a stopped run never passes and never resumes', async () => {
    const started = await penumbra(
      'run',
      'start',
      '--experiment',
      'twice',
      '--candidate',
      shadow.url,
      '--ref',
      'c0ffee',
    );
    expect([started.code, started.stderr]).toEqual([0, '']);
    const id = started.stdout.trim();
    expect(started.stdout).toBe(`${id}\n`);
    expect(await client.run(id)).toMatchObject({
      experiment: 'twice',
      candidate: { target: shadow.url, ref: 'c0ffee' },
    });

    const second = await client.call('POST', '/v1/runs', { experiment: 'twice', candidate: shadow.url });
    expect(second.body.error).toMatchObject({ code: 'RUN_CANNOT_START', message: expect.stringContaining(id) });
    await client.until(id, (run) => run.state === 'RUNNING');
    await postExchanges(client, 60);
    expect((await client.gate(id)).verdict).toBe('PASS');
    expect(await client.until(id, (run) => run.endedAt !== null)).toMatchObject({ state: 'COMPLETED' });
    const stopped = await penumbra('run', 'stop', '--run', id, '--reason', 'too late');
    expect(stopped.code).toBe(20);
    expect(stopped.stderr).toMatch(/^run stop: RUN_CANNOT_START: run ".+" ended already \(COMPLETED\)/);

    const { body } = await client.call('POST', '/v1/runs', { experiment: 'twice', candidate: shadow.url });
    const again = body.id as string;
    const stop = await penumbra('run', 'stop', '--run', again, '--reason', 'a person said so');
    expect([stop.code, stop.stdout]).toEqual([0, `${again} stopped\n`]);
    const [gate, list] = await Promise.all([penumbra('gate', '--run', again), penumbra('run', 'list')]);
    expect(gate.code).toBe(15);
    expect(gate.stdout).toContain('the run was stopped: a person said so');
    expect(list.stdout).toMatch(new RegExp(`^${id} {2}twice {2}COMPLETED {2}started \\S+ {2}c0ffee {2}decided$`, 'm'));
    expect(list.stdout).toMatch(new RegExp(`^${again} {2}twice {2}STOPPED {2}started \\S+ {2}a person said so$`, 'm'));
    // By name the newest run is asked, by id the old PASS is still there.
    expect(await verdictOf({ experiment: 'twice', waitMs: 60_000 })).toBe('ABORTED');
    expect(await verdictOf({ run: id })).toBe('PASS');
  });

  it('an unknown run or experiment is NO_DATA', async () => {
    const { code, stdout } = await penumbra('gate', '--run', 'nosuch', '--wait', '1m');
    expect(code).toBe(12);
    expect(stdout).toContain('there is no run "nosuch"');
    expect(await verdictOf({ experiment: 'nosuch', waitMs: 60_000 })).toBe('NO_DATA');
  });
});

describe('a candidate', () => {
  it.each([
    ['production itself', () => production.url, 'this is production itself'],
    ['production by another name', () => production.url.replace('127.0.0.1', 'localhost'), 'localhost'],
    ['a host that nobody allowed', () => 'http://evil.test:80', 'matches none of the candidates'],
    ['a host that looks allowed', () => 'http://127.0.0.1:80@evil.test', 'requires the form http://host:port'],
    ['a path where a host is allowed', () => `${shadow.url}/v2/models/m/infer`, 'matches none of the candidates'],
    ['another scheme', () => 'file:///etc/passwd', 'requires the form http://host:port'],
    ['a file elsewhere', () => '/etc/passwd', 'matches none of the candidates'],
    ['a file on the way up', () => `${folder}/../new.onnx`, 'matches none of the candidates'],
    ['a file that is not there', () => `${folder}/absent.onnx`, 'cannot be read'],
    ['a file that is no model', () => `${folder}/broken.onnx`, 'is not an ONNX model'],
  ])('%s is refused, and no run is left behind', async (_name, candidate, why) => {
    const before = await runsNow();
    const { status, body } = await client.call('POST', '/v1/runs', { experiment: 'open', candidate: candidate() });
    expect(body.error.message).toContain(why);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(await runsNow()).toHaveLength(before.length);
  });

  it('that nobody named is refused', async () => {
    const { code, stderr } = await penumbra('run', 'start', '--experiment', 'open');
    expect(code).toBe(20);
    expect(stderr).toMatch(/^run start: RUN_CANNOT_START: .*candidate/);
    expect((await runsNow()).some((run) => run.experiment === 'open')).toBe(false);
  });

  it('by a relative file is meant from where it is typed; with its digest it runs', async () => {
    const relative = join('..', model);
    const typed = await penumbra('run', 'start', '--experiment', 'open', '--candidate', relative);
    expect(typed.stderr).toContain(`${join(process.cwd(), relative)} matches none`);
    const wrong = { experiment: 'open', candidate: model, digest: `sha256:${'0'.repeat(64)}` };
    expect((await client.call('POST', '/v1/runs', wrong)).body.error).toMatchObject({
      code: 'RUN_CANNOT_START',
      message: expect.stringContaining(`${model} has ${digestOf(model)}, not sha256:0000`),
    });
    const right = await penumbra(
      'run',
      'start',
      '--experiment',
      'open',
      '--candidate',
      model,
      '--digest',
      digestOf(model),
    );
    expect([right.code, right.stderr]).toEqual([0, '']);
    const id = right.stdout.trim();
    expect(await client.run(id)).toMatchObject({ candidate: { target: model, digest: digestOf(model) } });
    await client.call('POST', `/v1/runs/${id}/stop`, { reason: 'seen enough' });
  });

  it('that answers as another file than the one named is an ERROR', async () => {
    const digest = `sha256:${'f'.repeat(64)}`;
    const { id } = await client.startRun('digest', { candidate: shadow.url, digest });
    await postExchanges(client, 60);
    const { code, stdout } = await penumbra('gate', '--run', id);
    expect(code).toBe(20);
    expect(stdout).toContain(`the candidate answers as v2+sha256.0123456789ab, which is not the ${digest}`);
  });
});
