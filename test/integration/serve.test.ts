// `penumbra serve` as a process: what it says when it cannot start, and how it ends.
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { endProcesses, isAlive, runPenumbra, tapPidOf } from '../support/penumbra-process.ts';
import { listenOnFreePort } from '../support/raw-sockets.ts';
import { arm, configOf, exchangeOf, makeFolder, postExchanges, quick, startServe } from '../support/serve-process.ts';
import { answering, type ShadowServer, startShadow } from '../support/shadow-server.ts';

let shadow: ShadowServer;

beforeAll(async () => {
  shadow = await startShadow();
});

afterAll(async () => {
  endProcesses();
  await shadow.close();
});

const experiment = (candidate: string): string => `
  steady:
    arms: {control: ${arm('http://127.0.0.1:19')}, candidate: ${candidate}}
    expect: {candidate.d: {flip: at most 20%}}
${quick}
`;

/** Runs `serve` on this config, which must not start; returns its exit code and its last words, logs aside. */
async function refusalOf(config: string, { folder = makeFolder(), env = {} } = {}) {
  const file = join(folder, 'penumbra.yaml');
  writeFileSync(file, config);
  const { code, stdout, stderr } = await runPenumbra(['serve', '--config', file], { env });
  const words = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
  expect(stdout).toBe('');
  return { code, words: words.map((line) => line.replaceAll(file, 'FILE').replaceAll(folder, 'FOLDER')) };
}

describe.concurrent('what stops it at start is one clear line, and exit code 1', () => {
  const good = experiment(arm('http://127.0.0.1:19'));

  it('no config', async () => {
    const { code, stderr } = await runPenumbra(['serve', '--config', '/nosuch/penumbra.yaml']);
    expect([code, stderr]).toEqual([
      1,
      "serve: the config /nosuch/penumbra.yaml cannot be read: ENOENT: no such file or directory, open '/nosuch/penumbra.yaml'\n",
    ]);
  });

  it('a config that is not YAML: line and column', async () => {
    const { code, words } = await refusalOf('service: x\nproduction: {url: [\n');
    expect(code).toBe(1);
    expect(words[0]).toBe('serve: the config is not valid');
    expect(words[1]).toMatch(/^FILE:\d+:\d+: .+/);
  });

  it('everything wrong with a config at once, with the known names', async () => {
    const wrong = configOf({ experiments: good })
      .replace('open-inference-v2', 'open-inference-v3')
      .replace('service: test', 'servise: test')
      .replace('{flip: at most 20%}', '{flipp: at most 20%}')
      .replace(
        'deadline: 300ms}}',
        'deadline: 300}, odd: {target: {url: "http://127.0.0.1:20"}, perturb: [{zeroes: x, share: 5%}]}}',
      );
    const { code, words } = await refusalOf(wrong);
    expect(code).toBe(1);
    const text = words.join('\n');
    expect(text).toMatch(/^FILE:1:1: .*servise.*service/m);
    expect(text).toMatch(/^FILE:2:\d+: protocol "open-inference-v3" is unknown.*known: open-inference-v2/m);
    expect(text).toMatch(/^FILE:\d+:\d+: .*"?flipp"?.*flip/m);
    expect(text).toMatch(/^FILE:\d+:\d+: .*deadline requires a duration with its unit.*got 300$/m);
    expect(text).toMatch(/^FILE:\d+:\d+: .*zeroes.*drop.*zero/m);
  });

  it('an ONNX file that is none', async () => {
    const folder = makeFolder();
    writeFileSync(join(folder, 'model.onnx'), 'this is no model');
    const { code, words } = await refusalOf(
      configOf({ experiments: experiment('{target: {onnx: ./model.onnx}, deadline: 300ms}') }),
      {
        folder,
      },
    );
    expect(code).toBe(1);
    expect(words).toHaveLength(2);
    expect(words[1]).toMatch(/^FILE:\d+:\d+: FOLDER\/model\.onnx is not an ONNX model that can be run/);
  });

  it('an address for all without a token', async () => {
    const { code, words } = await refusalOf(configOf({ more: 'api: {listen: "0.0.0.0:0"}', experiments: good }));
    expect(code).toBe(1);
    expect(words[1]).toMatch(/^FILE:\d+:\d+: api\.listen 0\.0\.0\.0:0 .* requires a token/);
  });

  it('a token that is not there', async () => {
    const more = `api: {listen: "127.0.0.1:0", token: "\${env:PENUMBRA_ABSENT}"}`;
    const { code, words } = await refusalOf(configOf({ more, experiments: good }));
    expect([code, words]).toEqual([
      1,
      ['serve: the environment variable PENUMBRA_ABSENT is referred to by the config but is missing or empty'],
    ]);
  });

  it('a store that is none', async () => {
    const folder = makeFolder();
    writeFileSync(join(folder, 'penumbra.db'), 'this is no database, but it is long enough to be mistaken for one');
    const { code, words } = await refusalOf(configOf({ experiments: good }), { folder });
    expect(code).toBe(1);
    expect(words).toHaveLength(1);
    expect(words[0]).toMatch(/^serve: the store FOLDER\/penumbra\.db cannot be used: it is not a SQLite file/);
  });

  it('the API’s port in use', async () => {
    const other = createTcpServer();
    const port = await listenOnFreePort(other);
    const { code, words } = await refusalOf(
      configOf({ more: `api: {listen: "127.0.0.1:${port}"}`, experiments: good }),
    );
    other.close();
    expect([code, words]).toEqual([1, [`serve: 127.0.0.1:${port} is in use by another process`]]);
  });

  it('the tap’s port in use', async () => {
    const other = createTcpServer();
    const port = await listenOnFreePort(other);
    const { code, words } = await refusalOf(
      configOf({ more: `source: {tap: {listen: "127.0.0.1:${port}"}}`, experiments: good }),
    );
    other.close();
    expect(code).toBe(1);
    expect(words).toEqual([
      `serve: the tap could not start: penumbra tap: cannot listen on 127.0.0.1:${port}: another process listens there already`,
    ]);
  });

  it('a second comparator on the same store', async () => {
    const first = await startServe(configOf({ experiments: good }));
    const { code, words } = await refusalOf(configOf({ experiments: good }), { folder: first.folder });
    expect(code).toBe(1);
    expect(words).toHaveLength(1);
    expect(words[0]).toMatch(/^serve: the store FOLDER\/penumbra\.db cannot be used: another penumbra has it open/);
    expect((await first.client.call('GET', '/v1/health')).status).toBe(200);
    await first.process.end('SIGKILL');
  });
});

