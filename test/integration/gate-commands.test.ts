// What people and pipelines do about a FAIL, as real processes against a real comparator: the gate asked by penumbra, by a shell with
// nothing but curl, and by Flagger's own call; an override, which changes no verdict; and a second try, which may pass.
import { execFile } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { endProcesses, runPenumbra } from '../support/penumbra-process.ts';
import { arm, type Client, configOf, patient, postExchanges, quick, startServe } from '../support/serve-process.ts';
import { answering, type ShadowServer, startShadow } from '../support/shadow-server.ts';

const flips = answering({ version: 'v2', change: (score) => 1 - score });
let twin: ShadowServer;
let candidate: ShadowServer;
let client: Client;

beforeAll(async () => {
  twin = await startShadow();
  candidate = await startShadow(flips);
  const config = patient(
    configOf({
      experiments: `
  release:
    arms: {control: ${arm(twin.url)}, candidate: ${arm(candidate.url)}}
    expect: {candidate.d: {flip: at most 20%}, candidate: {error: at most 20%}}
    gate: {minPairs: 30}
${quick}
`,
    }),
  );
  const comparator = await startServe(config);
  client = comparator.client;
});
afterAll(async () => {
  endProcesses();
  await Promise.all([twin?.close(), candidate?.close()]);
});

const penumbra = (...args: string[]) => runPenumbra(args, { env: { PENUMBRA_URL: client.url } });

function run(command: string, args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, PENUMBRA_URL: client.url };
    execFile(command, args, { env }, (failed, stdout, stderr) => {
      resolve({ code: failed === null ? 0 : Number(failed.code), stdout, stderr });
    });
  });
}

const script = async (id: string) => (await run('sh', ['config/pipelines/gate.sh', id])).code;

/** As Flagger asks, by a shell: 0 for a status up to 202, 22 for any other. */
async function flagger(webhook: '' | '/rollback', id: string): Promise<number> {
  const body = JSON.stringify({
    name: 'm',
    namespace: 'n',
    phase: 'Progressing',
    checksum: 'c',
    metadata: { run: id },
  });
  const json = ['-H', 'content-type: application/json', '-d', body];
  const { code } = await run('curl', ['-fsS', '-o', '/dev/null', ...json, `${client.url}/v1/gate/flagger${webhook}`]);
  return code;
}

const everybody = async (id: string) => {
  const [gate, shell, promote, rollBack] = await Promise.all([
    penumbra('gate', '--run', id),
    script(id),
    flagger('', id),
    flagger('/rollback', id),
  ]);
  return { gate: gate.code, said: gate.stdout, shell, promote, rollBack };
};

it('a FAIL is overridden for a while, and tried again with a reason', async () => {
  const started = await penumbra('run', 'start', '--experiment', 'release', '--ref', '6dcb09b');
  expect([started.code, started.stderr]).toEqual([0, '']);
  const first = started.stdout.trim();
  await postExchanges(client, 60);
  expect(await everybody(first)).toMatchObject({ gate: 10, shell: 10, promote: 22, rollBack: 0 });

  const record = ['--reason', 'known, and harmless', '--ticket', 'INC-4711', '--for', '30m', '--by', 'ann'];
  const overridden = await penumbra('gate', 'override', '--run', first, ...record);
  expect([overridden.code, overridden.stderr]).toEqual([0, '']);
  expect(overridden.stdout).toMatch(
    new RegExp(`^OVERRIDDEN by ann until \\S+Z: v2, run ${first}; the gate says FAIL\n$`),
  );
  const then = await everybody(first);
  expect(then).toMatchObject({ gate: 10, shell: 10, promote: 0, rollBack: 22 });
  expect(then.said).toContain('OVERRIDDEN by ann');

  candidate.behave = answering({ version: 'v2' });
  const [retried, unknown] = await Promise.all([
    penumbra('run', 'retry', '--run', first, '--reason', 'the store was down, INC-4711'),
    penumbra('run', 'retry', '--run', 'nosuch', '--reason', 'x'),
  ]);
  expect([retried.code, retried.stderr]).toEqual([0, expect.stringMatching(`tries ${first} again, which was FAIL`)]);
  expect([unknown.code, unknown.stdout]).toEqual([20, '']);
  const second = retried.stdout.trim();
  expect(second).not.toBe(first);
  // Nobody has answered yet: who the candidate is, is not known, and nothing is proven.
  const fresh = await everybody(second);
  expect(fresh).toMatchObject({ gate: 20, shell: 20, promote: 22, rollBack: 22 });
  await postExchanges(client, 90);
  expect(await everybody(second)).toMatchObject({ gate: 0, shell: 0, promote: 0, rollBack: 22 });
  const [list, needless] = await Promise.all([
    penumbra('run', 'list'),
    penumbra('gate', 'override', '--run', second, ...record),
  ]);
  expect(list.stdout.trim().split('\n')).toEqual([
    expect.stringMatching(`^${first}  release .*  6dcb09b`),
    expect.stringMatching(`^${second}  release .*  6dcb09b .*retry of ${first} \\(FAIL\\)`),
  ]);
  expect([needless.code, needless.stderr]).toEqual([20, expect.stringContaining('there is nothing to override')]);
  expect(await script(first)).toBe(10);
});