describe('SIGTERM', () => {
  it('ends it and its tap with 0; what production is answering is answered to the end', async () => {
    const answers: (() => void)[] = [];
    const production = createServer((_message, reply) => {
      answers.push(() => reply.end('{"slow":true}'));
    });
    const productionPort = await listenOnFreePort(production);
    const tapPort = await freePort();
    const comparator = await startServe(
      configOf({
        production: `http://127.0.0.1:${productionPort}`,
        more: `source: {tap: {listen: "127.0.0.1:${tapPort}"}}`,
        experiments: experiment(arm(shadow.url)),
      }),
    );
    const tapPid = await tapPidOf(comparator.process);
    expect(isAlive(tapPid)).toBe(true);
    const slow = request(`http://127.0.0.1:${tapPort}/v2/models/m/infer`, { method: 'POST', body: '{}' });
    await expect.poll(() => answers.length).toBe(1);
    const ended = comparator.process.end('SIGTERM');
    setTimeout(() => answers[0]?.(), 1000);
    const answer = await slow;
    expect([answer.statusCode, await answer.body.json()]).toEqual([200, { slow: true }]);
    expect(await ended).toBe(0);
    expect(isAlive(tapPid)).toBe(false);
    production.close();
  });

  it('does not wait for whoever waits for a bucket', async () => {
    const comparator = await startServe(
      configOf({ experiments: experiment(arm(shadow.url)) }).replace('bucket: 200ms', 'bucket: 50m'),
    );
    const { client } = comparator;
    const [run] = (await client.call('GET', '/v1/runs')).body.runs;
    await client.until(run.id, ({ state }) => state === 'RUNNING');
    const waiting = postExchanges(client, 1).then(
      () => 'committed',
      () => 'cut',
    );
    await client.until(run.id, ({ conservation }) => conservation.inFlight > 0);
    const startedMs = performance.now();
    expect(await comparator.process.end('SIGTERM')).toBe(0);
    expect(performance.now() - startedMs).toBeLessThan(10_000);
    expect(await waiting).toBe('cut');
  });

  it('a tap that dies is started again, at the same address', async () => {
    const production = await startShadow(answering());
    const tapPort = await freePort();
    const comparator = await startServe(
      configOf({
        production: production.url,
        more: `source: {tap: {listen: "127.0.0.1:${tapPort}"}}`,
        experiments: experiment(arm(shadow.url)),
      }),
    );
    const first = await tapPidOf(comparator.process);
    process.kill(first, 'SIGKILL');
    const second = await tapPidOf(comparator.process, { not: first });
    const { request: asked } = exchangeOf();
    const answer = await request(`http://127.0.0.1:${tapPort}${asked.path}`, {
      method: 'POST',
      body: JSON.stringify(asked.body),
    });
    expect(answer.statusCode).toBe(200);
    await answer.body.dump();
    expect(await comparator.process.end('SIGTERM')).toBe(0);
    expect(isAlive(second)).toBe(false);
    await production.close();
  });
});
